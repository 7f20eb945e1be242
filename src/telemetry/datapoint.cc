#include "telemetry/datapoint.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace sagebrush::telemetry {
namespace {

// The middle of the cell of a logarithmic grid that `value` lies in.
double RoundedTo(double cells_per_octave, double value) {
  if (value == 0) return 0;
  const double cell = std::floor(std::log2(std::abs(value)) * cells_per_octave);
  return std::copysign(std::exp2((cell + 0.5) / cells_per_octave), value);
}

}  // namespace

Datapoint Datapoint::FromStatisticSet(double sample_count, double sum, double minimum, double maximum) {
  if (minimum == maximum || sample_count == 1) return Datapoint(sum / sample_count, sample_count);
  Datapoint set;
  set.sample_count_ = sample_count;
  set.sum_ = sum;
  set.minimum_ = minimum;
  set.maximum_ = maximum;
  return set;
}

Datapoint Datapoint::FromDistribution(std::vector<std::pair<double, double>> distribution, double sum, double minimum,
                                      double maximum) {
  Datapoint out;
  out.distribution_ = std::move(distribution);
  for (const auto& [value, count] : out.distribution_) out.sample_count_ += count;
  out.known_ = out.sample_count_;
  out.sum_ = sum;
  out.minimum_ = minimum;
  out.maximum_ = maximum;
  if (out.distribution_.size() > kDistinctMax) out.Coarsen();
  return out;
}

void Datapoint::Add(double value, double count) {
  minimum_ = empty() ? value : std::min(minimum_, value);
  maximum_ = empty() ? value : std::max(maximum_, value);
  sample_count_ += count;
  sum_ += value * count;
  known_ += count;
  Count(value, count);
  if (distribution_.size() > kDistinctMax) Coarsen();
}

void Datapoint::Merge(const Datapoint& other) {
  if (other.empty()) return;
  minimum_ = empty() ? other.minimum_ : std::min(minimum_, other.minimum_);
  maximum_ = empty() ? other.maximum_ : std::max(maximum_, other.maximum_);
  sample_count_ += other.sample_count_;
  sum_ += other.sum_;
  known_ += other.known_;
  for (const auto& [value, count] : other.distribution_) Count(value, count);
  if (distribution_.size() > kDistinctMax) Coarsen();
}

void Datapoint::Count(double value, double count) {
  const auto at = std::ranges::lower_bound(distribution_, value, {}, &std::pair<double, double>::first);
  if (at != distribution_.end() && at->first == value) {
    at->second += count;
  } else {
    distribution_.insert(at, {value, count});
  }
}

// The finest grid on which few enough different values remain. Values near each other become one in its middle.
void Datapoint::Coarsen() {
  for (double cells_per_octave = 32; distribution_.size() > kDistinctMax; cells_per_octave /= 2) {
    std::vector<std::pair<double, double>> coarse;
    for (const auto& [value, count] : distribution_) {
      const double rounded = RoundedTo(cells_per_octave, value);
      if (!coarse.empty() && coarse.back().first == rounded) {
        coarse.back().second += count;
      } else {
        coarse.emplace_back(rounded, count);
      }
    }
    distribution_ = std::move(coarse);
  }
}

std::optional<double> Datapoint::Percentile(double percent) const {
  if (empty() || known_ < sample_count_) return std::nullopt;
  const double wanted = sample_count_ * percent / 100;
  double seen = 0;
  for (const auto& [value, count] : distribution_) {
    seen += count;
    // Cells lie around values, so that their middle may be beyond the extremes.
    if (seen >= wanted) return std::clamp(value, minimum_, maximum_);
  }
  return maximum_;
}

std::string Datapoint::Encode() const {
  std::vector<double> numbers{sample_count_, sum_, minimum_, maximum_, known_};
  for (const auto& [value, count] : distribution_) numbers.insert(numbers.end(), {value, count});
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)};
}

std::optional<Datapoint> Datapoint::Decode(std::string_view bytes) {
  constexpr std::size_t kFixed = 5;
  const std::size_t count = bytes.size() / sizeof(double);
  if (bytes.size() % sizeof(double) != 0 || count < kFixed || (count - kFixed) % 2 != 0) return std::nullopt;
  std::vector<double> numbers(count);
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  Datapoint out;
  out.sample_count_ = numbers[0];
  out.sum_ = numbers[1];
  out.minimum_ = numbers[2];
  out.maximum_ = numbers[3];
  out.known_ = numbers[4];
  for (std::size_t i = kFixed; i < count; i += 2) out.distribution_.emplace_back(numbers[i], numbers[i + 1]);
  return out;
}

}  // namespace sagebrush::telemetry
