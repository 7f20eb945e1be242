#include "objects/object_lock.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::objects {
namespace {

constexpr Time kNow{1'700'000'000'000};
constexpr Milliseconds kDay = std::chrono::hours(24);
const Time kEnds = kNow + kDay, kLater = kNow + 2 * kDay, kSooner = kNow + kDay / 2;

Lock Retained(RetentionMode mode, Time until) { return {.retention = Retention{mode, until}}; }

TEST(ObjectLock, HoldsUntilItsTimeIsOver) {
  const Lock lock = Retained(RetentionMode::kCompliance, kEnds);
  EXPECT_TRUE(IsLocked(lock, kNow, false));
  EXPECT_TRUE(IsLocked(lock, kNow, true));
  EXPECT_FALSE(IsLocked(lock, kEnds, false));
  EXPECT_FALSE(IsLocked({}, kNow, false));
}

TEST(ObjectLock, OnlyGovernanceCanBeBypassed) {
  EXPECT_FALSE(IsLocked(Retained(RetentionMode::kGovernance, kEnds), kNow, true));
  EXPECT_TRUE(IsLocked(Retained(RetentionMode::kGovernance, kEnds), kNow, false));
  EXPECT_TRUE(IsLocked({.legal_hold = true}, kNow, true));
  EXPECT_FALSE(IsLocked({.legal_hold = false}, kNow, false));
}

TEST(ObjectLock, RetentionIsProlongedFreelyAndElseByBypassOfGovernanceOnly) {
  struct Case {
    RetentionMode held;
    std::optional<Retention> wanted;
    bool bypass;
    bool allowed;
  };
  const auto kGovernance = RetentionMode::kGovernance, kCompliance = RetentionMode::kCompliance;
  for (const Case& c :
       {Case{kGovernance, Retention{kGovernance, kLater}, false, true},
        Case{kGovernance, Retention{kGovernance, kEnds}, false, true},
        Case{kGovernance, Retention{kGovernance, kSooner}, false, false},
        Case{kGovernance, Retention{kGovernance, kSooner}, true, true},
        Case{kGovernance, Retention{kCompliance, kLater}, false, false}, Case{kGovernance, std::nullopt, false, false},
        Case{kGovernance, std::nullopt, true, true}, Case{kCompliance, Retention{kCompliance, kLater}, false, true},
        Case{kCompliance, Retention{kCompliance, kSooner}, true, false},
        Case{kCompliance, Retention{kGovernance, kLater}, true, false}, Case{kCompliance, std::nullopt, true, false}}) {
    bool allowed = true;
    try {
      CheckRetentionChange(Retained(c.held, kEnds), c.wanted, kNow, c.bypass);
    } catch (const Error&) {
      allowed = false;
    }
    EXPECT_EQ(allowed, c.allowed) << NameOf(c.held) << " to " << (c.wanted ? NameOf(c.wanted->mode) : "none")
                                  << (c.bypass ? " with bypass" : "");
    CheckRetentionChange(Retained(c.held, kEnds), c.wanted, kEnds, false);  // Its time is over: anything goes.
  }
}

TEST(ObjectLock, DefaultRetentionCountsDaysAndYears) {
  Bucket bucket;
  EXPECT_FALSE(DefaultRetention(bucket, kNow));
  Json& configuration = bucket.configurations[std::string(kObjectLockConfiguration)];
  configuration = JsonObject{{"ObjectLockEnabled", "Enabled"}};
  EXPECT_FALSE(DefaultRetention(bucket, kNow));
  configuration = JsonObject{{"Rule", {{"DefaultRetention", {{"Mode", "GOVERNANCE"}, {"Days", 2}}}}}};
  EXPECT_EQ(DefaultRetention(bucket, kNow), (Retention{RetentionMode::kGovernance, kLater}));
  configuration = JsonObject{{"Rule", {{"DefaultRetention", {{"Mode", "COMPLIANCE"}, {"Years", 1}}}}}};
  EXPECT_EQ(DefaultRetention(bucket, kNow), (Retention{RetentionMode::kCompliance, kNow + 365 * kDay}));
}

}  // namespace
}  // namespace sagebrush::objects
