#include "wire/protocol.h"

#include "wire/cbor_protocol.h"
#include "wire/gzip.h"
#include "wire/json_protocol.h"
#include "wire/query_protocol.h"
#include "wire/rest_protocol.h"
#include "wire/validate.h"

namespace sagebrush::wire {
namespace {

constexpr std::size_t kDecompressedBytesMax = 8 << 20;

bool IsS3(const Route& route) { return route.service != nullptr && route.service->signing_name == "s3"; }

void SetRequestId(const Route& route, const std::string& request_id, HttpReply& reply) {
  if (IsS3(route)) {
    reply.headers.Set("x-amz-request-id", request_id);
    reply.headers.Set("x-amz-id-2", request_id);
  } else {
    reply.headers.Set("x-amzn-requestid", request_id);
  }
}

void WriteJson(const Route& route, const Json& output, HttpReply& reply) {
  const Shape shape = route.operation->output();
  reply.headers.Set("content-type",
                    route.protocol == Protocol::kJson10 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
  // An operation without an output sends an empty body, one with a structure at least {}.
  if (!shape) return;
  std::string body;
  body.reserve(4096);
  if (output.is_object()) {
    AppendJsonBody(shape, output, body);
  } else {
    body = "{}";
  }
  reply.body = std::move(body);
}

void WriteCbor(const Route& route, const Json& output, HttpReply& reply) {
  reply.headers.Set("smithy-protocol", "rpc-v2-cbor");
  const Shape shape = route.operation->output();
  if (!shape) return;
  reply.headers.Set("content-type", "application/cbor");
  std::string body;
  AppendCborBody(shape, output.is_object() ? output : Json(JsonObject()), body);
  reply.body = std::move(body);
}

Json ReadPlainInput(const Route& route, const HttpRequest& request) {
  const Shape input = route.operation->input();
  switch (route.protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11:
      return ReadJsonBody(input, request.body);
    case Protocol::kRestJson:
    case Protocol::kRestXml:
      return ReadRestInput(route, request);
    case Protocol::kQuery:
      return ReadQueryInput(route, request);
    case Protocol::kRpcV2Cbor:
      break;
  }
  return ReadCborBody(input, request.body);
}

}  // namespace

Json ReadInput(const Route& route, const HttpRequest& request) {
  if (!route.operation->compresses_input || request.headers.GetOr("content-encoding", "") != "gzip") {
    return ReadPlainInput(route, request);
  }
  HttpRequest plain{.method = request.method, .target = request.target, .headers = request.headers};
  plain.body = Gunzip(request.body, kDecompressedBytesMax);
  return ReadPlainInput(route, plain);
}

void CheckInput(const Operation& operation, const Json& input) {
  if (!operation.input()) return;
  if (operation.service->id == "s3") {
    CheckS3Input(operation, input);
  } else {
    CheckConstraints(operation.input(), input);
  }
}

HttpReply WriteOutput(const Route& route, const Json& output, const Call& call) {
  HttpReply reply;
  reply.status = route.operation->response_code;
  switch (route.protocol) {
    case Protocol::kJson10:
    case Protocol::kJson11:
      WriteJson(route, output, reply);
      break;
    case Protocol::kRestJson:
    case Protocol::kRestXml:
      WriteRestOutput(route, output, call, reply);
      break;
    case Protocol::kQuery:
      WriteQueryOutput(route, output, call.request_id, reply);
      break;
    case Protocol::kRpcV2Cbor:
      WriteCbor(route, output, reply);
      break;
  }
  if (call.reply_status != 0) reply.status = call.reply_status;
  for (const auto& [name, value] : call.reply_headers) reply.headers.Set(name, value);
  SetRequestId(route, call.request_id, reply);
  return reply;
}

}  // namespace sagebrush::wire
