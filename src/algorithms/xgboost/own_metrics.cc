#include "algorithms/xgboost/own_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms::xgboost {
namespace {

// Counts of one class.
struct Tally {
  double hits = 0;  // Predicted and true.
  double predicted = 0;
  double actual = 0;
};

double Share(double part, double whole) { return whole == 0 ? 0 : part / whole; }
double Precision(const Tally& t) { return Share(t.hits, t.predicted); }
double Recall(const Tally& t) { return Share(t.hits, t.actual); }
double F1(const Tally& t) { return Share(2 * t.hits, t.predicted + t.actual); }

std::map<float, Tally> Count(const Scored& scored) {
  std::map<float, Tally> tallies;
  for (std::size_t i = 0; i < scored.labels.size(); ++i) {
    ++tallies[scored.labels[i]].actual;
    Tally& predicted = tallies[scored.classes[i]];
    ++predicted.predicted;
    if (scored.labels[i] == scored.classes[i]) ++predicted.hits;
  }
  return tallies;
}

double Macro(const std::map<float, Tally>& tallies, double (*measure)(const Tally&)) {
  double sum = 0;
  for (const auto& [label, tally] : tallies) sum += measure(tally);
  return Share(sum, static_cast<double>(tallies.size()));
}

double OfClassOne(std::string_view name, const std::map<float, Tally>& tallies, double (*measure)(const Tally&)) {
  for (const auto& [label, tally] : tallies) {
    if (label != 0 && label != 1) {
      throw Error(kClientError,
                  fmt::format("Target is multiclass but average='binary': the metric {} needs the classes 0 and "
                              "1, and there is a class {}. Choose {}_macro.",
                              name, label, name.substr(0, name.find('_'))));
    }
  }
  const auto one = tallies.find(1);
  return one == tallies.end() ? 0 : measure(one->second);
}

double BalancedAccuracy(const std::map<float, Tally>& tallies) {
  double sum = 0, classes = 0;
  for (const auto& [label, tally] : tallies) {
    if (tally.actual == 0) continue;
    sum += Recall(tally);
    ++classes;
  }
  return Share(sum, classes);
}

double SquaredError(const Scored& scored) {
  double sum = 0;
  for (std::size_t i = 0; i < scored.labels.size(); ++i) {
    const double error = static_cast<double>(scored.labels[i]) - static_cast<double>(scored.values[i]);
    sum += error * error;
  }
  return sum;
}

double R2(const Scored& scored) {
  double mean = 0, total = 0;
  for (const float label : scored.labels)
    mean += static_cast<double>(label) / static_cast<double>(scored.labels.size());
  for (const float label : scored.labels)
    total += (static_cast<double>(label) - mean) * (static_cast<double>(label) - mean);
  const double rest = SquaredError(scored);
  if (total == 0) return rest == 0 ? 1 : 0;
  return 1 - rest / total;
}

double Accuracy(const Scored& scored) {
  double hits = 0;
  for (std::size_t i = 0; i < scored.labels.size(); ++i) hits += scored.labels[i] == scored.classes[i] ? 1 : 0;
  return Share(hits, static_cast<double>(scored.labels.size()));
}

}  // namespace

std::vector<float> ClassesOfMargins(std::span<const float> margins, std::size_t width) {
  std::vector<float> classes;
  classes.reserve(margins.size() / width);
  for (std::size_t row = 0; row + width <= margins.size(); row += width) {
    if (width == 1) {
      classes.push_back(margins[row] > 0 ? 1 : 0);
    } else {
      const auto first = margins.begin() + static_cast<std::ptrdiff_t>(row);
      classes.push_back(
          static_cast<float>(std::max_element(first, first + static_cast<std::ptrdiff_t>(width)) - first));
    }
  }
  return classes;
}

double ComputeOwnMetric(std::string_view name, const Scored& scored) {
  if (name == "mse") return Share(SquaredError(scored), static_cast<double>(scored.labels.size()));
  if (name == "r2") return R2(scored);
  // Micro averages over all classes of single-label predictions equal the accuracy.
  if (name == "accuracy" || name == "precision_micro" || name == "recall_micro") return Accuracy(scored);
  const std::map<float, Tally> tallies = Count(scored);
  if (name == "balanced_accuracy") return BalancedAccuracy(tallies);
  if (name == "f1" || name == "f1_macro") return Macro(tallies, F1);
  if (name == "f1_binary") return OfClassOne(name, tallies, F1);
  if (name == "precision") return OfClassOne(name, tallies, Precision);
  if (name == "precision_macro") return Macro(tallies, Precision);
  if (name == "recall") return OfClassOne(name, tallies, Recall);
  if (name == "recall_macro") return Macro(tallies, Recall);
  throw Error(kAlgorithmError, fmt::format("There is no metric {}", name));
}

}  // namespace sagebrush::algorithms::xgboost
