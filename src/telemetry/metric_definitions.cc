#include "telemetry/metric_definitions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"

namespace sagebrush::telemetry {
namespace {

// What Python's float() would make of the text.
std::optional<double> ToNumber(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

Pattern Compile(const std::string& name, const std::string& expression) {
  try {
    return Pattern(expression);
  } catch (const Error& error) {
    throw Error(kValidation, "The metric definition \"" + name + "\" cannot be used. " + error.what());
  }
}

}  // namespace

MetricDefinitions::MetricDefinitions(const Json& definitions) {
  if (!definitions.is_array()) return;
  for (const Json& definition : definitions.as_array()) {
    const std::string name = GetString(definition, "Name");
    const auto known = std::find_if(series_.begin(), series_.end(), [&](const auto& s) { return s.first == name; });
    const auto index = static_cast<std::size_t>(known - series_.begin());
    if (known == series_.end()) series_.emplace_back(name, std::vector<MetricPoint>());
    metrics_.push_back({name, Compile(name, GetString(definition, "Regex")), index});
  }
}

void MetricDefinitions::Feed(Time time, std::string_view line) {
  for (const Metric& metric : metrics_) {
    metric.pattern.FindAll(line, [&](std::string_view text) {
      if (const auto value = ToNumber(text)) series_[metric.series].second.push_back({time, *value});
    });
  }
}

std::vector<FinalMetric> MetricDefinitions::Final() const {
  std::vector<FinalMetric> final;
  for (const auto& [name, points] : series_) {
    if (!points.empty()) final.push_back({name, points.back().value, points.back().time});
  }
  return final;
}

const std::vector<MetricPoint>& MetricDefinitions::Series(std::string_view name) const {
  static const std::vector<MetricPoint> none;
  const auto found = std::find_if(series_.begin(), series_.end(), [&](const auto& s) { return s.first == name; });
  return found == series_.end() ? none : found->second;
}

}  // namespace sagebrush::telemetry
