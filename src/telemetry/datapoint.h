#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sagebrush::telemetry {

// What is remembered of the values of one period: their count, sum and extremes exactly, and how they are distributed:
// exactly for up to kDistinctMax different values, beyond that within 5 % for values over four magnitudes, and less
// well over more. Its size is bounded.
class Datapoint {
 public:
  static constexpr std::size_t kDistinctMax = 150;

  Datapoint() = default;
  // A value that was seen `count` times.
  explicit Datapoint(double value, double count = 1) { Add(value, count); }
  // A statistic set: unless all its values are the same, nothing is known of their distribution.
  static Datapoint FromStatisticSet(double sample_count, double sum, double minimum, double maximum);

  // Values, in order, that stand for all of some ranges, and how many each stands for; sum and extremes are exact.
  static Datapoint FromDistribution(std::vector<std::pair<double, double>> distribution, double sum, double minimum,
                                    double maximum);

  void Add(double value, double count = 1);
  void Merge(const Datapoint& other);

  bool empty() const { return sample_count_ == 0; }
  double sample_count() const { return sample_count_; }
  double sum() const { return sum_; }
  double minimum() const { return minimum_; }
  double maximum() const { return maximum_; }
  double average() const { return sum_ / sample_count_; }
  // The smallest value that `percent` percent of all are not above. nullopt: the distribution is not known.
  std::optional<double> Percentile(double percent) const;

  // Bytes of this machine's order that Decode reads. nullopt: they are none of Encode's.
  std::string Encode() const;
  static std::optional<Datapoint> Decode(std::string_view bytes);

 private:
  void Count(double value, double count);
  void Coarsen();

  double sample_count_ = 0;
  double sum_ = 0;
  double minimum_ = 0;
  double maximum_ = 0;
  double known_ = 0;                                     // How many of the samples are in `distribution_`.
  std::vector<std::pair<double, double>> distribution_;  // Values, in order, and how often each was seen.
};

}  // namespace sagebrush::telemetry
