#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sagebrush::telemetry {

// A compiled regular expression (PCRE2, which reads Python's syntax with few exceptions). A match that would take too
// long is given up. Safe to call from any thread.
class Pattern {
 public:
  // Throws Error(kValidation) that says what is wrong and where in the expression.
  explicit Pattern(const std::string& expression);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  // Calls `each` with the first group of every match in `text`, or the whole match when there is no group.
  // Returns false when the search was given up.
  bool FindAll(std::string_view text, const std::function<void(std::string_view)>& each) const;
  bool Matches(std::string_view text) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace sagebrush::telemetry
