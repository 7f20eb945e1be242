// links: telemetry
// The first line is a metric's regular expression, as a user gives it; the rest is the job's log.
#include <cmath>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "telemetry/metric_definitions.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find('\n');
  try {
    telemetry::MetricDefinitions metrics(JsonArray{{{"Name", "m"}, {"Regex", text.substr(0, cut)}}});
    if (cut != std::string::npos) metrics.Feed({1}, std::string_view(text).substr(cut + 1));
    metrics.Feed({2}, "[3]#011train-auc:0.98000#011validation-auc:9.7e-1");
    const auto& series = metrics.Series("m");
    const auto final = metrics.Final();
    if (final.size() != (series.empty() ? 0 : 1)) __builtin_trap();
    if (!final.empty() && final[0].value != series.back().value && !std::isnan(final[0].value)) __builtin_trap();
  } catch (const Error& error) {
    if (error.kind().code != kValidation.code) __builtin_trap();
  }
  return 0;
}
