#include "wire/rest_protocol.h"

#include <fmt/format.h>

#include "base/text.h"
#include "wire/json_protocol.h"
#include "wire/rest_binding.h"
#include "wire/scalar.h"
#include "wire/validate.h"
#include "wire/xml_protocol.h"

namespace sagebrush::wire {
namespace {

constexpr std::string_view kS3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

struct RootName {
  std::string_view operation;
  std::string_view root;
};

// S3's names for the root elements of replies, where they are not the name of the output's shape.
constexpr RootName kS3Roots[] = {
    {"ListBuckets", "ListAllMyBucketsResult"},
    {"ListObjects", "ListBucketResult"},
    {"ListObjectsV2", "ListBucketResult"},
    {"ListObjectVersions", "ListVersionsResult"},
    {"ListMultipartUploads", "ListMultipartUploadsResult"},
    {"ListParts", "ListPartsResult"},
    {"CreateMultipartUpload", "InitiateMultipartUploadResult"},
    {"CompleteMultipartUpload", "CompleteMultipartUploadResult"},
    {"DeleteObjects", "DeleteResult"},
    {"GetBucketTagging", "Tagging"},
    {"GetObjectTagging", "Tagging"},
    {"GetBucketVersioning", "VersioningConfiguration"},
    {"GetBucketAcl", "AccessControlPolicy"},
    {"GetObjectAcl", "AccessControlPolicy"},
    {"GetBucketCors", "CORSConfiguration"},
    {"GetBucketLifecycleConfiguration", "LifecycleConfiguration"},
    {"GetBucketWebsite", "WebsiteConfiguration"},
    {"GetBucketLogging", "BucketLoggingStatus"},
    {"GetBucketRequestPayment", "RequestPaymentConfiguration"},
    {"GetBucketAccelerateConfiguration", "AccelerateConfiguration"},
    {"GetObjectAttributes", "GetObjectAttributesResponse"},
};

std::string_view RootOf(const Operation& operation, const Member& payload) {
  if (payload) return payload.has_wire_name() ? payload.wire_name() : payload.shape().name();
  for (const RootName& row : kS3Roots) {
    if (operation.service->id == "s3" && row.operation == operation.name) return row.root;
  }
  return operation.output().name();
}

Json ReadDocument(const Route& route, const Shape& shape, std::string_view body) {
  return route.protocol == Protocol::kRestXml ? ReadXmlBody(shape, body) : ReadJsonBody(shape, body);
}

// The body as a whole is one member.
void ReadPayload(const Route& route, const Member& payload, const HttpRequest& request, JsonObject& document) {
  const Shape shape = payload.shape();
  if (shape.event_stream() || (route.operation->streams_input && shape.type() == ShapeType::kBlob)) return;
  if (shape.type() == ShapeType::kBlob) {
    document[payload.name()] = request.body;
  } else if (shape.type() == ShapeType::kString) {
    if (!IsUtf8(request.body)) throw Error(kSerialization, "The body is not valid UTF-8.");
    if (!request.body.empty()) document[payload.name()] = request.body;
  } else if (!request.body.empty()) {
    document[payload.name()] = ReadDocument(route, shape, request.body);
  }
}

void DropBoundMembers(const Shape& input, JsonObject& document) {
  for (std::size_t i = 0; i < input.member_count(); ++i) {
    const Member member = input.member(i);
    if (member.location() != Location::kBody) document.erase(member.name());
  }
}

// GetBucketLocation's reply is one element that holds the value itself.
std::string BucketLocationXml(const Json& output) {
  std::string xml = fmt::format("<LocationConstraint xmlns=\"{}\">", kS3Namespace);
  AppendXmlText(GetString(output, "LocationConstraint"), xml);
  return xml + "</LocationConstraint>";
}

std::string XmlBody(const Operation& operation, const Json& output) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  if (operation.name == "GetBucketLocation" && operation.service->id == "s3") return xml + BucketLocationXml(output);
  const Shape shape = operation.output();
  const Member payload = shape.payload();
  const Json* document = payload ? output.get_object().if_contains(payload.name()) : &output;
  if (document == nullptr || document->is_null()) return "";
  const std::string_view root = RootOf(operation, payload);
  xml +=
      operation.service->id == "s3" ? fmt::format("<{} xmlns=\"{}\">", root, kS3Namespace) : fmt::format("<{}>", root);
  AppendXmlMembers(payload ? payload.shape() : shape, *document, {}, xml);
  return xml + fmt::format("</{}>", root);
}

std::string JsonBody(const Operation& operation, const Json& output) {
  const Shape shape = operation.output();
  const Member payload = shape.payload();
  const Json* document = payload ? output.get_object().if_contains(payload.name()) : &output;
  if (document == nullptr || document->is_null()) return "";
  std::string json;
  AppendJsonBody(payload ? payload.shape() : shape, *document, json);
  return json;
}

}  // namespace

Json ReadRestInput(const Route& route, const HttpRequest& request) {
  const Shape input = route.operation->input();
  if (!input) return JsonObject();
  Json read = JsonObject();
  if (const Member payload = input.payload()) {
    ReadPayload(route, payload, request, read.get_object());
  } else if (HasBodyMembers(input) && !request.body.empty()) {
    read = ReadDocument(route, input, request.body);
    DropBoundMembers(input, read.get_object());
  }
  ReadBoundMembers(*route.operation, request, read.get_object());
  return read;
}

void WriteRestOutput(const Route& route, const Json& output, const Call& call, HttpReply& reply) {
  const Operation& operation = *route.operation;
  const Shape shape = operation.output();
  if (!shape) return;
  const Json empty = JsonObject();
  const Json& document = output.is_object() ? output : empty;
  WriteBoundMembers(shape, document, reply);
  if (WriteRawPayload(shape, document, call, reply)) return;
  if (!HasBodyMembers(shape) || (shape.payload() && shape.payload().shape().event_stream())) return;
  const bool xml = route.protocol == Protocol::kRestXml;
  std::string body = xml ? XmlBody(operation, document) : JsonBody(operation, document);
  if (body.empty()) return;
  reply.headers.Set("content-type", xml ? "application/xml" : "application/json");
  reply.body = std::move(body);
}

void CheckS3Input(const Operation& operation, const Json& document) {
  const Shape input = operation.input();
  for (std::size_t i = 0; input && i < input.member_count(); ++i) {
    const Member member = input.member(i);
    if (!member.required() || member.streaming()) continue;
    const Json* value = document.get_object().if_contains(member.name());
    if (value == nullptr) {
      if (member.location() == Location::kHeader) {
        throw Error({"InvalidRequest", 400, Fault::kClient},
                    fmt::format("Missing required header for this request: {}", member.wire_name()));
      }
      if (member.location() == Location::kBody) {
        throw Error({"MissingRequestBodyError", 400, Fault::kClient}, "Request Body is empty");
      }
      throw Error({"InvalidArgument", 400, Fault::kClient},
                  fmt::format("This operation requires the parameter {}.", member.wire_name()));
    }
    if (member.location() != Location::kBody || member.shape().type() != ShapeType::kStructure) continue;
    const auto violations = FindViolations(member.shape(), *value);
    if (violations.empty()) continue;
    throw Error(kMalformedXml, fmt::format("The XML you provided was not well-formed or did not validate against our "
                                           "published schema: {}",
                                           violations.front()));
  }
}

}  // namespace sagebrush::wire
