#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace sagebrush::algorithms {

// Numbers from `least` to `most`, an open end excluded.
struct Interval {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  bool least_open = false;
  bool most_open = false;

  bool Contains(double value) const;
  std::string ToString() const;  // "[0, 1)", "(0, +inf)"
};

// The declaration of one hyperparameter.
struct Hyperparameter {
  enum class Type {
    kInteger,
    kReal,
    kChoice,      // One of `choices`.
    kChoiceList,  // Some of `choices`, separated by commas or as a JSON list.
    kText,        // Free form: the algorithm checks it.
  };

  std::string_view name;
  Type type = Type::kText;
  Interval range;                         // kInteger, kReal.
  std::vector<std::string_view> choices;  // kChoice, kChoiceList.
  // Empty: none. Shown in the docs, and what Hyperparameters returns when the job does not set it.
  std::string_view default_value;
  bool required = false;
  std::optional<Interval> tunable;  // The range that a tuning job is advised to search; nullopt: not tunable.
  std::string_view alias;           // Another name for it.
  std::string_view note;            // For the docs.
  bool automatic = false;           // "auto" is a value too: the algorithm chooses.
  // Further check of one value (for kChoiceList of one item), instead of `choices`: the reason why not, empty if fine.
  std::string (*check)(std::string_view value) = nullptr;
};

// Declarations in short.
Hyperparameter Integer(std::string_view name, Interval range, std::string_view default_value, std::string_view note,
                       std::optional<Interval> tunable = std::nullopt);
// With "auto", the default, as a value too.
Hyperparameter IntegerOrAuto(std::string_view name, Interval range, std::string_view note,
                             std::optional<Interval> tunable = std::nullopt);
Hyperparameter Required(Hyperparameter declared);
Hyperparameter Real(std::string_view name, Interval range, std::string_view default_value, std::string_view note,
                    std::optional<Interval> tunable = std::nullopt, std::string_view alias = "");
Hyperparameter Choice(std::string_view name, std::vector<std::string_view> choices, std::string_view default_value,
                      std::string_view note);
Hyperparameter ChoiceList(std::string_view name, std::vector<std::string_view> choices, std::string_view default_value,
                          std::string_view note);
Hyperparameter Checked(std::string_view name, Hyperparameter::Type type, std::string (*check)(std::string_view),
                       std::string_view default_value, std::string_view note);

inline constexpr Interval kFromZero{.least = 0};
inline constexpr Interval kFromOne{.least = 1};
inline constexpr Interval kUnit{.least = 0, .most = 1};
inline constexpr Interval kPositive{.least = 0, .least_open = true};
inline constexpr Interval kFraction{.least = 0, .most = 1, .least_open = true};
inline constexpr Interval kFlag{.least = 0, .most = 1};
inline constexpr Interval kCount{.least = 1, .most = 1 << 30};  // Of what memory must hold.

// The values of one job, checked against their declarations.
class Hyperparameters {
 public:
  // `given`: hyperparameters.json, all values strings. Throws Error(kClientError) that names the hyperparameter, the
  // value and what is allowed: for a name that is not declared, a missing required one, a value of another type or out
  // of range.
  static Hyperparameters Parse(std::span<const Hyperparameter> declared, const Json& given);

  bool IsGiven(std::string_view name) const { return given_.find(name) != given_.end(); }
  // The job's value, else the declared default. Has() is false when there is neither; the rest then return zero or
  // empty.
  bool Has(std::string_view name) const { return !GetText(name).empty(); }
  std::string GetText(std::string_view name) const;
  std::int64_t GetInteger(std::string_view name) const;
  double GetReal(std::string_view name) const;
  bool IsAuto(std::string_view name) const { return GetText(name) == "auto"; }
  std::vector<std::string> GetList(std::string_view name) const;
  // What the job sets, by declared name, in the order of the names.
  const std::map<std::string, std::string, std::less<>>& given() const { return given_; }

 private:
  std::map<std::string, std::string, std::less<>> given_;
  std::map<std::string, std::string, std::less<>> defaults_;
};

// Splits at commas and trims blanks; no empty items.
std::vector<std::string> SplitList(std::string_view text);

}  // namespace sagebrush::algorithms
