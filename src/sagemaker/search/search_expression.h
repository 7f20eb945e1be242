#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "sagemaker/noun.h"
#include "store/store.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {

// One condition of a search: SageMaker's Filter, with its value read as its property's type.
struct SearchFilter {
  enum class Operator {
    kEquals,
    kNotEquals,
    kGreaterThan,
    kGreaterThanOrEqualTo,
    kLessThan,
    kLessThanOrEqualTo,
    kContains,
    kExists,
    kNotExists,
    kIn
  };
  std::string name;
  Operator op = Operator::kEquals;
  std::string value;
  std::optional<double> number;  // The value as one; a timestamp in seconds.
  bool value_is_integer = false;
  std::vector<std::string> choices;  // Of kIn.
  std::string lower_value;           // As names are kept.

  bool Holds(const std::vector<Json>& values) const;
};

// A SearchExpression: filters, nested filters (all of which one and the same element of a list must meet) and further
// expressions, all or any of which must hold.
class SearchExpression {
 public:
  // `record`: the shape of the records that it is asked of. Throws Error(kValidation) for a property that they do not
  // have, a value that is none of its type, and for too many conditions.
  SearchExpression(const Json& expression, const wire::Shape& record);

  bool Holds(const Json& record) const;
  // Whether it may hold for the noun's resource, of which only the outline is known. False only when it cannot.
  bool MayHold(const Noun& noun, const store::Outline& outline) const;

 private:
  struct Nested {
    std::string property;
    std::vector<SearchFilter> filters;
  };
  SearchExpression(const Json& expression, const wire::Shape& record, int& conditions);

  bool all_ = true;  // Operator And.
  std::vector<SearchFilter> filters_;
  std::vector<Nested> nested_;
  std::vector<SearchExpression> parts_;
};

}  // namespace sagebrush::sagemaker
