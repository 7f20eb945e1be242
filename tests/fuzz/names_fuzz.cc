// links: gateway sagemaker identity
// Short texts with a form of their own, each a value or an Error: times, ARNs, S3 URIs and keys, CONNECT targets,
// patterns.
#include <cstdint>
#include <string_view>

#include "base/arn.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "gateway/tunnel.h"
#include "identity/wildcard.h"
#include "sagemaker/jobs/channels.h"
#include "sagemaker/role_objects.h"
#include "try.h"
#include "wire/http.h"
#include "wire/java_pattern.h"

namespace {
class NoVariables : public sagebrush::identity::Variables {
 public:
  std::optional<std::string> Value(std::string_view) const override { return std::nullopt; }
};
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

  // Two texts, parted by the first line end.
  const std::size_t cut = std::min(text.find('\n'), text.size());
  const std::string first(text.substr(0, cut)), second(text.substr(std::min(cut + 1, text.size())));
  Try([&] {
    // An object found under a prefix has a place inside the channel.
    const Path place = sagemaker::PathInChannel(first, first + second);
    if (place.is_absolute() || (!place.empty() && *place.begin() == "..")) __builtin_trap();
  });
  const NoVariables none;
  identity::Pattern(first, true).Matches(second, none);
  identity::Pattern(first, false).Matches(second, none);
  identity::ArnPattern(first, true).Matches(identity::ResourceName(second), none);
  return 0;
}
