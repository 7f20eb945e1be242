// How each protocol writes an error.
#include <fmt/format.h>

#include <cctype>

#include "wire/cbor_protocol.h"
#include "wire/json_protocol.h"
#include "wire/protocol.h"
#include "wire/xml_protocol.h"

namespace sagebrush::wire {
namespace {

struct CodeRow {
  std::string_view code;  // Of an ErrorKind that belongs to no single service.
  ErrorKind s3;
  ErrorKind query;
};

// The same failures under the names that S3 and the query services give them.
constexpr CodeRow kCodes[] = {
    {"AccessDeniedException", {"AccessDenied", 403, Fault::kClient}, {"AccessDenied", 403, Fault::kClient}},
    {"InternalFailure", {"InternalError", 500, Fault::kServer}, {"InternalFailure", 500, Fault::kServer}},
    {"ThrottlingException", {"SlowDown", 503, Fault::kServer}, {"Throttling", 400, Fault::kClient}},
    {"ValidationException", {"InvalidArgument", 400, Fault::kClient}, {"ValidationError", 400, Fault::kClient}},
    {"SerializationException", {"MalformedXML", 400, Fault::kClient}, {"MalformedInput", 400, Fault::kClient}},
};

ErrorKind KindFor(const Route& route, const ErrorKind& kind) {
  const bool xml = route.protocol == Protocol::kRestXml;
  for (const CodeRow& row : kCodes) {
    if (row.code != kind.code) continue;
    if (xml) return row.s3;
    if (route.protocol == Protocol::kQuery) return row.query;
  }
  // The JSON protocols deny access with 400, REST-JSON with 403.
  if (kind.code == kAccessDenied.code && route.protocol != Protocol::kRestJson) return {kind.code, 400, kind.fault};
  return kind;
}

// One error on its way out.
struct Failure {
  const Route& route;
  const HttpRequest& request;
  const Error& error;
  const std::string& request_id;
  ErrorKind kind;
  Shape shape;  // Its exception in the service model; false: not modelled.
};

std::string_view TypeName(const Failure& failure) { return failure.shape ? failure.shape.name() : failure.kind.code; }

// Exceptions spell their message with either case; unmodelled ones in lower case.
std::string_view MessageName(const Shape& shape) {
  return shape && shape.FindMember("Message") ? "Message" : "message";
}

std::string_view QueryErrorCode(const Failure& failure) {
  return failure.shape ? failure.shape.error_code() : failure.kind.code;
}

void SetQueryError(const Failure& failure, HttpReply& reply) {
  const bool asked = failure.request.headers.GetOr("x-amzn-query-mode", "") == "true";
  if (!asked || failure.route.service == nullptr || !failure.route.service->query_compatible) return;
  reply.headers.Set("x-amzn-query-error", fmt::format("{};{}", QueryErrorCode(failure),
                                                      failure.kind.fault == Fault::kClient ? "Sender" : "Receiver"));
}

// {"__type": code, "message": text, other members of the exception}
std::string JsonErrorBody(const Failure& failure) {
  const Json& members = failure.error.members();
  JsonObject body;
  body["__type"] = TypeName(failure);
  body[MessageName(failure.shape)] = failure.error.what();
  if (members.is_object()) {
    for (const auto& member : members.get_object()) body[member.key()] = member.value();
  }
  return ToText(body);
}

void WriteJsonError(const Failure& failure, HttpReply& reply) {
  const bool rest = failure.route.protocol == Protocol::kRestJson;
  reply.headers.Set("content-type", rest
                                        ? "application/json"
                                        : (failure.route.protocol == Protocol::kJson10 ? "application/x-amz-json-1.0"
                                                                                       : "application/x-amz-json-1.1"));
  reply.headers.Set("x-amzn-errortype", TypeName(failure));
  SetQueryError(failure, reply);
  reply.body = JsonErrorBody(failure);
}

// Elements of S3's errors begin with a capital. A member that does not is a header of the reply: what an answer to
// HEAD, which has no body, must say as well.
bool IsHeader(std::string_view member) {
  return !member.empty() && std::islower(static_cast<unsigned char>(member[0]));
}

void SetErrorHeaders(const Json& members, HttpReply& reply) {
  if (!members.is_object()) return;
  for (const auto& member : members.get_object()) {
    if (IsHeader(member.key())) reply.headers.Set(member.key(), GetString(members, member.key()));
  }
}

void AppendErrorMembers(const Json& members, std::string& xml) {
  if (!members.is_object()) return;
  for (const auto& member : members.get_object()) {
    if (IsHeader(member.key())) continue;
    AppendXmlElement(member.key(),
                     member.value().is_string() ? std::string(member.value().get_string()) : ToText(member.value()),
                     xml);
  }
}

void WriteS3Error(const Failure& failure, HttpReply& reply) {
  if (failure.request.method == "HEAD" || reply.status == 304) return;
  const std::string path(failure.request.Path());
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>";
  AppendXmlElement("Code", failure.kind.code, xml);
  AppendXmlElement("Message", failure.error.what(), xml);
  AppendErrorMembers(failure.error.members(), xml);
  AppendXmlElement("Resource", path, xml);
  AppendXmlElement("RequestId", failure.request_id, xml);
  AppendXmlElement("HostId", failure.request_id, xml);
  reply.headers.Set("content-type", "application/xml");
  reply.body = xml + "</Error>";
}

void WriteQueryError(const Failure& failure, HttpReply& reply) {
  std::string xml = failure.route.service->xml_namespace.empty()
                        ? "<ErrorResponse>"
                        : fmt::format("<ErrorResponse xmlns=\"{}\">", failure.route.service->xml_namespace);
  xml += "<Error>";
  AppendXmlElement("Type", failure.kind.fault == Fault::kClient ? "Sender" : "Receiver", xml);
  AppendXmlElement("Code", QueryErrorCode(failure), xml);
  AppendXmlElement("Message", failure.error.what(), xml);
  AppendErrorMembers(failure.error.members(), xml);
  xml += "</Error>";
  AppendXmlElement("RequestId", failure.request_id, xml);
  reply.headers.Set("content-type", "text/xml");
  reply.body = xml + "</ErrorResponse>";
}

void WriteCborError(const Failure& failure, HttpReply& reply) {
  std::string body;
  AppendCborMapStart(body);
  AppendCborText("__type", body);
  AppendCborText(TypeName(failure), body);
  AppendCborText(MessageName(failure.shape), body);
  AppendCborText(failure.error.what(), body);
  if (failure.error.members().is_object()) {
    for (const auto& member : failure.error.members().get_object()) {
      AppendCborText(member.key(), body);
      AppendCborText(member.value().is_string() ? std::string(member.value().get_string()) : ToText(member.value()),
                     body);
    }
  }
  AppendCborBreak(body);
  reply.headers.Set("content-type", "application/cbor");
  reply.headers.Set("smithy-protocol", "rpc-v2-cbor");
  SetQueryError(failure, reply);
  reply.body = std::move(body);
}

}  // namespace

HttpReply WriteError(const Route& route, const HttpRequest& request, const Error& error,
                     const std::string& request_id) {
  const ErrorKind kind = KindFor(route, error.kind());
  const Failure failure{route,      request, error,
                        request_id, kind,    route.service != nullptr ? route.service->FindError(kind.code) : Shape()};
  HttpReply reply;
  reply.status = kind.http_status;
  const bool s3 = route.service != nullptr && route.service->id == "s3";
  if (s3) {
    WriteS3Error(failure, reply);
    SetErrorHeaders(error.members(), reply);
    // Where a request should have gone; an answer to HEAD has no body to say it in.
    if (const std::string region = GetString(error.members(), "Region"); !region.empty()) {
      reply.headers.Set("x-amz-bucket-region", region);
    }
    reply.headers.Set("x-amz-request-id", request_id);
    reply.headers.Set("x-amz-id-2", request_id);
    return reply;
  }
  switch (route.protocol) {
    case Protocol::kRestXml:
    case Protocol::kQuery:
      WriteQueryError(failure, reply);
      break;
    case Protocol::kRpcV2Cbor:
      WriteCborError(failure, reply);
      break;
    default:
      WriteJsonError(failure, reply);
      break;
  }
  reply.headers.Set("x-amzn-requestid", request_id);
  return reply;
}

}  // namespace sagebrush::wire
