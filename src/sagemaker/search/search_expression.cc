#include "sagemaker/search/search_expression.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/encoding.h"
#include "base/text.h"
#include "sagemaker/search/property.h"
#include "store/list_match.h"

namespace sagebrush::sagemaker {
namespace {

using Operator = SearchFilter::Operator;

constexpr int kConditionsMax = 100;  // Of one search, each asked of every record.

constexpr std::array<std::pair<std::string_view, Operator>, 10> kOperators{{
    {"Equals", Operator::kEquals},
    {"NotEquals", Operator::kNotEquals},
    {"GreaterThan", Operator::kGreaterThan},
    {"GreaterThanOrEqualTo", Operator::kGreaterThanOrEqualTo},
    {"LessThan", Operator::kLessThan},
    {"LessThanOrEqualTo", Operator::kLessThanOrEqualTo},
    {"Contains", Operator::kContains},
    {"Exists", Operator::kExists},
    {"NotExists", Operator::kNotExists},
    {"In", Operator::kIn},
}};

bool IsOrdering(Operator op) { return op >= Operator::kGreaterThan && op <= Operator::kLessThanOrEqualTo; }

std::optional<double> NumberIn(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Error WrongValue(const SearchFilter& filter, const char* what) {
  return {kValidation, fmt::format("The value \"{}\" of the filter {} is not {}.", filter.value, filter.name, what)};
}

// docs.aws.amazon.com/sagemaker/latest/APIReference/API_Filter.html has the types of properties and their operators.
SearchFilter FilterOf(const Json& given, const wire::Shape& record, const std::string& within = "") {
  SearchFilter filter;
  filter.name = GetString(given, "Name");
  // Of nested filters, names are of the record or of the list's elements.
  if (!within.empty() && !filter.name.starts_with(within + ".")) filter.name = within + "." + filter.name;
  if (!IsProperty(record, filter.name)) {
    throw Error(kValidation, fmt::format("Unknown property name: {}. {} has none of that name.", filter.name,
                                         std::string(record.name())));
  }
  const bool has_value = Find(given, "Value") != nullptr;
  filter.value = GetString(given, "Value");
  filter.lower_value = Lower(filter.value);
  const std::string name = GetString(given, "Operator", has_value ? "Equals" : "Exists");
  filter.op = std::ranges::find(kOperators, name, [](const auto& row) { return row.first; })->second;
  const bool takes_value = filter.op != Operator::kExists && filter.op != Operator::kNotExists;
  if (takes_value != has_value) {
    throw Error(kValidation, fmt::format("The operator {} of the filter {} {} Value.", name, filter.name,
                                         takes_value ? "needs a" : "takes no"));
  }
  if (filter.op == Operator::kIn) filter.choices = Split(filter.value);
  if (!takes_value || filter.op == Operator::kIn || filter.op == Operator::kContains) return filter;
  if (IsTimestamp(record, filter.name)) {
    filter.number = NumberIn(filter.value);
    if (filter.number) return filter;
    try {
      filter.number = ParseTime(filter.value).ToEpochSeconds();
    } catch (const Error&) {
      throw WrongValue(filter, "a time as YYYY-mm-ddTHH:MM:SS");
    }
    return filter;
  }
  filter.number = NumberIn(filter.value);
  filter.value_is_integer = filter.number && filter.value.find_first_of(".eE") == std::string::npos;
  if (IsOrdering(filter.op) && !filter.number) throw WrongValue(filter, "a number; texts have no order in a search");
  return filter;
}

bool Ordered(Operator op, double a, double b) {
  if (op == Operator::kGreaterThan) return a > b;
  if (op == Operator::kGreaterThanOrEqualTo) return a >= b;
  if (op == Operator::kLessThan) return a < b;
  return a <= b;
}

std::optional<double> NumberOf(const Json& value) {
  if (value.is_number()) return value.to_number<double>();
  return value.is_string() ? NumberIn(value.get_string()) : std::nullopt;
}

std::string TextOf(const Json& value) { return value.is_string() ? std::string(value.get_string()) : ToText(value); }

bool IsEqual(const SearchFilter& filter, const Json& value) {
  if (value.is_number() && filter.number) return value.to_number<double>() == *filter.number;
  return TextOf(value) == filter.value;
}

bool HoldsForOne(const SearchFilter& filter, const Json& value) {
  if (filter.op == Operator::kEquals) return IsEqual(filter, value);
  if (filter.op == Operator::kContains) return TextOf(value).find(filter.value) != std::string::npos;
  if (filter.op == Operator::kIn) return std::ranges::find(filter.choices, TextOf(value)) != filter.choices.end();
  std::optional<double> number = NumberOf(value);
  if (!number || !filter.number) return false;
  // A hyperparameter, which is a text, counts as an integer beside one.
  if (value.is_string() && filter.value_is_integer) number = std::trunc(*number);
  return Ordered(filter.op, *number, *filter.number);
}

// What can be said of a filter without the documents: false, when it cannot hold.
bool MayHold(const SearchFilter& filter, const Noun& noun, const store::Outline& outline) {
  if (filter.name == noun.name_member) {
    if (filter.op == Operator::kEquals) return outline.name == filter.lower_value;
    return filter.op != Operator::kContains || outline.name.find(filter.lower_value) != std::string_view::npos;
  }
  if (!noun.state_member.empty() && filter.name == noun.state_member) {
    return filter.op != Operator::kEquals || outline.state == filter.value;
  }
  if (IsOrdering(filter.op) && (filter.name == "CreationTime" || filter.name == "LastModifiedTime")) {
    const Time time = filter.name == "CreationTime" ? outline.created : outline.modified;
    return Ordered(filter.op, time.ToEpochSeconds(), *filter.number);
  }
  const bool is_tag = filter.name.starts_with("Tags.") && !noun.tags_of_parent;
  const auto is_word = [&](const IndexedWord& word) {
    // Of what a list holds, the values are the same: "Parents.TrialName" is at "spec.Parents[].TrialName".
    return word.name == filter.name && Replaced(word.path, "[]", "") == "spec." + filter.name;
  };
  if (!is_tag && std::ranges::none_of(noun.words, is_word)) return true;
  std::vector<Json> values;
  for (const auto& [name, value] : outline.attributes) {
    if (name == filter.name) values.emplace_back(value);
  }
  return filter.Holds(values);
}

}  // namespace

bool SearchFilter::Holds(const std::vector<Json>& values) const {
  if (op == Operator::kExists) return !values.empty();
  if (op == Operator::kNotExists) return values.empty();
  if (op == Operator::kNotEquals) {
    return std::ranges::none_of(values, [&](const Json& value) { return IsEqual(*this, value); });
  }
  return std::ranges::any_of(values, [&](const Json& value) { return HoldsForOne(*this, value); });
}

SearchExpression::SearchExpression(const Json& expression, const wire::Shape& record) {
  int conditions = 0;
  *this = SearchExpression(expression, record, conditions);
}

SearchExpression::SearchExpression(const Json& expression, const wire::Shape& record, int& conditions)
    : all_(GetString(expression, "Operator", "And") == "And") {
  const auto each = [&](const char* member, const Json& of, const auto& take) {
    const Json* list = Find(of, member);
    if (list == nullptr) return;
    for (const Json& element : list->as_array()) {
      if (++conditions > kConditionsMax) {
        throw Error(kValidation, fmt::format("SearchExpression has more than {} conditions.", kConditionsMax));
      }
      take(element);
    }
  };
  each("Filters", expression, [&](const Json& filter) { filters_.push_back(FilterOf(filter, record)); });
  each("NestedFilters", expression, [&](const Json& nested) {
    nested_.push_back({GetString(nested, "NestedPropertyName"), {}});
    each("Filters", nested, [&](const Json& filter) {
      nested_.back().filters.push_back(FilterOf(filter, record, nested_.back().property));
    });
  });
  each("SubExpressions", expression,
       [&](const Json& part) { parts_.push_back(SearchExpression(part, record, conditions)); });
}

bool SearchExpression::Holds(const Json& record) const {
  const auto filter_holds = [&](const SearchFilter& filter) {
    return filter.Holds(PropertyValues(record, filter.name));
  };
  const auto nested_holds = [&](const Nested& nested) {
    const Json* list = Find(record, nested.property);
    if (list == nullptr) return false;
    const auto meets = [&](const Json& element) {
      return std::ranges::all_of(nested.filters, [&](const SearchFilter& filter) {
        return filter.Holds(PropertyValues(element, std::string_view(filter.name).substr(nested.property.size() + 1)));
      });
    };
    return list->is_array() ? std::ranges::any_of(list->get_array(), meets) : meets(*list);
  };
  const auto part_holds = [&](const SearchExpression& part) { return part.Holds(record); };
  if (all_ || (filters_.empty() && nested_.empty() && parts_.empty())) {
    return std::ranges::all_of(filters_, filter_holds) && std::ranges::all_of(nested_, nested_holds) &&
           std::ranges::all_of(parts_, part_holds);
  }
  return std::ranges::any_of(filters_, filter_holds) || std::ranges::any_of(nested_, nested_holds) ||
         std::ranges::any_of(parts_, part_holds);
}

bool SearchExpression::MayHold(const Noun& noun, const store::Outline& outline) const {
  const auto filter_may = [&](const SearchFilter& filter) { return sagemaker::MayHold(filter, noun, outline); };
  const auto part_may = [&](const SearchExpression& part) { return part.MayHold(noun, outline); };
  if (all_ || (filters_.empty() && nested_.empty() && parts_.empty()))
    return std::ranges::all_of(filters_, filter_may) && std::ranges::all_of(parts_, part_may);
  return !nested_.empty() || std::ranges::any_of(filters_, filter_may) || std::ranges::any_of(parts_, part_may);
}

}  // namespace sagebrush::sagemaker
