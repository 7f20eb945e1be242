#include "wire/query_protocol.h"

#include <charconv>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "wire/scalar.h"
#include "wire/xml_protocol.h"

namespace sagebrush::wire {
namespace {

constexpr ErrorKind kMalformedInput{"MalformedInput", 400, Fault::kClient};
constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kParametersMax = 20'000;

// Parameters by the parts of their dotted names.
struct Node {
  std::optional<std::string> value;
  std::map<std::string, Node, std::less<>> children;

  const Node* Find(std::string_view name) const {
    const auto at = children.find(name);
    return at == children.end() ? nullptr : &at->second;
  }
  // Follows "A.B": a wire name may hold dots itself.
  const Node* FindPath(std::string_view path) const {
    const Node* at = this;
    while (at != nullptr && !path.empty()) {
      const std::string_view part = path.substr(0, path.find('.'));
      path.remove_prefix(std::min(part.size() + 1, path.size()));
      at = at->Find(part);
    }
    return at;
  }
};

// The body of a POST is a form, whatever its Content-Type says: that header need not be signed, the body is.
bool HasForm(const HttpRequest& request) { return request.method == "POST"; }

void Insert(const std::string& name, const std::string& value, Node& root) {
  Node* at = &root;
  std::size_t depth = 0;
  std::string_view rest = name;
  while (!rest.empty()) {
    if (++depth > kDepthMax) throw Error(kMalformedInput, "A parameter is nested too deeply.");
    const std::string_view part = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    at = &at->children.try_emplace(std::string(part)).first->second;
  }
  at->value = value;
}

Node ReadParameters(const HttpRequest& request) {
  auto pairs = ParseQuery(request.QueryString(), true);
  if (HasForm(request)) {
    for (auto& pair : ParseQuery(request.body, true)) pairs.push_back(std::move(pair));
  }
  if (pairs.size() > kParametersMax) throw Error(kMalformedInput, "The request has too many parameters.");
  Node root;
  for (const auto& [name, value] : pairs) Insert(name, value, root);
  return root;
}

Json ReadValue(const Member& member, const Node& node, const std::string& path);

// "1", "2", ... in the order of the numbers; what is no number is not an element.
std::map<std::uint32_t, const Node*> Numbered(const Node& node) {
  std::map<std::uint32_t, const Node*> numbered;
  for (const auto& [name, child] : node.children) {
    std::uint32_t number = 0;
    const auto result = std::from_chars(name.data(), name.data() + name.size(), number);
    if (result.ec == std::errc() && result.ptr == name.data() + name.size()) numbered.emplace(number, &child);
  }
  return numbered;
}

Json ReadList(const Member& member, const Node& node, const std::string& path) {
  const Member element = member.shape().element();
  const Node* items = &node;
  if (!member.flattened()) items = node.Find(element.has_wire_name() ? element.wire_name() : "member");
  JsonArray list;
  if (items == nullptr) return list;
  for (const auto& [number, item] : Numbered(*items)) {
    list.push_back(ReadValue(element, *item, fmt::format("{}.{}", path, number)));
  }
  return list;
}

Json ReadMap(const Member& member, const Node& node, const std::string& path) {
  const Shape shape = member.shape();
  const Node* entries = member.flattened() ? &node : node.Find("entry");
  JsonObject map;
  if (entries == nullptr) return map;
  for (const auto& [number, entry] : Numbered(*entries)) {
    const Node* key = entry->Find(shape.key().has_wire_name() ? shape.key().wire_name() : "key");
    const Node* value = entry->Find(shape.value().has_wire_name() ? shape.value().wire_name() : "value");
    if (key == nullptr || !key->value || value == nullptr) {
      throw Error(kMalformedInput, fmt::format("Entry {} of {} lacks its key or value.", number, path));
    }
    map[*key->value] = ReadValue(shape.value(), *value, path);
  }
  return map;
}

// How a member is called in parameters: a flattened list by the name of its elements, when they have one.
std::string_view ParameterName(const Member& member) {
  const Shape shape = member.shape();
  if (shape.type() == ShapeType::kList && member.flattened() && shape.element().has_wire_name()) {
    return shape.element().wire_name();
  }
  return member.wire_name();
}

Json ReadStructure(const Shape& shape, const Node& node, const std::string& path) {
  JsonObject object;
  for (std::size_t i = 0; i < shape.member_count(); ++i) {
    const Member member = shape.member(i);
    const Node* child = node.FindPath(ParameterName(member));
    if (child == nullptr) continue;
    object[member.name()] = ReadValue(
        member, *child, path.empty() ? std::string(member.name()) : fmt::format("{}.{}", path, member.name()));
  }
  return object;
}

Json ReadValue(const Member& member, const Node& node, const std::string& path) {
  const Shape shape = member.shape();
  if (shape.type() == ShapeType::kStructure) return ReadStructure(shape, node, path);
  if (shape.type() == ShapeType::kList) return ReadList(member, node, path);
  if (shape.type() == ShapeType::kMap) return ReadMap(member, node, path);
  const std::string text = node.value.value_or("");
  auto value = ScalarFromText(shape, text);
  if (!value) {
    throw Error(kMalformedInput, fmt::format("'{}' is not a valid value of {}.", FirstBytes(text, 200), path));
  }
  return std::move(*value);
}

}  // namespace

std::string ReadAction(const HttpRequest& request) {
  for (const auto& [name, value] : ParseQuery(request.QueryString(), true)) {
    if (name == "Action") return value;
  }
  if (!HasForm(request)) return "";
  // Clients send it first; the whole body is read once, by ReadQueryInput.
  std::string_view body = request.body;
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    if (UriDecode(pair.substr(0, pair.find('=')), true) == "Action") return ParseQuery(pair, true).front().second;
  }
  return "";
}

Json ReadQueryInput(const Route& route, const HttpRequest& request) {
  const Shape input = route.operation->input();
  if (!input) return JsonObject();
  return ReadStructure(input, ReadParameters(request), "");
}

void WriteQueryOutput(const Route& route, const Json& output, const std::string& request_id, HttpReply& reply) {
  const Operation& operation = *route.operation;
  std::string xml = fmt::format("<{}Response xmlns=\"{}\">", operation.name, operation.service->xml_namespace);
  const Shape shape = operation.output();
  if (shape) {
    const std::string result = operation.result_wrapper.empty() ? fmt::format("{}Result", operation.name)
                                                                : std::string(operation.result_wrapper);
    xml += fmt::format("<{}>", result);
    if (output.is_object()) AppendXmlMembers(shape, output, {.whole_seconds = true}, xml);
    xml += fmt::format("</{}>", result);
  }
  xml += "<ResponseMetadata>";
  AppendXmlElement("RequestId", request_id, xml);
  xml += fmt::format("</ResponseMetadata></{}Response>", operation.name);
  reply.headers.Set("content-type", "text/xml");
  reply.body = std::move(xml);
}

}  // namespace sagebrush::wire
