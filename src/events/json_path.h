#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/json.h"

namespace sagebrush::events {

// Where in an event something is: "$", "$.detail.TrainingJobName", "$.resources[0]", "$.detail['a b']". Wildcards,
// slices and filters of JSONPath are refused.
class JsonPath {
 public:
  // Throws Error(kValidation) that names the path.
  explicit JsonPath(const std::string& text);

  // nullptr: there is nothing.
  const Json* In(const Json& document) const;

 private:
  std::vector<std::variant<std::string, std::size_t>> steps_;
};

}  // namespace sagebrush::events
