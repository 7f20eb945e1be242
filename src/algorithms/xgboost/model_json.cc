#include <charconv>
#include <cmath>
#include <limits>

#include "algorithms/xgboost/booster_model.h"
#include "algorithms/xgboost/model_value.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr int kDepthMax = 64;

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  ModelValue ReadDocument() {
    ModelValue value = ReadValue(0);
    SkipBlanks();
    // Python's serialised form ends in zero bytes in some versions.
    while (at_ < text_.size() && text_[at_] == '\0') ++at_;
    if (at_ != text_.size()) Fail("nothing more");
    return value;
  }

 private:
  [[noreturn]] void Fail(std::string_view expected) const {
    throw Error(kUnreadableModel,
                fmt::format("The JSON of the model file is damaged at byte {}: expected {}.", at_, expected));
  }

  void SkipBlanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  char Peek() {
    SkipBlanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  void Expect(char c) {
    if (Peek() != c) Fail(fmt::format("'{}'", c));
    ++at_;
  }

  bool Accept(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  ModelValue ReadValue(int depth) {
    if (depth > kDepthMax) Fail("less nesting");
    switch (Peek()) {
      case '{':
        return ReadObject(depth);
      case '[':
        return ReadArray(depth);
      case '"':
        return ModelValue(ReadText());
      case 'n':
        if (Accept("null")) return ModelValue();
        [[fallthrough]];
      default:
        return ModelValue(ReadNumber());
    }
  }

  ModelValue ReadObject(int depth) {
    ModelValue::Object members;
    Expect('{');
    if (Peek() == '}') {
      ++at_;
      return ModelValue(std::move(members));
    }
    for (;;) {
      if (Peek() != '"') Fail("a member name");
      std::string name = ReadText();
      Expect(':');
      members.emplace_back(std::move(name), ReadValue(depth + 1));
      if (Peek() == '}') break;
      Expect(',');
    }
    ++at_;
    return ModelValue(std::move(members));
  }

  bool AtNumber() {
    const char c = Peek();
    return c == '-' || c == 't' || c == 'f' || c == 'N' || c == 'I' || (c >= '0' && c <= '9');
  }

  ModelValue ReadArray(int depth) {
    Expect('[');
    if (Peek() == ']') {
      ++at_;
      return ModelValue(ModelValue::Numbers());
    }
    return AtNumber() ? ReadNumbers() : ReadValues(depth);
  }

  ModelValue ReadNumbers() {
    ModelValue::Numbers numbers;
    for (;;) {
      numbers.push_back(ReadNumber());
      if (Peek() == ']') break;
      Expect(',');
    }
    ++at_;
    return ModelValue(std::move(numbers));
  }

  ModelValue ReadValues(int depth) {
    ModelValue::Array values;
    for (;;) {
      values.push_back(ReadValue(depth + 1));
      if (Peek() == ']') break;
      Expect(',');
    }
    ++at_;
    return ModelValue(std::move(values));
  }

  double ReadNumber() {
    SkipBlanks();
    if (Accept("true")) return 1;
    if (Accept("false")) return 0;
    if (Accept("NaN")) return std::numeric_limits<double>::quiet_NaN();
    if (Accept("Infinity")) return std::numeric_limits<double>::infinity();
    if (Accept("-Infinity")) return -std::numeric_limits<double>::infinity();
    std::size_t end = at_;
    bool integer = true;
    while (end < text_.size() && std::string_view("+-.0123456789eE").find(text_[end]) != std::string_view::npos) {
      if (std::string_view(".eE").find(text_[end]) != std::string_view::npos) integer = false;
      ++end;
    }
    const double value = integer ? Read<double>(end) : Read<float>(end);
    at_ = end;
    return value;
  }

  template <typename T>
  double Read(std::size_t end) const {
    T value = 0;
    const auto [last, error] = std::from_chars(text_.data() + at_, text_.data() + end, value);
    if (last != text_.data() + end || end == at_) Fail("a number");
    if (error == std::errc::result_out_of_range)
      return std::strtof(std::string(text_.substr(at_, end - at_)).c_str(), nullptr);
    if (error != std::errc()) Fail("a number");
    return value;
  }

  std::string ReadText() {
    ++at_;
    std::string text;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') {
        AppendEscape(text);
      } else {
        text += text_[at_++];
      }
    }
    if (at_ >= text_.size()) Fail("the end of a text");
    ++at_;
    return text;
  }

  void AppendEscape(std::string& text) {
    if (++at_ >= text_.size()) Fail("an escape");
    const char c = text_[at_++];
    if (c == 'u') {
      AppendCodePoint(text);
      return;
    }
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    const std::size_t found = kNames.find(c);
    if (found == std::string_view::npos) Fail("an escape");
    text += kValues[found];
  }

  // Names of features may hold any character; only their presence matters here, so surrogates are kept apart.
  void AppendCodePoint(std::string& text) {
    unsigned code = 0;
    if (text_.size() - at_ < 4) Fail("four hex digits");
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, code, 16);
    if (error != std::errc() || end != text_.data() + at_ + 4) Fail("four hex digits");
    at_ += 4;
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xC0 | (code >> 6));
      text += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      text += static_cast<char>(0xE0 | (code >> 12));
      text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (code & 0x3F));
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

ModelValue ParseModelJson(std::string_view text) { return JsonReader(text).ReadDocument(); }

}  // namespace sagebrush::algorithms::xgboost
