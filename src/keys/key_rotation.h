#pragma once

#include <optional>

#include "base/clock.h"
#include "store/store.h"

// Rotation gives a key new material, which it encrypts with from then on. Its spec says what is wanted: Rotation
// ({PeriodInDays, Since}; absent: it rotates not by itself) and RotationsOnDemand (how many were asked for); its
// status, RotationsDone, how many of the latter are done, and with each material how it came (Type: "AUTOMATIC",
// "ON_DEMAND").
namespace sagebrush::keys {

inline constexpr std::int64_t kRotationDays = 365;

// When it is to rotate next by itself; nullopt: never.
std::optional<Time> NextRotation(const store::Resource& key);
// How a rotation that is due now is called; nullopt: none is. A key that is disabled or to be deleted waits.
std::optional<std::string_view> DueRotation(const store::Resource& key, Time now);

}  // namespace sagebrush::keys
