// Lets tests/contract/test_protocols.py compare our protocols with botocore's. One JSON object a line in, one out:
// {"signing_name","method","target","headers","body"} -> {"service","operation","protocol","input"}: a request read.
// {"service","operation","protocol","output"} -> {"status","headers","body"}: a reply written.
// Bodies and blobs are base64: a blob is the object {"$blob": base64}.
#include <iostream>
#include <string>

#include "base/encoding.h"
#include "wire/protocol.h"

namespace sagebrush::wire {
namespace {

std::string_view Name(Protocol protocol) {
  constexpr std::string_view kNames[] = {"json", "json", "rest-json", "rest-xml", "query", "smithy-rpc-v2-cbor"};
  return kNames[static_cast<std::size_t>(protocol)];
}

// Blobs, which may hold any bytes, to and from the form in which they travel here.
void Mark(const Member& member, Json& value, bool to_marker) {
  const Shape shape = member.shape();
  if (shape.type() == ShapeType::kBlob && to_marker && value.is_string()) {
    value = JsonObject{{"$blob", ToBase64(std::string_view(value.get_string()))}};
  } else if (shape.type() == ShapeType::kBlob && value.is_object()) {
    std::string bytes;
    FromBase64(GetString(value, "$blob"), bytes);
    value = bytes;
  } else if (value.is_array()) {
    for (Json& element : value.get_array()) Mark(shape.element(), element, to_marker);
  } else if (value.is_object()) {
    for (auto& entry : value.get_object()) {
      const Member inner = shape.type() == ShapeType::kMap ? shape.value() : shape.FindMember(entry.key());
      if (inner) Mark(inner, entry.value(), to_marker);
    }
  }
}

void MarkDocument(const Shape& shape, Json& document, bool to_marker) {
  if (!shape || !document.is_object()) return;
  for (auto& entry : document.get_object()) {
    if (const Member member = shape.FindMember(entry.key())) Mark(member, entry.value(), to_marker);
  }
}

Json ReadRequest(const Json& line) {
  HttpRequest request;
  request.method = GetString(line, "method");
  request.target = GetString(line, "target");
  FromBase64(GetString(line, "body"), request.body);
  for (const auto& header : line.at("headers").as_object()) {
    request.headers.Add(header.key(), std::string_view(header.value().as_string()));
  }
  const Route route = FindRouteAsSigned(request, GetString(line, "signing_name"));
  Json input = ReadInput(route, request);
  MarkDocument(route.operation->input(), input, true);
  return JsonObject{{"service", route.service->id},
                    {"operation", route.operation->name},
                    {"protocol", Name(route.protocol)},
                    {"input", std::move(input)}};
}

Json WriteReply(const Json& line) {
  const Service& service = *FindService(GetString(line, "service"));
  const Operation& operation = *service.FindOperation(GetString(line, "operation"));
  Protocol protocol = service.protocols[0];
  for (const Protocol candidate : service.protocols) {
    if (Name(candidate) == GetString(line, "protocol")) protocol = candidate;
  }
  Call call{.service = service, .operation = operation, .request_id = "request-1"};
  Json output = line.at("output");
  MarkDocument(operation.output(), output, false);
  const HttpReply reply = WriteOutput({&service, &operation, protocol}, output, call);
  JsonObject headers;
  for (const auto& [name, value] : reply.headers) headers[name] = value;
  return JsonObject{
      {"status", reply.status}, {"headers", headers}, {"body", ToBase64(std::get<std::string>(reply.body))}};
}

int Run() {
  std::string line;
  while (std::getline(std::cin, line)) {
    Json answer;
    try {
      const Json question = ParseJson(line);
      answer = Find(question, "output") != nullptr ? WriteReply(question) : ReadRequest(question);
    } catch (const Error& error) {
      answer = JsonObject{{"error", error.kind().code}, {"message", error.what()}};
    }
    std::cout << ToText(answer) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace sagebrush::wire

int main() { return sagebrush::wire::Run(); }
