#include "objects/object_lock.h"

#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

constexpr Milliseconds kDay = std::chrono::hours(24);
constexpr std::int64_t kDaysOfYear = 365;

bool IsRetained(const Lock& lock, Time now) { return lock.retention && now < lock.retention->until; }

}  // namespace

std::optional<Retention> DefaultRetention(const Bucket& bucket, Time now) {
  const Json* const configuration = ConfigurationOf(bucket, kObjectLockConfiguration);
  if (configuration == nullptr) return std::nullopt;
  const Json* const rule = Find(*configuration, "Rule.DefaultRetention");
  if (rule == nullptr) return std::nullopt;
  const std::int64_t days = GetInt(*rule, "Days") + kDaysOfYear * GetInt(*rule, "Years");
  const bool compliance = GetString(*rule, "Mode") == NameOf(RetentionMode::kCompliance);
  return Retention{compliance ? RetentionMode::kCompliance : RetentionMode::kGovernance, now + days * kDay};
}

bool IsLocked(const Lock& lock, Time now, bool bypass_governance) {
  if (lock.legal_hold.value_or(false)) return true;
  return IsRetained(lock, now) && !(bypass_governance && lock.retention->mode == RetentionMode::kGovernance);
}

void CheckRetentionChange(const Lock& lock, const std::optional<Retention>& wanted, Time now, bool bypass_governance) {
  if (!IsRetained(lock, now)) return;
  const Retention& held = *lock.retention;
  if (held.mode == RetentionMode::kGovernance && bypass_governance) return;
  if (wanted && wanted->mode == held.mode && wanted->until >= held.until) return;
  throw Error(kS3AccessDenied,
              fmt::format("Access Denied because object protected by object lock: it is retained in {} mode until {}, "
                          "which may be prolonged, not shortened or given up.",
                          NameOf(held.mode), ToIso8601(held.until)));
}

}  // namespace sagebrush::objects
