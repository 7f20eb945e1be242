#include "algorithms/xgboost/model_pickle.h"

#include <bit>
#include <charconv>
#include <cstring>

#include "algorithms/xgboost/booster_model.h"

namespace sagebrush::algorithms::xgboost {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kCopiesAByteMax = 64;

void AppendUtf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | ((code >> 18) & 7));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// Text whose characters stand for bytes (Latin-1), back to these bytes. False: a character is no byte.
bool ToLatin1(std::string_view utf8, std::string& out) {
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if ((c == 0xC2 || c == 0xC3) && i + 1 < utf8.size()) {
      out += static_cast<char>(((c & 3) << 6) | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
    } else {
      return false;
    }
  }
  return true;
}

// The raw-unicode-escape encoding of protocol 0: Latin-1 with \uXXXX.
std::string FromRawUnicodeEscape(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::uint32_t code = static_cast<unsigned char>(line[i]);
    const std::size_t digits = i + 1 < line.size() && line[i + 1] == 'u' ? 4 : 8;
    if (line[i] == '\\' && i + 1 + digits < line.size() && (line[i + 1] == 'u' || line[i + 1] == 'U')) {
      const char* from = line.data() + i + 2;
      std::uint32_t escaped = 0;
      if (const auto [end, error] = std::from_chars(from, from + digits, escaped, 16);
          error == std::errc() && end == from + digits) {
        code = escaped;
        i += 1 + digits;
      }
    }
    AppendUtf8(code, text);
  }
  return text;
}

// A Python 2 string literal with its quotes: 'a\x00b'.
std::string FromStringLiteral(std::string_view line) {
  std::string text;
  if (line.size() >= 2) line = line.substr(1, line.size() - 2);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 >= line.size()) {
      text += line[i];
      continue;
    }
    const char c = line[++i];
    static constexpr std::string_view kNames = "\\'\"abfnrtv";
    static constexpr std::string_view kValues = "\\'\"\a\b\f\n\r\t\v";
    unsigned code = 0;
    if (c == 'x' && i + 2 < line.size() &&
        std::from_chars(line.data() + i + 1, line.data() + i + 3, code, 16).ptr == line.data() + i + 3) {
      text += static_cast<char>(code);
      i += 2;
    } else if (const auto at = kNames.find(c); at != std::string_view::npos) {
      text += kValues[at];
    } else {
      text += '\\';
      text += c;
    }
  }
  return text;
}

}  // namespace

class PickleReader {
 public:
  PickleReader(std::string_view bytes, std::deque<PickleValue>& values) : bytes_(bytes), values_(values) {}

  PickleValue* ReadAll() {
    while (at_ < bytes_.size()) {
      const auto code = static_cast<unsigned char>(bytes_[at_++]);
      if (code == '.') return Pop();
      if (!ReadScalar(code) && !ReadText(code) && !ReadContainer(code) && !ReadStackCode(code) && !ReadObject(code)) {
        Fail(fmt::format("an instruction that is known instead of 0x{:02x}", code));
      }
    }
    Fail("its end");
  }

 private:
  [[noreturn]] void Fail(std::string_view expected) const {
    throw Error(kUnreadableModel,
                fmt::format("The pickle in the model file is damaged at byte {}: expected {}. Save the model with "
                            "Booster.save_model instead.",
                            at_, expected));
  }

  std::string_view Take(std::uint64_t count) {
    if (count > bytes_.size() - at_) Fail("more bytes");
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  template <typename T>
  T Read() {
    T value;
    std::memcpy(&value, Take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view Line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) Fail("a line");
    const std::string_view line = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return line;
  }

  PickleValue& Push(Kind kind) {
    values_.push_back({.kind = kind});
    stack_.push_back(&values_.back());
    return values_.back();
  }
  // What instructions copy of other values: many short ones could else make much of a small file.
  void Charge(std::size_t bytes) {
    copied_ += bytes;
    if (copied_ / kCopiesAByteMax > bytes_.size() + kCopiesAByteMax) Fail("fewer copies of its values");
  }
  void PushInteger(std::int64_t value) { Push(Kind::kInteger).integer = value; }
  void PushText(Kind kind, std::string_view text) { Push(kind).text = text; }

  PickleValue* Pop() {
    if (stack_.empty() || stack_.back()->kind == Kind::kMark) Fail("a value on the stack");
    PickleValue* top = stack_.back();
    stack_.pop_back();
    return top;
  }

  PickleValue& Top(Kind kind) {
    if (stack_.empty() || stack_.back()->kind != kind) Fail("another value on the stack");
    return *stack_.back();
  }

  std::vector<PickleValue*> PopToMark() {
    std::size_t mark = stack_.size();
    while (mark > 0 && stack_[mark - 1]->kind != Kind::kMark) --mark;
    if (mark == 0) Fail("a mark on the stack");
    std::vector<PickleValue*> items(stack_.begin() + static_cast<std::ptrdiff_t>(mark), stack_.end());
    stack_.resize(mark - 1);
    return items;
  }

  bool ReadScalar(unsigned char code) {
    switch (code) {
      case 'N':
        Push(Kind::kNone);
        return true;
      case 0x88:
      case 0x89:
        PushInteger(code == 0x88);
        return true;
      case 'J':
        PushInteger(Read<std::int32_t>());
        return true;
      case 'K':
        PushInteger(Read<std::uint8_t>());
        return true;
      case 'M':
        PushInteger(Read<std::uint16_t>());
        return true;
      case 'I':
      case 'L':
        PushInteger(ParseInteger(Line()));
        return true;
      case 0x8a:
        PushInteger(ReadLong(Read<std::uint8_t>()));
        return true;
      case 0x8b:
        PushInteger(ReadLong(Read<std::uint32_t>()));
        return true;
      case 'F':
        Line();
        Push(Kind::kFloat);
        return true;
      case 'G':
        Push(Kind::kFloat).real = std::bit_cast<double>(__builtin_bswap64(Read<std::uint64_t>()));
        return true;
      default:
        return false;
    }
  }

  static std::int64_t ParseInteger(std::string_view line) {
    std::int64_t value = 0;
    std::from_chars(line.data(), line.data() + line.size(), value);
    return value;
  }

  std::int64_t ReadLong(std::uint64_t size) {
    const std::string_view bytes = Take(size);
    if (size == 0 || size > 8) return 0;
    std::uint64_t value = (bytes.back() & 0x80) != 0 ? ~0ULL : 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
    return static_cast<std::int64_t>(value);
  }

  bool ReadText(unsigned char code) {
    switch (code) {
      case 'S':
        PushText(Kind::kBytes, FromStringLiteral(Line()));
        return true;
      case 'T':
      case 'B':
        PushText(Kind::kBytes, Take(Read<std::uint32_t>()));
        return true;
      case 'U':
      case 'C':
        PushText(Kind::kBytes, Take(Read<std::uint8_t>()));
        return true;
      case 0x8e:
      case 0x96:
        PushText(Kind::kBytes, Take(Read<std::uint64_t>()));
        return true;
      case 'V':
        PushText(Kind::kText, FromRawUnicodeEscape(Line()));
        return true;
      case 'X':
        PushText(Kind::kText, Take(Read<std::uint32_t>()));
        return true;
      case 0x8c:
        PushText(Kind::kText, Take(Read<std::uint8_t>()));
        return true;
      case 0x8d:
        PushText(Kind::kText, Take(Read<std::uint64_t>()));
        return true;
      default:
        return false;
    }
  }

  void PushItems(Kind kind, std::vector<PickleValue*> items) { Push(kind).items = std::move(items); }

  void PushTuple(std::size_t count) {
    std::vector<PickleValue*> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = Pop();
    PushItems(Kind::kSequence, std::move(items));
  }

  // Objects may be filled like lists and dictionaries too (subclasses); what is put in is of no use here.
  void Extend(const std::vector<PickleValue*>& items) {
    if (stack_.empty()) Fail("a container on the stack");
    PickleValue& container = *stack_.back();
    if (container.kind == Kind::kSequence || container.kind == Kind::kDictionary) {
      container.items.insert(container.items.end(), items.begin(), items.end());
    } else if (container.kind != Kind::kObject) {
      Fail("a container on the stack");
    }
  }

  bool ReadContainer(unsigned char code) {
    switch (code) {
      case ']':
      case ')':
      case 0x8f:
        Push(Kind::kSequence);
        return true;
      case '}':
        Push(Kind::kDictionary);
        return true;
      case 'l':
      case 't':
      case 0x91:
        PushItems(Kind::kSequence, PopToMark());
        return true;
      case 'd':
        PushItems(Kind::kDictionary, PopToMark());
        return true;
      case 0x85:
      case 0x86:
      case 0x87:
        PushTuple(code - 0x84);
        return true;
      case 'a':
        Extend({Pop()});
        return true;
      case 's': {
        PickleValue* value = Pop();
        Extend({Pop(), value});
        return true;
      }
      case 'e':
      case 'u':
      case 0x90:
        Extend(PopToMark());
        return true;
      default:
        return false;
    }
  }

  bool ReadStackCode(unsigned char code) {
    switch (code) {
      case 0x80:
        if (Read<std::uint8_t>() > 5) Fail("a protocol up to 5");
        return true;
      case 0x95:
        Read<std::uint64_t>();
        return true;
      case '(':
        Push(Kind::kMark);
        return true;
      case '0':
        Pop();
        return true;
      case '1':
        PopToMark();
        return true;
      case '2':
        stack_.push_back(Pop());
        stack_.push_back(stack_.back());
        return true;
      default:
        return ReadMemoCode(code);
    }
  }

  void Remember(std::uint64_t key) {
    if (stack_.empty()) Fail("a value on the stack");
    memo_[key] = stack_.back();
  }

  void Recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) Fail("a value that was remembered");
    stack_.push_back(found->second);
  }

  bool ReadMemoCode(unsigned char code) {
    switch (code) {
      case 'p':
        Remember(static_cast<std::uint64_t>(ParseInteger(Line())));
        return true;
      case 'q':
        Remember(Read<std::uint8_t>());
        return true;
      case 'r':
        Remember(Read<std::uint32_t>());
        return true;
      case 0x94:
        Remember(memo_.size());
        return true;
      case 'g':
        Recall(static_cast<std::uint64_t>(ParseInteger(Line())));
        return true;
      case 'h':
        Recall(Read<std::uint8_t>());
        return true;
      case 'j':
        Recall(Read<std::uint32_t>());
        return true;
      default:
        return false;
    }
  }

  void PushClass(std::string_view module, std::string_view name) {
    Charge(module.size() + name.size());
    Push(Kind::kClass).text = fmt::format("{}.{}", module, name);
  }

  void PushObject(PickleValue* type, std::vector<PickleValue*> arguments) {
    Charge(arguments.size() * sizeof(PickleValue*));
    PickleValue& object = Push(Kind::kObject);
    object.type = type;
    object.items = std::move(arguments);
  }

  bool ReadObject(unsigned char code) {
    switch (code) {
      case 'c': {
        const std::string_view module = Line();
        PushClass(module, Line());
        return true;
      }
      case 0x93: {
        const PickleValue* name = Pop();
        PushClass(Pop()->text, name->text);
        return true;
      }
      case 'i': {
        const std::string_view module = Line();
        const std::string_view name = Line();
        std::vector<PickleValue*> arguments = PopToMark();
        PushClass(module, name);
        PushObject(Pop(), std::move(arguments));
        return true;
      }
      case 'o': {
        std::vector<PickleValue*> items = PopToMark();
        if (items.empty()) Fail("a class");
        PushObject(items[0], {items.begin() + 1, items.end()});
        return true;
      }
      case 'R': {
        const PickleValue* arguments = Pop();
        Call(Pop(), arguments->items);
        return true;
      }
      case 0x92:
        Pop();  // Keyword arguments.
        [[fallthrough]];
      case 0x81: {
        const PickleValue* arguments = Pop();
        PushObject(Pop(), arguments->items);
        return true;
      }
      case 'b': {
        PickleValue* state = Pop();
        Top(Kind::kObject).state = state;
        return true;
      }
      default:
        return false;
    }
  }

  void Call(PickleValue* function, const std::vector<PickleValue*>& arguments) {
    const std::string& name = function->text;
    if (name == "_codecs.encode" || name == "__builtin__.bytearray" || name == "builtins.bytearray" ||
        name == "__builtin__.bytes" || name == "builtins.bytes") {
      if (!arguments.empty()) Charge(arguments[0]->text.size());
      PushText(Kind::kBytes, BytesOf(arguments));
    } else if ((name == "copy_reg._reconstructor" || name == "copyreg._reconstructor") && !arguments.empty()) {
      PushObject(arguments[0], arguments);
    } else {
      PushObject(function, arguments);
    }
  }

  std::string BytesOf(const std::vector<PickleValue*>& arguments) const {
    if (arguments.empty()) return "";
    if (arguments[0]->kind == Kind::kBytes) return arguments[0]->text;
    std::string bytes;
    if (arguments[0]->kind != Kind::kText || !ToLatin1(arguments[0]->text, bytes)) Fail("bytes");
    return bytes;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;
  std::deque<PickleValue>& values_;
  std::vector<PickleValue*> stack_;
  std::unordered_map<std::uint64_t, PickleValue*> memo_;
};

Pickle::Pickle(std::string_view bytes) { root_ = PickleReader(bytes, values_).ReadAll(); }

const PickleValue* PickleValue::Find(std::string_view key) const {
  if (kind != Kind::kDictionary) return nullptr;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if ((items[i]->kind == Kind::kText || items[i]->kind == Kind::kBytes) && items[i]->text == key) return items[i + 1];
  }
  return nullptr;
}

}  // namespace sagebrush::algorithms::xgboost
