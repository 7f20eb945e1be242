#include "keys/key_rotation.h"

#include <chrono>

#include "keys/key.h"

namespace sagebrush::keys {
namespace {

constexpr std::chrono::hours kDay{24};

}  // namespace

std::optional<Time> NextRotation(const store::Resource& key) {
  const Json* const rotation = Find(key.spec, "Rotation");
  if (rotation == nullptr) return std::nullopt;
  Time last{GetInt(*rotation, "Since")};
  for (const Json& material : key.status.at("Materials").as_array()) {
    if (GetString(material, "Type") == "AUTOMATIC") last = std::max(last, Time{GetInt(material, "Created")});
  }
  return last + GetInt(*rotation, "PeriodInDays") * kDay;
}

std::optional<std::string_view> DueRotation(const store::Resource& key, Time now) {
  if (StateOf(key) != "Enabled") return std::nullopt;
  if (GetInt(key.spec, "RotationsOnDemand") > GetInt(key.status, "RotationsDone")) return "ON_DEMAND";
  const auto next = NextRotation(key);
  return next && *next <= now ? std::optional("AUTOMATIC") : std::nullopt;
}

}  // namespace sagebrush::keys
