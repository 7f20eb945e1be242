#include "keys/key_rotation.h"

#include <gtest/gtest.h>

#include "keys/keys_world.h"

namespace sagebrush::keys {
namespace {

constexpr std::chrono::hours kDay{24};

class KeyRotation : public testing::Test {
 protected:
  std::size_t Rotations() {
    return world_.Kms("ListKeyRotations", {{"KeyId", key_}}).at("Rotations").as_array().size();
  }
  std::string CurrentMaterial() {
    return GetString(world_.Kms("DescribeKey", {{"KeyId", key_}}), "KeyMetadata.CurrentKeyMaterialId");
  }

  KeysWorld world_;
  const std::string key_ = world_.NewKey();
};

TEST_F(KeyRotation, ComesByItselfWhenThePeriodIsOverAndWhatWasEncryptedStillOpens) {
  const std::string before = world_.Encrypt(key_, "text");
  const std::string first = CurrentMaterial();
  world_.Kms("EnableKeyRotation", {{"KeyId", key_}, {"RotationPeriodInDays", 90}});
  world_.clock().Advance(90 * kDay - Milliseconds(1));
  world_.Reconcile();
  EXPECT_EQ(CurrentMaterial(), first);
  world_.clock().Advance(Milliseconds(1));
  world_.Reconcile();
  EXPECT_NE(CurrentMaterial(), first);
  world_.Reconcile();
  EXPECT_EQ(Rotations(), 1u);
  EXPECT_EQ(world_.Decrypt(before), "text");
  EXPECT_EQ(world_.Decrypt(world_.Encrypt(key_, "new")), "new");
  world_.clock().Advance(90 * kDay);
  world_.Reconcile();
  EXPECT_EQ(Rotations(), 2u);
}

TEST_F(KeyRotation, OnDemandIsDoneOnceForEachAsking) {
  world_.Kms("RotateKeyOnDemand", {{"KeyId", key_}});
  EXPECT_EQ(world_.Refusal("RotateKeyOnDemand", {{"KeyId", key_}}), "ConflictException");
  world_.Reconcile();
  world_.Reconcile();
  EXPECT_EQ(Rotations(), 1u);
  for (int i = 1; i < 25; ++i) {
    world_.Kms("RotateKeyOnDemand", {{"KeyId", key_}});
    world_.Reconcile();
  }
  EXPECT_EQ(world_.Refusal("RotateKeyOnDemand", {{"KeyId", key_}}), "LimitExceededException");
}

TEST_F(KeyRotation, ADisabledKeyWaits) {
  world_.Kms("EnableKeyRotation", {{"KeyId", key_}});
  world_.Kms("DisableKey", {{"KeyId", key_}});
  world_.clock().Advance(400 * kDay);
  world_.Reconcile();
  EXPECT_EQ(Rotations(), 0u);
  world_.Kms("EnableKey", {{"KeyId", key_}});
  world_.Reconcile();
  EXPECT_EQ(Rotations(), 1u);
}

TEST_F(KeyRotation, IsToldWithItsNextDate) {
  EXPECT_FALSE(GetBool(world_.Kms("GetKeyRotationStatus", {{"KeyId", key_}}), "KeyRotationEnabled"));
  world_.Kms("EnableKeyRotation", {{"KeyId", key_}});
  const Json status = world_.Kms("GetKeyRotationStatus", {{"KeyId", key_}});
  EXPECT_EQ(GetInt(status, "RotationPeriodInDays"), 365);
  EXPECT_EQ(GetDouble(status, "NextRotationDate"), (world_.clock().Now() + 365 * kDay).ToEpochSeconds());
  world_.Kms("DisableKeyRotation", {{"KeyId", key_}});
  world_.clock().Advance(400 * kDay);
  world_.Reconcile();
  EXPECT_EQ(Rotations(), 0u);
}

}  // namespace
}  // namespace sagebrush::keys
