#include "telemetry/statistic.h"

#include <array>
#include <charconv>
#include <utility>

namespace sagebrush::telemetry {
namespace {

// p0.0 to p100, with up to ten digits behind the point, as CloudWatch writes them.
std::optional<double> PercentOf(std::string_view name) {
  if (!name.starts_with('p') || name.size() < 2 || name[1] < '0' || name[1] > '9') return std::nullopt;
  double percent = 0;
  const auto [end, error] =
      std::from_chars(name.data() + 1, name.data() + name.size(), percent, std::chars_format::fixed);
  if (error != std::errc() || end != name.data() + name.size() || percent > 100) return std::nullopt;
  return percent;
}

}  // namespace

std::optional<Statistic> Statistic::Parse(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Kind>, 5> kNames{{{"SampleCount", Kind::kSampleCount},
                                                                            {"Average", Kind::kAverage},
                                                                            {"Sum", Kind::kSum},
                                                                            {"Minimum", Kind::kMinimum},
                                                                            {"Maximum", Kind::kMaximum}}};
  for (const auto& [known, kind] : kNames) {
    if (name == known) return Statistic(kind);
  }
  const auto percent = PercentOf(name);
  return percent ? std::optional(Statistic(Kind::kPercentile, *percent)) : std::nullopt;
}

std::optional<double> Statistic::Of(const Datapoint& values) const {
  if (values.empty()) return std::nullopt;
  switch (kind_) {
    case Kind::kSampleCount:
      return values.sample_count();
    case Kind::kAverage:
      return values.average();
    case Kind::kSum:
      return values.sum();
    case Kind::kMinimum:
      return values.minimum();
    case Kind::kMaximum:
      return values.maximum();
    case Kind::kPercentile:
      break;
  }
  return values.Percentile(percent_);
}

}  // namespace sagebrush::telemetry
