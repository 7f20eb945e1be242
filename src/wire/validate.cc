#include "wire/validate.h"

#include <cmath>

#include <fmt/format.h>

#include "wire/pattern.h"

namespace sagebrush::wire {
namespace {

constexpr std::size_t kViolationsMax = 100;
constexpr std::size_t kShownBytesMax = 4096;

// Where in the document we are; printed only when something is wrong.
struct Trail {
  const Trail* up;
  std::string_view name;   // Member name or map key.
  std::size_t number = 0;  // Of a list element, from 1; 0: not an element.
};

// AWS prints member names with a lower-case first letter, list elements as "1.member".
std::string PathOf(const Trail* at) {
  if (at == nullptr) return "";
  std::string path = PathOf(at->up);
  if (!path.empty()) path += '.';
  if (at->number != 0) return path + std::to_string(at->number) + ".member";
  path += at->name;
  return path;
}

std::string PathOfMember(const Trail* up, std::string_view name) {
  std::string path = PathOf(up);
  if (!path.empty()) path += '.';
  const std::size_t first = path.size();
  path += name;
  if (path.size() > first && path[first] >= 'A' && path[first] <= 'Z') path[first] += 'a' - 'A';
  return path;
}

// Values as AWS's services, written in Java, print them: [a, b] and {key=value}.
void AppendShown(const Json& value, std::string& out) {
  if (out.size() > kShownBytesMax) return;
  if (value.is_string()) {
    out += std::string_view(value.get_string());
  } else if (value.is_array()) {
    out += '[';
    std::string_view separator;
    for (const Json& element : value.get_array()) {
      out += std::exchange(separator, ", ");
      AppendShown(element, out);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    std::string_view separator;
    for (const auto& member : value.get_object()) {
      out += std::exchange(separator, ", ");
      out += std::string_view(member.key());
      out += '=';
      AppendShown(member.value(), out);
    }
    out += '}';
  } else {
    AppendText(value, out);
  }
}

std::size_t CountCharacters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string NumberText(double number) {
  return number == std::floor(number) && std::abs(number) < 1e18 ? fmt::format("{}", static_cast<std::int64_t>(number))
                                                                 : fmt::format("{}", number);
}

enum class Constraint { kMaxLength, kMinLength, kMaxValue, kMinValue, kPattern, kEnum };

std::string Phrase(const Shape& shape, Constraint constraint) {
  switch (constraint) {
    case Constraint::kMaxLength:
      return "Member must have length less than or equal to " + NumberText(shape.max());
    case Constraint::kMinLength:
      return "Member must have length greater than or equal to " + NumberText(shape.min());
    case Constraint::kMaxValue:
      return "Member must have value less than or equal to " + NumberText(shape.max());
    case Constraint::kMinValue:
      return "Member must have value greater than or equal to " + NumberText(shape.min());
    case Constraint::kPattern:
      return fmt::format("Member must satisfy regular expression pattern: {}", shape.pattern());
    case Constraint::kEnum:
      break;
  }
  std::string values;
  for (std::size_t i = 0; i < shape.enum_count(); ++i) {
    if (i > 0) values += ", ";
    values += shape.enum_value(i);
  }
  return "Member must satisfy enum value set: [" + values + "]";
}

bool IsNumber(ShapeType type) {
  return type == ShapeType::kInteger || type == ShapeType::kLong || type == ShapeType::kFloat ||
         type == ShapeType::kDouble;
}

bool IsScalar(ShapeType type) { return type > ShapeType::kMap; }

bool InEnum(const Shape& shape, std::string_view text) {
  for (std::size_t i = 0; i < shape.enum_count(); ++i) {
    if (shape.enum_value(i) == text) return true;
  }
  return false;
}

double AsDouble(const Json& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  return value.is_double() ? value.get_double() : 0;
}

double LengthOf(const Shape& shape, const Json& value) {
  if (value.is_array()) return static_cast<double>(value.get_array().size());
  if (value.is_object()) return static_cast<double>(value.get_object().size());
  if (!value.is_string()) return 0;
  const std::string_view text = value.get_string();
  return static_cast<double>(shape.type() == ShapeType::kBlob ? text.size() : CountCharacters(text));
}

// Calls `report` with each constraint of the shape itself that `value` breaks.
template <typename Report>
void CheckOwn(const Shape& shape, const Json& value, Report&& report) {
  const bool number = IsNumber(shape.type());
  if (shape.has_max() || shape.has_min()) {
    const double measure = number ? AsDouble(value) : LengthOf(shape, value);
    if (shape.has_max() && !(measure <= shape.max())) report(number ? Constraint::kMaxValue : Constraint::kMaxLength);
    if (shape.has_min() && !(measure >= shape.min())) report(number ? Constraint::kMinValue : Constraint::kMinLength);
  }
  if (!value.is_string()) return;
  const std::string_view text = value.get_string();
  if (shape.has_pattern() && !MatchesPattern(shape, text)) report(Constraint::kPattern);
  if (shape.enum_count() > 0 && !InEnum(shape, text)) report(Constraint::kEnum);
}

bool BreaksOwn(const Shape& shape, const Json& value) {
  bool broken = value.is_null();
  if (!broken) CheckOwn(shape, value, [&](Constraint) { broken = true; });
  return broken;
}

// All that a list element or a map's key must be, as AWS lists it when one of them is not.
std::string AllPhrases(const Shape& shape) {
  const bool number = IsNumber(shape.type());
  std::vector<std::string> phrases;
  if (shape.has_max()) phrases.push_back(Phrase(shape, number ? Constraint::kMaxValue : Constraint::kMaxLength));
  if (shape.has_min()) phrases.push_back(Phrase(shape, number ? Constraint::kMinValue : Constraint::kMinLength));
  if (shape.has_pattern()) phrases.push_back(Phrase(shape, Constraint::kPattern));
  if (shape.enum_count() > 0) phrases.push_back(Phrase(shape, Constraint::kEnum));
  if (phrases.empty()) phrases.push_back("Member must not be null");
  return fmt::format("[{}]", fmt::join(phrases, ", "));
}

class Validator {
 public:
  void CheckStructure(const Shape& shape, const JsonObject& object, const Trail* at) {
    for (std::size_t i = 0; i < shape.member_count() && !Full(); ++i) {
      const Member member = shape.member(i);
      const Json* value = object.if_contains(boost::json::string_view(member.name().data(), member.name().size()));
      if (value != nullptr && !value->is_null()) {
        CheckMember(member, *value, at);
      } else if (member.required() && !member.streaming() && !member.shape().event_stream()) {
        found_.push_back(fmt::format("Value null at '{}' failed to satisfy constraint: Member must not be null",
                                     PathOfMember(at, member.name())));
      }
    }
  }

  std::vector<std::string> Take() { return std::move(found_); }

 private:
  bool Full() const { return found_.size() >= kViolationsMax; }

  void CheckMember(const Member& member, const Json& value, const Trail* at) {
    const Shape shape = member.shape();
    if (IsScalar(shape.type())) {
      CheckOwn(shape, value, [&](Constraint constraint) {
        Report(shape, value, PathOfMember(at, member.name()), Phrase(shape, constraint));
      });
      return;
    }
    // A name that starts with a capital letter is printed in lower case wherever it stands in a path.
    std::string lowered(member.name());
    if (lowered[0] >= 'A' && lowered[0] <= 'Z') lowered[0] += 'a' - 'A';
    const Trail here{at, lowered};
    CheckValue(shape, value, &here);
  }

  void CheckValue(const Shape& shape, const Json& value, const Trail* here) {
    if (Full()) return;
    CheckOwn(shape, value,
             [&](Constraint constraint) { Report(shape, value, PathOf(here), Phrase(shape, constraint)); });
    if (shape.type() == ShapeType::kStructure && value.is_object()) {
      CheckStructure(shape, value.get_object(), here);
    } else if (shape.type() == ShapeType::kList && value.is_array()) {
      CheckList(shape, value, here);
    } else if (shape.type() == ShapeType::kMap && value.is_object()) {
      CheckMap(shape, value, here);
    }
  }

  void CheckList(const Shape& shape, const Json& value, const Trail* here) {
    const Shape element = shape.element().shape();
    std::size_t number = 0;
    for (const Json& item : value.get_array()) {
      ++number;
      if (IsScalar(element.type()) || item.is_null()) {
        if (!BreaksOwn(element, item)) continue;
        Report(element, value, PathOf(here), "Member must satisfy constraint: " + AllPhrases(element));
        return;
      }
      const Trail at{here, {}, number};
      CheckValue(element, item, &at);
    }
  }

  void CheckMap(const Shape& shape, const Json& value, const Trail* here) {
    const Shape key_shape = shape.key().shape();
    const Shape value_shape = shape.value().shape();
    bool keys_hold = true;
    bool values_hold = true;
    for (const auto& entry : value.get_object()) {
      keys_hold = keys_hold && !BreaksOwn(key_shape, Json(entry.key()));
      if (IsScalar(value_shape.type()) || entry.value().is_null()) {
        values_hold = values_hold && !BreaksOwn(value_shape, entry.value());
      } else {
        const Trail at{here, entry.key()};
        const Trail inside{&at, "member"};
        CheckValue(value_shape, entry.value(), &inside);
      }
    }
    if (!keys_hold)
      Report(key_shape, value, PathOf(here), "Map keys must satisfy constraint: " + AllPhrases(key_shape));
    if (!values_hold) {
      Report(value_shape, value, PathOf(here), "Map value must satisfy constraint: " + AllPhrases(value_shape));
    }
  }

  void Report(const Shape& shape, const Json& value, const std::string& path, const std::string& phrase) {
    std::string text = "Value ";
    if (!shape.sensitive()) {
      text += '\'';
      AppendShown(value, text);
      text += "' ";
    }
    found_.push_back(fmt::format("{}at '{}' failed to satisfy constraint: {}", text, path, phrase));
  }

  std::vector<std::string> found_;
};

struct InvalidInputRow {
  std::string_view service;
  ErrorKind kind;
};

// Services that do not answer ValidationException.
constexpr InvalidInputRow kInvalidInput[] = {
    {"logs", {"InvalidParameterException", 400, Fault::kClient}},
    {"ecr", {"InvalidParameterException", 400, Fault::kClient}},
    {"athena", {"InvalidRequestException", 400, Fault::kClient}},
    {"servicediscovery", {"InvalidInput", 400, Fault::kClient}},
    {"forecast", {"InvalidInputException", 400, Fault::kClient}},
    {"forecastquery", {"InvalidInputException", 400, Fault::kClient}},
    {"personalize", {"InvalidInputException", 400, Fault::kClient}},
    {"personalize-runtime", {"InvalidInputException", 400, Fault::kClient}},
    {"personalize-events", {"InvalidInputException", 400, Fault::kClient}},
    {"comprehend", {"InvalidRequestException", 400, Fault::kClient}},
    {"resourcegroupstaggingapi", {"InvalidParameterException", 400, Fault::kClient}},
    {"sagemaker-runtime", {"ValidationError", 400, Fault::kClient}},
    {"sts", {"ValidationError", 400, Fault::kClient}},
    {"iam", {"ValidationError", 400, Fault::kClient}},
    {"cloudwatch", {"ValidationError", 400, Fault::kClient}},
    {"sns", {"InvalidParameter", 400, Fault::kClient}},
    {"sqs", {"InvalidParameterValue", 400, Fault::kClient}},
    {"s3", {"InvalidArgument", 400, Fault::kClient}},
    {"s3control", {"InvalidRequest", 400, Fault::kClient}},
};

}  // namespace

std::vector<std::string> FindViolations(const Shape& shape, const Json& document) {
  Validator validator;
  if (shape && document.is_object()) validator.CheckStructure(shape, document.get_object(), nullptr);
  return validator.Take();
}

ErrorKind InvalidInputKind(const Service& service) {
  for (const InvalidInputRow& row : kInvalidInput) {
    if (row.service == service.id) return row.kind;
  }
  return kValidation;
}

void CheckConstraints(const Shape& input, const Json& document) {
  const std::vector<std::string> found = FindViolations(input, document);
  if (found.empty()) return;
  throw Error(InvalidInputKind(input.service()), fmt::format("{} validation error{} detected: {}", found.size(),
                                                             found.size() == 1 ? "" : "s", fmt::join(found, "; ")));
}

}  // namespace sagebrush::wire
