#include "wire/xml_protocol.h"

#include <fmt/format.h>
#include <pugixml.hpp>

#include "base/text.h"
#include "wire/scalar.h"

namespace sagebrush::wire {
namespace {

constexpr int kDepthMax = 64;

// "ns:Name" and "Name" are the same to AWS.
std::string_view LocalName(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view LocalName(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// Refuses what AWS's services refuse, before anything walks the tree.
void CheckTree(const pugi::xml_node& node, int depth) {
  if (depth > kDepthMax) throw Error(kMalformedXml, "The XML is nested too deeply.");
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_doctype) throw Error(kMalformedXml, "The XML has a document type declaration.");
    CheckTree(child, depth + 1);
  }
}

[[noreturn]] void FailValue(const pugi::xml_node& node, std::string_view text) {
  throw Error(kMalformedXml, fmt::format("The XML you provided was not well-formed or did not validate against our "
                                         "published schema: element {} has the value '{}'.",
                                         node.name(), FirstBytes(text, 200)));
}

Json ReadValue(const Member& member, const pugi::xml_node& node);

Json ReadStructure(const Shape& shape, const pugi::xml_node& node);

Json ReadList(const Shape& shape, const pugi::xml_node& parent) {
  JsonArray list;
  const Member element = shape.element();
  const std::string_view wanted = element.has_wire_name() ? element.wire_name() : "member";
  for (const pugi::xml_node& child : parent.children()) {
    if (child.type() == pugi::node_element && LocalName(child) == wanted) list.push_back(ReadValue(element, child));
  }
  return list;
}

void ReadEntry(const Shape& shape, const pugi::xml_node& entry, JsonObject& map) {
  const std::string_view key_name = shape.key().has_wire_name() ? shape.key().wire_name() : "key";
  const std::string_view value_name = shape.value().has_wire_name() ? shape.value().wire_name() : "value";
  std::string key;
  Json value;
  for (const pugi::xml_node& child : entry.children()) {
    if (LocalName(child) == key_name) key = child.text().get();
    if (LocalName(child) == value_name) value = ReadValue(shape.value(), child);
  }
  map.insert_or_assign(key, std::move(value));
}

Json ReadMap(const Shape& shape, const pugi::xml_node& parent) {
  JsonObject map;
  for (const pugi::xml_node& child : parent.children()) {
    if (LocalName(child) == "entry") ReadEntry(shape, child, map);
  }
  return map;
}

Json ReadValue(const Member& member, const pugi::xml_node& node) {
  const Shape shape = member.shape();
  if (shape.type() == ShapeType::kStructure) return ReadStructure(shape, node);
  if (shape.type() == ShapeType::kList) return ReadList(shape, node);
  if (shape.type() == ShapeType::kMap) return ReadMap(shape, node);
  const std::string_view text = node.text().get();
  auto value = ScalarFromText(shape, text);
  if (!value) FailValue(node, text);
  return std::move(*value);
}

// What an element of a flattened list is called.
std::string_view FlatName(const Member& member) {
  const Member element = member.shape().element();
  return member.shape().type() == ShapeType::kList && element.has_wire_name() ? element.wire_name()
                                                                              : member.wire_name();
}

void ReadMember(const Member& member, const pugi::xml_node& node, JsonObject& object) {
  const Shape shape = member.shape();
  if (member.xml_attribute()) {
    for (const pugi::xml_attribute& attribute : node.attributes()) {
      if (LocalName(attribute.name()) == LocalName(member.wire_name())) object[member.name()] = attribute.value();
    }
    return;
  }
  const bool flat = member.flattened() && (shape.type() == ShapeType::kList || shape.type() == ShapeType::kMap);
  const std::string_view wanted = flat ? FlatName(member) : member.wire_name();
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element || LocalName(child) != wanted) continue;
    if (!flat) {
      object[member.name()] = ReadValue(member, child);
      return;
    }
    Json& value = object[member.name()];
    if (shape.type() == ShapeType::kList) {
      if (!value.is_array()) value = JsonArray();
      value.get_array().push_back(ReadValue(shape.element(), child));
    } else {
      if (!value.is_object()) value = JsonObject();
      ReadEntry(shape, child, value.get_object());
    }
  }
}

Json ReadStructure(const Shape& shape, const pugi::xml_node& node) {
  JsonObject object;
  for (std::size_t i = 0; i < shape.member_count(); ++i) {
    const Member member = shape.member(i);
    if (member.location() == Location::kBody) ReadMember(member, node, object);
  }
  return object;
}

void AppendValue(const Member& member, const Json& value, std::string_view tag, const XmlStyle& style,
                 std::string& out);

void AppendOpen(std::string_view tag, std::string_view attributes, std::string& out) {
  out += '<';
  out += tag;
  out += attributes;
  out += '>';
}

void AppendClose(std::string_view tag, std::string& out) {
  out += "</";
  out += tag;
  out += '>';
}

// A structure's members that are attributes of its element: S3's Grantee has xsi:type.
std::string AttributesOf(const Shape& shape, const Json& value) {
  std::string attributes;
  if (!value.is_object()) return attributes;
  for (std::size_t i = 0; i < shape.member_count(); ++i) {
    const Member member = shape.member(i);
    if (!member.xml_attribute()) continue;
    const Json* attribute =
        value.get_object().if_contains(boost::json::string_view(member.name().data(), member.name().size()));
    if (attribute == nullptr || !attribute->is_string()) continue;
    if (member.wire_name().starts_with("xsi:"))
      attributes += " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    attributes += fmt::format(" {}=\"", member.wire_name());
    AppendXmlText(std::string_view(attribute->get_string()), attributes);
    attributes += '"';
  }
  return attributes;
}

void AppendEntry(const Shape& shape, std::string_view key, const Json& value, std::string_view tag,
                 const XmlStyle& style, std::string& out) {
  AppendOpen(tag, {}, out);
  AppendXmlElement(shape.key().has_wire_name() ? shape.key().wire_name() : "key", key, out);
  AppendValue(shape.value(), value, shape.value().has_wire_name() ? shape.value().wire_name() : "value", style, out);
  AppendClose(tag, out);
}

void AppendContainer(const Member& member, const Json& value, std::string_view tag, const XmlStyle& style,
                     std::string& out) {
  const Shape shape = member.shape();
  const bool flat = member.flattened();
  if (!flat) AppendOpen(tag, {}, out);
  if (shape.type() == ShapeType::kList && value.is_array()) {
    const Member element = shape.element();
    const std::string_view inner = element.has_wire_name() ? element.wire_name() : (flat ? tag : "member");
    for (const Json& item : value.get_array()) AppendValue(element, item, inner, style, out);
  } else if (value.is_object()) {
    for (const auto& entry : value.get_object()) {
      AppendEntry(shape, entry.key(), entry.value(), flat ? tag : "entry", style, out);
    }
  }
  if (!flat) AppendClose(tag, out);
}

void AppendValue(const Member& member, const Json& value, std::string_view tag, const XmlStyle& style,
                 std::string& out) {
  if (value.is_null()) return;
  const Shape shape = member.shape();
  if (shape.type() == ShapeType::kList || shape.type() == ShapeType::kMap) {
    return AppendContainer(member, value, tag, style, out);
  }
  if (shape.type() == ShapeType::kStructure) {
    AppendOpen(tag, AttributesOf(shape, value), out);
    AppendXmlMembers(shape, value, {style.whole_seconds, false}, out);
    return AppendClose(tag, out);
  }
  std::string text;
  AppendScalarText(member, value, TimestampFormat::kIso8601, style.whole_seconds, text);
  AppendXmlElement(tag, text, out);
}

}  // namespace

Json ReadXmlBody(const Shape& shape, std::string_view body) {
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_buffer(
      body.data(), body.size(), pugi::parse_default | pugi::parse_doctype | pugi::parse_ws_pcdata_single,
      pugi::encoding_utf8);
  if (!result || document.document_element().empty()) {
    throw Error(kMalformedXml, fmt::format("The XML you provided was not well-formed or did not validate against our "
                                           "published schema ({} at byte {}).",
                                           result.description(), result.offset));
  }
  CheckTree(document, 0);
  return ReadStructure(shape, document.document_element());
}

void AppendXmlText(std::string_view text, std::string& out) {
  if (!IsUtf8(text)) return AppendXmlText(Legible(text), out);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
      case '\t':
        out += c;
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("&#x{:x};", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
}

void AppendXmlElement(std::string_view name, std::string_view text, std::string& out) {
  AppendOpen(name, {}, out);
  AppendXmlText(text, out);
  AppendClose(name, out);
}

void AppendXmlMembers(const Shape& shape, const Json& value, const XmlStyle& style, std::string& out) {
  if (!value.is_object()) throw Error(kInternalFailure, fmt::format("The output has no {}.", shape.name()));
  for (const auto& entry : value.get_object()) {
    if (entry.value().is_null()) continue;
    const Member member = shape.FindMember(entry.key());
    if (!member || member.xml_attribute()) continue;
    if (style.body_members_only && member.location() != Location::kBody) continue;
    AppendValue(member, entry.value(), member.wire_name(), style, out);
  }
}

}  // namespace sagebrush::wire
