#include "wire/json_protocol.h"

#include <charconv>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "wire/scalar.h"

namespace sagebrush::wire {
namespace {

// Where in the document we are; printed only when something is wrong.
struct Trail {
  const Trail* up = nullptr;
  std::string_view name;
  std::size_t index = 0;
};

std::string PathOf(const Trail& at) {
  if (at.up == nullptr) return "";
  std::string path = PathOf(*at.up);
  if (at.name.empty()) return fmt::format("{}[{}]", path, at.index);
  return path + (path.empty() ? "" : ".") + std::string(at.name);
}

// AWS's own phrase, and the place, which AWS does not say.
[[noreturn]] void Fail(std::string_view phrase, const Trail& at) {
  const std::string path = PathOf(at);
  throw Error(kSerialization, path.empty() ? std::string(phrase) : fmt::format("{} (at '{}')", phrase, path));
}

std::string_view ClassName(ShapeType type) {
  switch (type) {
    case ShapeType::kStructure:
    case ShapeType::kMap:
      return "a Map";
    case ShapeType::kList:
      return "a List";
    case ShapeType::kInteger:
      return "an Integer";
    case ShapeType::kLong:
      return "a Long";
    case ShapeType::kFloat:
      return "a Float";
    case ShapeType::kDouble:
      return "a Double";
    case ShapeType::kBoolean:
      return "a Boolean";
    case ShapeType::kBlob:
      return "a Blob";
    case ShapeType::kTimestamp:
      return "a Date";
    case ShapeType::kString:
      break;
  }
  return "a String";
}

[[noreturn]] void FailType(const Shape& shape, const Json& value, const Trail& at) {
  if (value.is_array()) Fail("Start of list found where not expected", at);
  if (value.is_object()) Fail("Start of structure or map found where not expected.", at);
  if (shape.type() == ShapeType::kList) Fail("Expected list or null", at);
  std::string_view found = "NUMBER_VALUE";
  if (value.is_string()) found = "STRING_VALUE";
  if (value.is_double()) found = "DECIMAL_VALUE";
  if (value.is_null()) found = "NULL_VALUE";
  if (value.is_bool()) found = value.get_bool() ? "TRUE_VALUE" : "FALSE_VALUE";
  Fail(fmt::format("{} can not be converted to {}", found, ClassName(shape.type())), at);
}

// Makes values conform to their shapes, in place.
class Conformer {
 public:
  // `on_wire`: the document is a JSON body. Else it has the form that handlers see.
  explicit Conformer(bool on_wire) : on_wire_(on_wire) {}

  void Structure(const Shape& shape, Json& value, const Trail& at) const;

 private:
  Member FindMember(const Shape& shape, std::string_view name) const {
    return on_wire_ ? shape.FindMemberByWireName(name) : shape.FindMember(name);
  }
  void Any(const Member& member, Json& value, const Trail& at) const;
  void Container(const Shape& shape, Json& value, const Trail& at) const;
  void Double(const Shape& shape, Json& value, const Trail& at) const;
  void Timestamp(const Shape& shape, Json& value, const Trail& at) const;
  void Blob(const Shape& shape, Json& value, const Trail& at) const;

  const bool on_wire_;
};

void Conformer::Structure(const Shape& shape, Json& value, const Trail& at) const {
  if (!value.is_object()) FailType(shape, value, at);
  bool rebuild = false;  // Something must go, or change its name.
  for (auto& entry : value.get_object()) {
    const Member member = FindMember(shape, entry.key());
    if (!member || entry.value().is_null()) {
      rebuild = true;
      continue;
    }
    Any(member, entry.value(), Trail{&at, entry.key()});
    rebuild = rebuild || member.name() != std::string_view(entry.key());
  }
  if (!rebuild) return;
  JsonObject kept(value.storage());
  for (auto& entry : value.get_object()) {
    const Member member = FindMember(shape, entry.key());
    if (!member || entry.value().is_null()) continue;
    kept.insert_or_assign(boost::json::string_view(member.name().data(), member.name().size()),
                          std::move(entry.value()));
  }
  value = std::move(kept);
}

void ConformInteger(const Shape& shape, Json& value, const Trail& at) {
  if (value.is_double() && std::abs(value.get_double()) < 9e15 &&
      value.get_double() == std::floor(value.get_double())) {
    value = static_cast<std::int64_t>(value.get_double());
  }
  if (!value.is_int64()) FailType(shape, value, at);
  if (shape.type() == ShapeType::kInteger && (value.get_int64() > INT32_MAX || value.get_int64() < INT32_MIN)) {
    FailType(shape, value, at);
  }
}

void Conformer::Double(const Shape& shape, Json& value, const Trail& at) const {
  if (value.is_string() && on_wire_) {
    const std::string_view text = value.get_string();
    if (text != "NaN" && text != "Infinity" && text != "-Infinity") FailType(shape, value, at);
    value = *ScalarFromText(shape, text);
  }
  if (!value.is_number()) FailType(shape, value, at);
  if (!value.is_double()) value = value.to_number<double>();
}

void Conformer::Timestamp(const Shape& shape, Json& value, const Trail& at) const {
  if (value.is_string() && on_wire_) {
    const auto epoch = EpochFromText(value.get_string());
    if (!epoch) FailType(shape, value, at);
    value = *epoch;
  }
  if (!value.is_number()) FailType(shape, value, at);
  if (!value.is_double()) value = value.to_number<double>();
  if (!IsPlausibleEpoch(value.get_double())) Fail("The timestamp is out of range", at);
}

void Conformer::Blob(const Shape& shape, Json& value, const Trail& at) const {
  if (!value.is_string()) FailType(shape, value, at);
  if (!on_wire_) return;
  std::string bytes;
  if (!FromBase64(value.get_string(), bytes)) Fail("The blob is not valid base64", at);
  value = std::move(bytes);
}

void Conformer::Container(const Shape& shape, Json& value, const Trail& at) const {
  if (shape.type() == ShapeType::kList) {
    if (!value.is_array()) FailType(shape, value, at);
    std::size_t index = 0;
    for (Json& element : value.get_array()) Any(shape.element(), element, Trail{&at, {}, index++});
  } else {
    if (!value.is_object()) FailType(shape, value, at);
    for (auto& entry : value.get_object()) Any(shape.value(), entry.value(), Trail{&at, entry.key()});
  }
}

void Conformer::Any(const Member& member, Json& value, const Trail& at) const {
  if (value.is_null()) return;  // In a list or map; the constraints reject it.
  const Shape shape = member.shape();
  if (shape.document()) return;
  switch (shape.type()) {
    case ShapeType::kStructure:
      return Structure(shape, value, at);
    case ShapeType::kList:
    case ShapeType::kMap:
      return Container(shape, value, at);
    case ShapeType::kInteger:
    case ShapeType::kLong:
      return ConformInteger(shape, value, at);
    case ShapeType::kFloat:
    case ShapeType::kDouble:
      return Double(shape, value, at);
    case ShapeType::kTimestamp:
      return Timestamp(shape, value, at);
    case ShapeType::kBlob:
      return Blob(shape, value, at);
    case ShapeType::kBoolean:
      if (!value.is_bool()) FailType(shape, value, at);
      return;
    case ShapeType::kString:
      if (!value.is_string()) FailType(shape, value, at);
      return;
  }
}

[[noreturn]] void FailOutput(const Shape& shape, const Json& value) {
  throw Error(kInternalFailure, fmt::format("The output document has {} where the model has {} ({}).",
                                            FirstBytes(ToText(value), 100), shape.name(), ClassName(shape.type())));
}

void AppendMember(const Member& member, const Json& value, std::string& out);

void AppendName(std::string_view name, std::string& out) {
  const std::size_t start = out.size();
  out.append(name.size() + 3, '"');
  name.copy(out.data() + start + 1, name.size());
  out.back() = ':';
}

void AppendStructure(const Shape& shape, const Json& value, std::string& out) {
  if (!value.is_object()) FailOutput(shape, value);
  out += '{';
  bool first = true;
  for (const auto& entry : value.get_object()) {
    if (entry.value().is_null()) continue;
    const Member member = shape.FindMember(entry.key());
    if (!member || member.location() != Location::kBody) continue;
    if (!first) out += ',';
    first = false;
    AppendName(member.wire_name(), out);
    AppendMember(member, entry.value(), out);
  }
  out += '}';
}

void AppendList(const Shape& shape, const Json& value, std::string& out) {
  if (!value.is_array()) FailOutput(shape, value);
  out += '[';
  bool first = true;
  for (const Json& element : value.get_array()) {
    if (!first) out += ',';
    first = false;
    AppendMember(shape.element(), element, out);
  }
  out += ']';
}

void AppendMap(const Shape& shape, const Json& value, std::string& out) {
  if (!value.is_object()) FailOutput(shape, value);
  out += '{';
  bool first = true;
  for (const auto& entry : value.get_object()) {
    if (entry.value().is_null()) continue;
    if (!first) out += ',';
    first = false;
    AppendText(Json(entry.key()), out);
    out += ':';
    AppendMember(shape.value(), entry.value(), out);
  }
  out += '}';
}

// AWS prints milliseconds; a double holds more. By integers, at a tenth of the cost of a double's shortest text.
void AppendEpoch(double epoch, std::string& out) {
  const double rounded = std::round(epoch * 1000);
  if (!IsPlausibleEpoch(epoch)) return AppendText(Json(rounded / 1000), out);
  auto milliseconds = static_cast<std::int64_t>(rounded);
  char buffer[32];
  char* end = buffer;
  if (milliseconds < 0) *end++ = '-';
  milliseconds = std::abs(milliseconds);
  end = std::to_chars(end, std::end(buffer), milliseconds / 1000).ptr;
  std::int64_t rest = milliseconds % 1000;
  if (rest > 0) *end++ = '.';
  for (std::int64_t scale = 100; rest > 0; rest %= scale, scale /= 10) *end++ = static_cast<char>('0' + rest / scale);
  out.append(buffer, end);
}

void AppendTimestamp(const Member& member, double epoch, std::string& out) {
  const TimestampFormat format = member.timestamp_format();
  if (format == TimestampFormat::kDefault || format == TimestampFormat::kUnix) {
    AppendEpoch(epoch, out);
  } else {
    AppendText(Json(TimestampText(epoch, format, epoch == std::floor(epoch))), out);
  }
}

void AppendDouble(double number, std::string& out) {
  if (std::isfinite(number)) return AppendText(Json(number), out);
  out += std::isnan(number) ? "\"NaN\"" : (number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
}

void AppendMember(const Member& member, const Json& value, std::string& out) {
  const Shape shape = member.shape();
  if (value.is_null() || shape.document()) return AppendText(value, out);
  switch (shape.type()) {
    case ShapeType::kStructure:
      return AppendStructure(shape, value, out);
    case ShapeType::kList:
      return AppendList(shape, value, out);
    case ShapeType::kMap:
      return AppendMap(shape, value, out);
    case ShapeType::kTimestamp:
      if (!value.is_number()) FailOutput(shape, value);
      return AppendTimestamp(member, value.to_number<double>(), out);
    case ShapeType::kBlob:
      if (!value.is_string()) FailOutput(shape, value);
      return AppendText(Json(ToBase64(std::string_view(value.get_string()))), out);
    case ShapeType::kBoolean:
      if (!value.is_bool()) FailOutput(shape, value);
      return AppendText(value, out);
    case ShapeType::kString:
      if (!value.is_string()) FailOutput(shape, value);
      return AppendText(value, out);
    default:
      if (!value.is_number()) FailOutput(shape, value);
      if (value.is_double()) return AppendDouble(value.get_double(), out);
      return AppendText(value, out);
  }
}

}  // namespace

void ConformJson(const Shape& shape, Json& value) {
  if (shape.document()) return;
  Conformer(/*on_wire=*/true).Structure(shape, value, Trail{});
}

void ConformDocument(const Shape& shape, Json& document) {
  if (shape.document()) return;
  Conformer(/*on_wire=*/false).Structure(shape, document, Trail{});
}

Json ReadJsonBody(const Shape& shape, std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return JsonObject();
  Json document;
  try {
    document = ParseJson(body);
  } catch (const Error& error) {
    throw Error(kSerialization, error.what());
  }
  if (!shape) return JsonObject();
  ConformJson(shape, document);
  return document;
}

void AppendJsonBody(const Shape& shape, const Json& value, std::string& out) {
  if (shape.document()) return AppendText(value, out);
  AppendStructure(shape, value, out);
}

}  // namespace sagebrush::wire
