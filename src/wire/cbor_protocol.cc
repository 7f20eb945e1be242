#include "wire/cbor_protocol.h"

#include <bit>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "base/text.h"
#include "wire/json_protocol.h"
#include "wire/scalar.h"

namespace sagebrush::wire {
namespace {

constexpr int kDepthMax = 64;

enum Major : std::uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

struct Head {
  Major major;
  std::uint8_t info;    // The low five bits of the first byte.
  std::uint64_t value;  // Argument; for 16-, 32- and 64-bit floats their bits.
  bool indefinite() const { return info == 31; }
};

[[noreturn]] void Fail(std::string_view what) { throw Error(kSerialization, fmt::format("Malformed CBOR: {}.", what)); }

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty(); }

  Head Next() {
    const std::uint8_t first = Byte();
    Head head{static_cast<Major>(first >> 5), static_cast<std::uint8_t>(first & 31), 0};
    if (head.info < 24) {
      head.value = head.info;
    } else if (head.info < 28) {
      for (int i = 0; i < 1 << (head.info - 24); ++i) head.value = head.value << 8 | Byte();
    } else if (head.info != 31 || head.major < kBytes || head.major == kTag) {
      Fail("a reserved length");
    }
    return head;
  }

  bool TakeBreak() {
    if (rest_.empty()) Fail("it ends too early");
    if (static_cast<std::uint8_t>(rest_[0]) != 0xFF) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool TakeNull() {
    if (rest_.empty()) Fail("it ends too early");
    const auto first = static_cast<std::uint8_t>(rest_[0]);
    if (first != 0xF6 && first != 0xF7) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // The bytes of a text or byte string whose head has been read.
  std::string TakeString(const Head& head) {
    if (!head.indefinite()) return std::string(Take(head.value));
    std::string all;
    while (!TakeBreak()) {
      const Head part = Next();
      if (part.major != head.major || part.indefinite()) Fail("a string has a part of another type");
      all += Take(part.value);
    }
    return all;
  }

  // Calls `each` once an element (of a map: an entry).
  template <typename Each>
  void ForEach(const Head& head, Each&& each) {
    if (head.indefinite()) {
      while (!TakeBreak()) each();
      return;
    }
    if (head.value > rest_.size()) Fail("it ends too early");  // An element takes a byte at least.
    for (std::uint64_t i = 0; i < head.value; ++i) each();
  }

  void Skip(int depth) {
    if (depth > kDepthMax) Fail("it is nested too deeply");
    const Head head = Next();
    switch (head.major) {
      case kBytes:
      case kText:
        TakeString(head);
        break;
      case kArray:
        ForEach(head, [&] { Skip(depth + 1); });
        break;
      case kMap:
        ForEach(head, [&] {
          Skip(depth + 1);
          Skip(depth + 1);
        });
        break;
      case kTag:
        Skip(depth + 1);
        break;
      case kSimple:
        if (head.indefinite()) Fail("an end without a beginning");
        break;
      default:
        break;
    }
  }

 private:
  std::uint8_t Byte() { return static_cast<std::uint8_t>(Take(1)[0]); }

  std::string_view Take(std::uint64_t count) {
    if (count > rest_.size()) Fail("it ends too early");
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  std::string_view rest_;
};

double HalfToDouble(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const double fraction = static_cast<double>(bits & 1023);
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else if (exponent == 31) {
    value = fraction == 0 ? HUGE_VAL : std::nan("");
  } else {
    value = std::ldexp(fraction + 1024, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

std::optional<double> FloatOf(const Head& head) {
  if (head.major != kSimple) return std::nullopt;
  if (head.info == 25) return HalfToDouble(head.value);
  if (head.info == 26) return std::bit_cast<float>(static_cast<std::uint32_t>(head.value));
  if (head.info == 27) return std::bit_cast<double>(head.value);
  return std::nullopt;
}

std::optional<std::int64_t> IntegerOf(const Head& head) {
  if (head.major > kNegative || head.value > INT64_MAX) return std::nullopt;
  const auto value = static_cast<std::int64_t>(head.value);
  return head.major == kUnsigned ? value : -1 - value;
}

[[noreturn]] void FailType(const Shape& shape) {
  throw Error(kSerialization, fmt::format("A CBOR value has not the type of {}.", shape.name()));
}

Json ReadValue(const Member& member, Reader& reader, int depth);

Json ReadText(Reader& reader, const Head& head) {
  std::string text = reader.TakeString(head);
  if (!IsUtf8(text)) Fail("a text is not UTF-8");
  return Json(std::move(text));
}

std::string ReadKey(Reader& reader) {
  const Head head = reader.Next();
  if (head.major != kText) Fail("the key of a map is not a text");
  return std::string(ReadText(reader, head).get_string());
}

Json ReadStructure(const Shape& shape, Reader& reader, int depth) {
  const Head head = reader.Next();
  if (head.major != kMap) FailType(shape);
  JsonObject object;
  reader.ForEach(head, [&] {
    const std::string key = ReadKey(reader);
    const Member member = shape.FindMemberByWireName(key);
    if (!member) {
      reader.Skip(depth + 1);
    } else if (!reader.TakeNull()) {
      object[member.name()] = ReadValue(member, reader, depth + 1);
    }
  });
  return object;
}

Json ReadList(const Shape& shape, Reader& reader, int depth) {
  const Head head = reader.Next();
  if (head.major != kArray) FailType(shape);
  JsonArray list;
  reader.ForEach(
      head, [&] { list.push_back(reader.TakeNull() ? Json(nullptr) : ReadValue(shape.element(), reader, depth + 1)); });
  return list;
}

Json ReadMap(const Shape& shape, Reader& reader, int depth) {
  const Head head = reader.Next();
  if (head.major != kMap) FailType(shape);
  JsonObject map;
  reader.ForEach(head, [&] {
    const std::string key = ReadKey(reader);
    map[key] = reader.TakeNull() ? Json(nullptr) : ReadValue(shape.value(), reader, depth + 1);
  });
  return map;
}

Json ReadNumber(const Shape& shape, const Head& head) {
  const auto integer = IntegerOf(head);
  const auto real = FloatOf(head);
  if (shape.type() == ShapeType::kFloat || shape.type() == ShapeType::kDouble ||
      shape.type() == ShapeType::kTimestamp) {
    if (!integer && !real) FailType(shape);
    const double number = integer ? static_cast<double>(*integer) : *real;
    if (shape.type() == ShapeType::kTimestamp && !IsPlausibleEpoch(number)) FailType(shape);
    return number;
  }
  if (!integer || (shape.type() == ShapeType::kInteger && (*integer > INT32_MAX || *integer < INT32_MIN)))
    FailType(shape);
  return *integer;
}

Json ReadScalar(const Shape& shape, Reader& reader) {
  Head head = reader.Next();
  switch (shape.type()) {
    case ShapeType::kString:
      if (head.major != kText) FailType(shape);
      return ReadText(reader, head);
    case ShapeType::kBlob:
      if (head.major != kBytes) FailType(shape);
      return Json(reader.TakeString(head));
    case ShapeType::kBoolean:
      if (head.major != kSimple || (head.info != 20 && head.info != 21)) FailType(shape);
      return head.info == 21;
    case ShapeType::kTimestamp:
      if (head.major != kTag || head.value != 1) FailType(shape);
      head = reader.Next();
      return ReadNumber(shape, head);
    default:
      return ReadNumber(shape, head);
  }
}

Json ReadValue(const Member& member, Reader& reader, int depth) {
  if (depth > kDepthMax) Fail("it is nested too deeply");
  const Shape shape = member.shape();
  if (shape.type() == ShapeType::kStructure) return ReadStructure(shape, reader, depth);
  if (shape.type() == ShapeType::kList) return ReadList(shape, reader, depth);
  if (shape.type() == ShapeType::kMap) return ReadMap(shape, reader, depth);
  return ReadScalar(shape, reader);
}

void AppendHead(Major major, std::uint64_t value, std::string& out) {
  const int bytes = value < 24 ? 0 : (value < 256 ? 1 : (value < 65536 ? 2 : (value <= UINT32_MAX ? 4 : 8)));
  const int info = bytes == 0 ? static_cast<int>(value) : 24 + std::countr_zero(static_cast<unsigned>(bytes));
  out += static_cast<char>(major << 5 | info);
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255);
}

void AppendDouble(double number, std::string& out) {
  out += static_cast<char>(0xFB);
  const auto bits = std::bit_cast<std::uint64_t>(number);
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift & 255);
}

void AppendInteger(std::int64_t number, std::string& out) {
  if (number >= 0) return AppendHead(kUnsigned, static_cast<std::uint64_t>(number), out);
  AppendHead(kNegative, static_cast<std::uint64_t>(-1 - number), out);
}

void AppendValue(const Member& member, const Json& value, std::string& out);

void AppendContainer(const Shape& shape, const Json& value, std::string& out) {
  if (shape.type() == ShapeType::kList && value.is_array()) {
    AppendHead(kArray, value.get_array().size(), out);
    for (const Json& element : value.get_array()) AppendValue(shape.element(), element, out);
  } else if (shape.type() == ShapeType::kMap && value.is_object()) {
    AppendHead(kMap, value.get_object().size(), out);
    for (const auto& entry : value.get_object()) {
      AppendCborText(entry.key(), out);
      AppendValue(shape.value(), entry.value(), out);
    }
  } else {
    throw Error(kInternalFailure, fmt::format("The output document has another type than {}.", shape.name()));
  }
}

void AppendScalar(const Shape& shape, const Json& value, std::string& out) {
  if (shape.type() == ShapeType::kTimestamp && value.is_number()) {
    AppendHead(kTag, 1, out);
    AppendDouble(value.to_number<double>(), out);
  } else if ((shape.type() == ShapeType::kFloat || shape.type() == ShapeType::kDouble) && value.is_number()) {
    AppendDouble(value.to_number<double>(), out);
  } else if (value.is_int64()) {
    AppendInteger(value.get_int64(), out);
  } else if (value.is_uint64()) {
    AppendHead(kUnsigned, value.get_uint64(), out);
  } else if (value.is_double()) {
    AppendInteger(static_cast<std::int64_t>(value.get_double()), out);
  } else if (value.is_bool()) {
    out += static_cast<char>(value.get_bool() ? 0xF5 : 0xF4);
  } else if (value.is_string()) {
    const std::string_view text = value.get_string();
    AppendHead(shape.type() == ShapeType::kBlob ? kBytes : kText, text.size(), out);
    out += text;
  } else {
    throw Error(kInternalFailure, fmt::format("The output document has another type than {}.", shape.name()));
  }
}

void AppendValue(const Member& member, const Json& value, std::string& out) {
  const Shape shape = member.shape();
  if (value.is_null()) {
    out += static_cast<char>(0xF6);
  } else if (shape.type() == ShapeType::kStructure) {
    AppendCborBody(shape, value, out);
  } else if (shape.type() == ShapeType::kList || shape.type() == ShapeType::kMap) {
    AppendContainer(shape, value, out);
  } else {
    AppendScalar(shape, value, out);
  }
}

}  // namespace

void AppendCborMapStart(std::string& out) { out += static_cast<char>(0xBF); }
void AppendCborBreak(std::string& out) { out += static_cast<char>(0xFF); }

void AppendCborText(std::string_view text, std::string& out) {
  if (!IsUtf8(text)) return AppendCborText(Legible(text), out);
  AppendHead(kText, text.size(), out);
  out += text;
}

Json ReadCborBody(const Shape& shape, std::string_view body) {
  if (body.empty()) return JsonObject();
  Reader reader(body);
  Json document = JsonObject();
  if (shape) {
    document = ReadStructure(shape, reader, 0);
  } else {
    reader.Skip(0);
  }
  if (!reader.AtEnd()) Fail("there are bytes behind its end");
  return document;
}

void AppendCborBody(const Shape& shape, const Json& value, std::string& out) {
  if (!value.is_object()) throw Error(kInternalFailure, fmt::format("The output document has no {}.", shape.name()));
  AppendCborMapStart(out);
  for (const auto& entry : value.get_object()) {
    const Member member = shape.FindMember(entry.key());
    if (!member || entry.value().is_null()) continue;
    AppendCborText(member.wire_name(), out);
    AppendValue(member, entry.value(), out);
  }
  AppendCborBreak(out);
}

}  // namespace sagebrush::wire
