// links: gateway sagemaker identity
// Short texts with a form of their own, each a value or an Error: times, ARNs, S3 URIs, CONNECT targets, patterns.
#include <cstdint>
#include <string_view>

#include "base/arn.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "gateway/tunnel.h"
#include "identity/wildcard.h"
#include "sagemaker/role_objects.h"
#include "telemetry/metric_definitions.h"
#include "wire/http.h"
#include "wire/java_pattern.h"

namespace {
template <typename Parser>
void Try(const Parser& parse) {
  try {
    parse();
  } catch (const sagebrush::Error&) {
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Try([&] { ParseTime(text); });
  Try([&] { Arn::Parse(text); });
  Try([&] { sagemaker::ParseS3Uri(text, "S3Uri"); });
  Try([&] { gateway::ParseHostPort(text); });
  Try([&] { wire::ParseQuery(text, true); });
  Try([&] { wire::JavaToPcre2(text); });
  Try([&] { UriDecode(text); });
  std::string decoded;
  FromBase64(text, decoded);
  FromHex(text, decoded);
  Try([&] {
    telemetry::MetricDefinitions metrics(JsonArray{{{"Name", "m"}, {"Regex", "m=([0-9.]+)"}}});
    metrics.Feed({1}, text);
  });
  return 0;
}
