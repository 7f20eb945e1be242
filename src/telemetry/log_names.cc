#include "telemetry/log_names.h"

#include "base/digest.h"
#include "base/encoding.h"

namespace sagebrush::telemetry {
namespace {

constexpr std::size_t kSizeMax = 200;  // File systems allow 255 bytes.
constexpr std::size_t kKept = 140;

// A file name that tells the name and that no other name has. A long one ends in '+', which no encoding contains, and
// a digest.
std::string FileNameOf(std::string_view name) {
  std::string encoded = UriEncode(name);
  if (encoded.starts_with('.')) encoded.replace(0, 1, "%2E");
  if (encoded.size() <= kSizeMax) return encoded;
  return encoded.substr(0, kKept) + "+" + ToHex(ComputeDigest(DigestAlgorithm::kSha256, name)).substr(0, 40);
}

}  // namespace

Path LogGroupDirectory(const Path& data, std::string_view account, std::string_view region, std::string_view group) {
  return data / "logs" / FileNameOf(account) / FileNameOf(region) / FileNameOf(group);
}

std::string LogStreamFileName(std::string_view stream) { return FileNameOf(stream) + ".log"; }

}  // namespace sagebrush::telemetry
