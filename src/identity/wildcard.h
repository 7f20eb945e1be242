#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sagebrush::identity {

// In a prepared pattern these stand for '*' and '?', so that a policy variable's value is taken as it is.
inline constexpr char kAnyText = '\x01';
inline constexpr char kAnyCharacter = '\x02';

// Whether `text` is of the form of `pattern`, in which kAnyText matches any number of characters, also none, and
// kAnyCharacter exactly one.
bool MatchesWildcards(std::string_view pattern, std::string_view text);

// Gives the value of a policy variable ("aws:username"), or nullopt.
class Variables {
 public:
  virtual ~Variables() = default;
  virtual std::optional<std::string> Value(std::string_view name) const = 0;
};

// A text of a policy with '*', '?' and variables like ${aws:username}; ${*}, ${?} and ${$} are those characters.
class Pattern {
 public:
  // `with_variables` false: "${" is nothing special (policies of version 2008-10-17).
  // `with_wildcards` false: '*' and '?' are nothing special.
  Pattern(std::string_view text, bool with_variables, bool with_wildcards = true);

  // A variable without a value matches nothing.
  bool Matches(std::string_view text, const Variables& variables) const;
  // The text with its variables filled in; nullopt: one has no value.
  std::optional<std::string> Fill(const Variables& variables) const;
  bool IsAnything() const { return anything_; }
  // Whether a variable is one that nobody here knows (condition_keys.h).
  bool AsksUnknown() const { return asks_unknown_; }
  void AppendVariables(std::vector<std::string>& names) const;  // As written.

 private:
  struct Part {
    std::string text;  // Prepared, or the variable's name in lower case.
    bool is_variable = false;
    std::optional<std::string> fallback;  // ${name, 'fallback'}
    std::string written_name{};
  };
  void AddVariable(std::string_view inside);

  std::vector<Part> parts_;
  bool has_variables_ = false;
  bool has_wildcards_ = false;
  bool anything_ = false;
  bool asks_unknown_ = false;
};

// A resource that is asked for, split once into the six parts of its ARN.
struct ResourceName {
  explicit ResourceName(std::string_view text);
  std::string_view whole;
  std::array<std::string_view, 6> parts;
  bool is_arn = false;
};

// A pattern of ARNs. Each of the six parts matches for itself; parts that are left out match anything.
class ArnPattern {
 public:
  ArnPattern(std::string_view text, bool with_variables);
  bool Matches(const ResourceName& resource, const Variables& variables) const;
  bool AsksUnknown() const;
  void AppendVariables(std::vector<std::string>& names) const;

 private:
  std::vector<Pattern> parts_;  // Six for an ARN, else one for the whole.
  bool is_arn_ = false;
};

}  // namespace sagebrush::identity
