#include <bit>
#include <cstring>

#include "algorithms/xgboost/booster_model.h"
#include "algorithms/xgboost/model_value.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr int kDepthMax = 64;

// Universal Binary JSON, draft 12: big-endian numbers; arrays and objects may announce a type and a count.
class UbjsonReader {
 public:
  explicit UbjsonReader(std::string_view bytes) : bytes_(bytes) {}

  ModelValue ReadDocument() {
    ModelValue value = ReadValue(Next(), 0);
    while (at_ < bytes_.size() && (bytes_[at_] == '\0' || bytes_[at_] == 'N')) ++at_;
    if (at_ != bytes_.size()) Fail("nothing more");
    return value;
  }

 private:
  struct Container {
    char type = '\0';  // '\0': each value has its own marker.
    bool counted = false;
    std::size_t count = 0;
  };

  [[noreturn]] void Fail(std::string_view expected) const {
    throw Error(kUnreadableModel,
                fmt::format("The UBJSON of the model file is damaged at byte {}: expected {}.", at_, expected));
  }

  char Next() {
    while (at_ < bytes_.size() && bytes_[at_] == 'N') ++at_;  // No-op.
    if (at_ >= bytes_.size()) Fail("a value");
    return bytes_[at_++];
  }

  template <typename T>
  T ReadRaw() {
    std::array<unsigned char, sizeof(T)> raw;
    if (bytes_.size() - at_ < sizeof(T)) Fail("a number");
    std::memcpy(raw.data(), bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    std::reverse(raw.begin(), raw.end());
    return std::bit_cast<T>(raw);
  }

  static std::size_t SizeOf(char type) {
    switch (type) {
      case 'i':
      case 'U':
      case 'C':
        return 1;
      case 'I':
        return 2;
      case 'l':
      case 'd':
        return 4;
      case 'L':
      case 'D':
        return 8;
      default:
        return 0;
    }
  }

  double ReadNumber(char type) {
    switch (type) {
      case 'i':
        return ReadRaw<std::int8_t>();
      case 'U':
        return ReadRaw<std::uint8_t>();
      case 'I':
        return ReadRaw<std::int16_t>();
      case 'l':
        return ReadRaw<std::int32_t>();
      case 'L':
        return static_cast<double>(ReadRaw<std::int64_t>());
      case 'd':
        return ReadRaw<float>();
      case 'D':
        return ReadRaw<double>();
      default:
        Fail("a number");
    }
  }

  std::size_t ReadLength() {
    const double length = ReadNumber(Next());
    if (!(length >= 0 && length <= 1e15)) Fail("a length");
    return static_cast<std::size_t>(length);
  }

  std::string ReadText() {
    const std::size_t length = ReadLength();
    if (bytes_.size() - at_ < length) Fail("a text of its announced length");
    std::string text(bytes_.substr(at_, length));
    at_ += length;
    return text;
  }

  ModelValue ReadValue(char type, int depth) {
    if (depth > kDepthMax) Fail("less nesting");
    switch (type) {
      case 'Z':
        return ModelValue();
      case 'T':
        return ModelValue(true);
      case 'F':
        return ModelValue(false);
      case 'S':
      case 'H':
        return ModelValue(ReadText());
      case 'C':
        return ModelValue(std::string(1, ReadRaw<char>()));
      case '[':
        return ReadArray(depth);
      case '{':
        return ReadObject(depth);
      default:
        return ModelValue(ReadNumber(type));
    }
  }

  Container ReadHeader() {
    Container container;
    if (at_ < bytes_.size() && bytes_[at_] == '$') {
      ++at_;
      container.type = Next();
      if (at_ >= bytes_.size() || bytes_[at_] != '#') Fail("a count");
    }
    if (at_ < bytes_.size() && bytes_[at_] == '#') {
      ++at_;
      container.counted = true;
      container.count = ReadLength();
      // Typed nulls and booleans would take no bytes however many there are; no model has them.
      if (std::string_view("ZTFN").find(container.type) != std::string_view::npos) Fail("a type of values with bytes");
      if (container.count > bytes_.size() - at_) Fail("as many values as were announced");
    }
    return container;
  }

  bool AtEnd(const Container& container, std::size_t read, char end) {
    if (container.counted) return read == container.count;
    while (at_ < bytes_.size() && bytes_[at_] == 'N') ++at_;
    if (at_ >= bytes_.size()) Fail("the end of an array or object");
    if (bytes_[at_] != end) return false;
    ++at_;
    return true;
  }

  ModelValue ReadArray(int depth) {
    const Container container = ReadHeader();
    if (container.type != '\0' && container.type != 'C' && SizeOf(container.type) > 0) return ReadNumbers(container);
    ModelValue::Array values;
    bool numbers = true;
    while (!AtEnd(container, values.size(), ']')) {
      values.push_back(ReadValue(container.type != '\0' ? container.type : Next(), depth + 1));
      numbers = numbers && values.back().IsNumber();
    }
    if (!numbers) return ModelValue(std::move(values));
    ModelValue::Numbers compact;
    compact.reserve(values.size());
    for (const ModelValue& value : values) compact.push_back(value.number());
    return ModelValue(std::move(compact));
  }

  ModelValue ReadNumbers(const Container& container) {
    if (container.count > (bytes_.size() - at_) / SizeOf(container.type)) Fail("as many numbers as were announced");
    ModelValue::Numbers numbers(container.count);
    for (double& number : numbers) number = ReadNumber(container.type);
    return ModelValue(std::move(numbers));
  }

  ModelValue ReadObject(int depth) {
    const Container container = ReadHeader();
    ModelValue::Object members;
    while (!AtEnd(container, members.size(), '}')) {
      std::string name = ReadText();
      members.emplace_back(std::move(name), ReadValue(container.type != '\0' ? container.type : Next(), depth + 1));
    }
    return ModelValue(std::move(members));
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace

ModelValue ParseModelUbjson(std::string_view bytes) { return UbjsonReader(bytes).ReadDocument(); }

}  // namespace sagebrush::algorithms::xgboost
