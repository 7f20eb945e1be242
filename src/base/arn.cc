#include "base/arn.h"

#include <array>

namespace sagebrush {

std::string Arn::ToString() const {
  std::string text;
  text.reserve(8 + partition.size() + service.size() + region.size() + account.size() + resource.size());
  text.append("arn:").append(partition).append(":").append(service).append(":").append(region).append(":");
  return text.append(account).append(":").append(resource);
}

std::optional<Arn> Arn::Parse(std::string_view text) {
  std::array<std::string_view, 5> parts;
  for (auto& part : parts) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    part = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (parts[0] != "arn" || parts[1].empty() || parts[2].empty() || text.empty()) return std::nullopt;
  return Arn{std::string(parts[1]), std::string(parts[2]), std::string(parts[3]), std::string(parts[4]),
             std::string(text)};
}

}  // namespace sagebrush
