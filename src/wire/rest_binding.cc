#include "wire/rest_binding.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "wire/event_stream.h"
#include "wire/json_protocol.h"
#include "wire/routing.h"
#include "wire/scalar.h"

namespace sagebrush::wire {
namespace {

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

constexpr ErrorKind kInvalidArgument{"InvalidArgument", 400, Fault::kClient};
constexpr ErrorKind kInvalidUri{"InvalidURI", 400, Fault::kClient};

[[noreturn]] void FailValue(const Member& member, std::string_view text) {
  const std::string_view name = member.wire_name();
  const std::string shown = Legible(FirstBytes(text, 200));
  if (member.shape().service().id == "s3") {
    if (member.location() == Location::kUri) throw Error(kInvalidUri, "Couldn't parse the specified URI.");
    const bool integer = member.shape().type() == ShapeType::kInteger || member.shape().type() == ShapeType::kLong;
    Json members = JsonObject{{"ArgumentName", std::string(name)}, {"ArgumentValue", shown}};
    throw Error(kInvalidArgument,
                integer ? fmt::format("Provided {} not an integer or within integer range", name)
                        : fmt::format("Invalid value for {}.", name),
                members);
  }
  throw Error(kSerialization,
              fmt::format("'{}' is not a valid value of {} (at '{}')", shown, member.shape().name(), name));
}

Json ReadScalar(const Member& member, std::string_view text) {
  auto value = ScalarFromText(member.shape(), text);
  if (!value) FailValue(member, text);
  return std::move(*value);
}

// A header list: values between commas, blanks around them dropped.
Json ReadHeaderList(const Member& member, std::string_view text) {
  JsonArray list;
  while (!text.empty()) {
    std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) list.push_back(ReadScalar(member.shape().element(), item));
  }
  return list;
}

void ReadHeader(const Member& member, const Headers& headers, JsonObject& document) {
  const auto text = headers.Get(member.wire_name());
  if (!text) return;
  const Shape shape = member.shape();
  if (shape.type() == ShapeType::kList) {
    document[member.name()] = ReadHeaderList(member, *text);
    return;
  }
  if (text->empty() && shape.type() != ShapeType::kString) return;
  // HTTP wants a condition whose date cannot be read to be ignored.
  if (shape.type() == ShapeType::kTimestamp && member.wire_name().ends_with("odified-since") && !EpochFromText(*text)) {
    return;
  }
  document[member.name()] = ReadScalar(member, *text);
}

void ReadPrefixedHeaders(const Member& member, const Headers& headers, JsonObject& document) {
  const std::string_view prefix = member.wire_name();
  const bool s3 = member.shape().service().id == "s3";
  JsonObject map;
  for (const auto& [name, value] : headers) {
    if (!name.starts_with(prefix)) continue;
    // S3 keeps metadata as it was sent, whatever its encoding.
    const Json text = s3 ? Json(value) : ReadScalar(member.shape().value(), value);
    Json& slot = map[std::string_view(name).substr(prefix.size())];
    slot = slot.is_string() ? Json(std::string(slot.get_string()) + "," + std::string(text.get_string())) : text;
  }
  if (!map.empty()) document[member.name()] = std::move(map);
}

// Of a map in the query: every pair that no other member takes.
void ReadQueryMap(const Shape& input, const Member& member, const QueryPairs& query, JsonObject& document) {
  JsonObject map;
  for (const auto& [name, value] : query) {
    bool taken = false;
    for (std::size_t i = 0; i < input.member_count(); ++i) {
      const Member other = input.member(i);
      taken = taken || (other.location() == Location::kQuery && other.shape().type() != ShapeType::kMap &&
                        other.wire_name() == name);
    }
    if (taken) continue;
    if (member.shape().value().shape().type() != ShapeType::kList) {
      map[name] = value;
    } else {
      if (!map[name].is_array()) map[name] = JsonArray();
      map[name].get_array().push_back(Json(value));
    }
  }
  if (!map.empty()) document[member.name()] = std::move(map);
}

void ReadQueryMember(const Shape& input, const Member& member, const QueryPairs& query, JsonObject& document) {
  const Shape shape = member.shape();
  if (shape.type() == ShapeType::kMap) return ReadQueryMap(input, member, query, document);
  JsonArray list;
  for (const auto& [name, value] : query) {
    if (name != member.wire_name()) continue;
    if (shape.type() != ShapeType::kList) {
      // "?marker=" is an empty string; "?max-keys=" says nothing.
      if (shape.type() == ShapeType::kString || !value.empty()) document[member.name()] = ReadScalar(member, value);
      return;
    }
    list.push_back(ReadScalar(shape.element(), value));
  }
  if (!list.empty()) document[member.name()] = std::move(list);
}

void ReadUriMember(const Operation& operation, const HttpRequest& request, JsonObject& document) {
  const Shape input = operation.input();
  const std::string path = RestPath(*operation.service, request);
  for (const auto& [label, text] : ReadLabels(operation, path)) {
    for (std::size_t i = 0; i < input.member_count(); ++i) {
      const Member member = input.member(i);
      if (member.location() != Location::kUri || member.wire_name() != label) continue;
      document[member.name()] = ReadScalar(member, text);
    }
  }
}

void WriteHeader(const Member& member, const Json& value, Headers& headers) {
  std::string text;
  if (value.is_array()) {
    for (const Json& item : value.get_array()) {
      if (!text.empty()) text += ", ";
      AppendScalarText(member.shape().element(), item, TimestampFormat::kHttpDate, true, text);
    }
  } else {
    AppendScalarText(member, value, TimestampFormat::kHttpDate, true, text);
  }
  // A value must not end its line.
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  headers.Set(member.wire_name(), text);
}

}  // namespace

void ReadBoundMembers(const Operation& operation, const HttpRequest& request, JsonObject& document) {
  const Shape input = operation.input();
  if (!input) return;
  ReadUriMember(operation, request, document);
  const QueryPairs query = ParseQuery(request.QueryString(), true);
  for (std::size_t i = 0; i < input.member_count(); ++i) {
    const Member member = input.member(i);
    if (member.location() == Location::kHeader) ReadHeader(member, request.headers, document);
    if (member.location() == Location::kHeaders) ReadPrefixedHeaders(member, request.headers, document);
    if (member.location() == Location::kQuery) ReadQueryMember(input, member, query, document);
  }
}

void WriteBoundMembers(const Shape& output, const Json& document, HttpReply& reply) {
  if (!document.is_object()) return;
  for (const auto& entry : document.get_object()) {
    if (entry.value().is_null()) continue;
    const Member member = output.FindMember(entry.key());
    if (!member) continue;
    if (member.location() == Location::kHeader) WriteHeader(member, entry.value(), reply.headers);
    if (member.location() == Location::kStatus && entry.value().is_int64()) {
      reply.status = static_cast<int>(entry.value().get_int64());
    }
    if (member.location() == Location::kHeaders && entry.value().is_object()) {
      for (const auto& header : entry.value().get_object()) {
        if (!header.value().is_string()) continue;
        reply.headers.Set(std::string(member.wire_name()) + std::string(header.key()),
                          std::string_view(header.value().get_string()));
      }
    }
  }
}

bool HasBodyMembers(const Shape& shape) {
  for (std::size_t i = 0; shape && i < shape.member_count(); ++i) {
    if (shape.member(i).location() == Location::kBody) return true;
  }
  return false;
}

bool WriteRawPayload(const Shape& shape, const Json& document, const Call& call, HttpReply& reply) {
  const Member payload = shape ? shape.payload() : Member();
  if (!payload) return false;
  if (payload.shape().event_stream()) {
    if (!call.reply_stream && !call.reply_blocking) return false;
    reply.headers.Set("content-type", kEventStreamType);
    if (call.reply_stream) {
      reply.body = call.reply_stream;
    } else {
      reply.body = call.reply_blocking;
    }
    return true;
  }
  const ShapeType type = payload.shape().type();
  if (type != ShapeType::kBlob && type != ShapeType::kString) return false;
  if (call.reply_file) {
    reply.body = *call.reply_file;
  } else if (call.reply_blocking) {
    reply.body = call.reply_blocking;
  } else if (const Json* value = document.is_object() ? document.get_object().if_contains(payload.name()) : nullptr) {
    if (value->is_string()) reply.body = std::string(value->get_string());
  }
  if (!reply.headers.Get("content-type")) {
    const bool s3 = shape.service().id == "s3";
    reply.headers.Set("content-type", type == ShapeType::kString
                                          ? "text/plain"
                                          : (s3 ? "binary/octet-stream" : "application/octet-stream"));
  }
  return true;
}

}  // namespace sagebrush::wire
