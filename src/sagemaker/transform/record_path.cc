#include "sagemaker/transform/record_path.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::sagemaker {

class RecordPath::Parser {
 public:
  Parser(std::string_view text, std::string_view member) : text_(text), member_(member) {}

  std::vector<Step> Parse() {
    std::vector<Step> steps;
    if (text_.empty()) return steps;
    if (!Take('$')) Fail("it must begin with $");
    while (at_ < text_.size()) {
      if (Take('.')) {
        steps.push_back(Take('*') ? Step(Wildcard()) : Step(Names{DottedName()}));
      } else if (Take('[')) {
        steps.push_back(Bracket());
      } else {
        Fail("a step begins with . or [");
      }
    }
    return steps;
  }

 private:
  [[noreturn]] void Fail(const std::string& why) const {
    throw Error(kValidation,
                fmt::format("DataProcessing.{} is \"{}\", which is no JSONPath that SageMaker knows: {} (at "
                            "character {}). Examples: $, $[1:], $.features, $['id','SageMakerOutput'].",
                            member_, text_, why, at_ + 1));
  }
  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool Sees(char c) const { return at_ < text_.size() && text_[at_] == c; }

  std::string DottedName() {
    const std::size_t end = std::min(text_.find_first_of(".[", at_), text_.size());
    if (end == at_) Fail("a name must follow the dot");
    const std::string name(text_.substr(at_, end - at_));
    if (name.find_first_of("*?@()'\" ") != std::string::npos) Fail("a name after a dot holds no such characters");
    at_ = end;
    return name;
  }

  Step Bracket() {
    Step step;
    if (Take('*')) {
      step = Wildcard();
    } else if (Sees('\'') || Sees('"')) {
      Names names;
      do names.push_back(QuotedName());
      while (Take(','));
      step = std::move(names);
    } else {
      Places places;
      do places.push_back(Place());
      while (Take(','));
      step = std::move(places);
    }
    if (!Take(']')) Fail("a ] is missing");
    return step;
  }

  std::string QuotedName() {
    if (!Sees('\'') && !Sees('"')) Fail("a quoted name must follow");
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) Fail("a quote is not closed");
    const std::string name(text_.substr(at_, end - at_));
    at_ = end + 1;
    return name;
  }

  std::optional<std::int64_t> Number() {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (failure != std::errc()) return std::nullopt;
    at_ = static_cast<std::size_t>(end - text_.data());
    return number;
  }

  Slice Place() {
    Slice slice;
    const auto begin = Number();
    slice.has_begin = begin.has_value();
    slice.begin = begin.value_or(0);
    if (!Take(':')) {
      if (!begin) Fail("a name in quotes, an index or a slice must be in the brackets");
      slice.one = true;
      return slice;
    }
    const auto end = Number();
    slice.has_end = end.has_value();
    slice.end = end.value_or(0);
    return slice;
  }

  std::string_view text_, member_;
  std::size_t at_ = 0;
};

RecordPath::RecordPath(std::string_view text, std::string_view member)
    : text_(text), steps_(Parser(text, member).Parse()) {}

void RecordPath::Refuse(const std::string& why) const {
  throw Error(kValidation, fmt::format("The filter {} cannot be applied to the record: {}", text_, why));
}

Json RecordPath::Select(const Json& record) const { return Select(record, 0); }

Json RecordPath::Select(const Json& value, std::size_t step) const {
  if (step == steps_.size()) return value;
  if (const auto* const names = std::get_if<Names>(&steps_[step])) return SelectNames(value, *names, step + 1);
  if (const auto* const places = std::get_if<Places>(&steps_[step])) return SelectPlaces(value, *places, step + 1);
  JsonArray all;
  if (value.is_array()) {
    for (const Json& element : value.get_array()) all.push_back(Select(element, step + 1));
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) all.push_back(Select(member.value(), step + 1));
  } else {
    Refuse("* needs a list or an object.");
  }
  return all;
}

Json RecordPath::SelectNames(const Json& value, const Names& names, std::size_t step) const {
  JsonObject selected;
  for (const std::string& name : names) {
    const Json* const member = value.is_object() ? value.get_object().if_contains(name) : nullptr;
    if (member == nullptr) Refuse(fmt::format("it has no attribute {}.", name));
    if (names.size() == 1) return Select(*member, step);
    selected[name] = Select(*member, step);
  }
  return selected;
}

Json RecordPath::SelectPlaces(const Json& value, const Places& places, std::size_t step) const {
  if (!value.is_array()) Refuse("an index needs a list.");
  const JsonArray& list = value.get_array();
  const auto size = static_cast<std::int64_t>(list.size());
  const auto from_end = [size](std::int64_t index) { return index < 0 ? index + size : index; };
  JsonArray selected;
  for (const Slice& place : places) {
    if (place.one) {
      const std::int64_t index = from_end(place.begin);
      if (index < 0 || index >= size) Refuse(fmt::format("index {} is not within its {}.", place.begin, size));
      Json found = Select(list[static_cast<std::size_t>(index)], step);
      if (places.size() == 1) return found;
      selected.push_back(std::move(found));
      continue;
    }
    const std::int64_t begin = std::max<std::int64_t>(place.has_begin ? from_end(place.begin) : 0, 0);
    const std::int64_t end = std::min(place.has_end ? from_end(place.end) : size, size);
    for (std::int64_t i = begin; i < end; ++i) selected.push_back(Select(list[static_cast<std::size_t>(i)], step));
  }
  return selected;
}

}  // namespace sagebrush::sagemaker
