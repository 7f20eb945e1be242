#include "objects/bucket_name.h"

#include <algorithm>
#include <array>

namespace sagebrush::objects {
namespace {

bool IsLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool LooksLikeIpAddress(std::string_view name) {
  return std::count(name.begin(), name.end(), '.') == 3 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

}  // namespace

bool IsBucketName(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kReservedPrefixes{"xn--", "sthree-", "amzn-s3-demo-"};
  static constexpr std::array<std::string_view, 5> kReservedSuffixes{"-s3alias", "--ol-s3", ".mrap", "--x-s3",
                                                                     "--table-s3"};
  if (name.size() < 3 || name.size() > 63) return false;
  if (!std::all_of(name.begin(), name.end(), [](char c) { return IsLetterOrDigit(c) || c == '.' || c == '-'; })) {
    return false;
  }
  if (!IsLetterOrDigit(name.front()) || !IsLetterOrDigit(name.back())) return false;
  for (const std::string_view pair : {"..", ".-", "-."}) {
    if (name.find(pair) != std::string_view::npos) return false;
  }
  if (LooksLikeIpAddress(name)) return false;
  return std::none_of(kReservedPrefixes.begin(), kReservedPrefixes.end(),
                      [&](auto p) { return name.starts_with(p); }) &&
         std::none_of(kReservedSuffixes.begin(), kReservedSuffixes.end(), [&](auto s) { return name.ends_with(s); });
}

}  // namespace sagebrush::objects
