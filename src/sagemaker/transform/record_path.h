#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"

namespace sagebrush::sagemaker {

// A filter of a transform job: the part of JSONPath that SageMaker knows (Developer Guide, batch-transform-data-
// processing, "Supported JSONPath Operators"): $ .name * ['name','other'] [1,-1] [1:3], and lists of the last two.
class RecordPath {
 public:
  // Throws Error(kValidation), naming `member` and what is wrong. Empty is "$".
  RecordPath(std::string_view text, std::string_view member);

  bool IsWhole() const { return steps_.empty(); }
  // What it selects: one value; a list for *, slices and several indexes; an object with those members for several
  // names. Throws Error(kValidation) for a name or index that is not there.
  Json Select(const Json& record) const;

 private:
  struct Slice {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    bool has_begin = false, has_end = false;
    bool one = false;  // [begin]
  };
  struct Wildcard {};
  using Names = std::vector<std::string>;
  using Places = std::vector<Slice>;
  using Step = std::variant<Wildcard, Names, Places>;

  class Parser;

  Json Select(const Json& value, std::size_t step) const;
  Json SelectNames(const Json& value, const Names& names, std::size_t step) const;
  Json SelectPlaces(const Json& value, const Places& places, std::size_t step) const;
  [[noreturn]] void Refuse(const std::string& why) const;

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace sagebrush::sagemaker
