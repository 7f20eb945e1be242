#include "objects/lifecycle_worker.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "objects/local_object_store.h"
#include "objects/storage_class.h"
#include "objects/troubled_object_store.h"

namespace sagebrush::objects {
namespace {

class LifecycleWorkerTest : public testing::Test {
 protected:
  LifecycleWorkerTest() { store_.CreateBucket({.name = "b", .account = "1", .region = "us-east-1"}); }

  void SetRules(const std::string& rule) {
    store_.SetBucketConfiguration(
        "b", std::string(kLifecycleConfiguration),
        ParseStoredJson(R"({"Rules":[{"ID":"r","Status":"Enabled","Filter":{"Prefix":""},)" + rule + "}]}", "rules"));
  }
  Object Put(const std::string& key, const Properties& properties = {}, std::string_view bytes = "x") {
    auto writer = store_.Write("b", key, properties, {});
    writer->Append(bytes);
    return writer->Commit();
  }
  void Run(ObjectStore& store) { LifecycleWorker(store, clock_, progress_, kLifecycleDay).Run({}); }
  // Goes on by `days` and does what is due then.
  void Pass(int days) {
    clock_.Advance(days * kLifecycleDay);
    Run(store_);
  }
  std::size_t Count() const { return store_.Versions("b", {}).versions.size(); }

  TemporaryDirectory directory_;
  FakeClock clock_;
  LocalObjectStore store_{directory_.path() / "objects", clock_};
  const Path progress_ = directory_.path() / "lifecycle.json";
};

TEST_F(LifecycleWorkerTest, DeletesObjectsOfAnUnversionedBucket) {
  SetRules(R"("Expiration":{"Days":2})");
  Put("old");
  Pass(2);
  Put("young");
  EXPECT_EQ(Count(), 2u);
  Pass(1);
  EXPECT_FALSE(store_.Find("b", "old"));
  EXPECT_TRUE(store_.Find("b", "young"));
}

TEST_F(LifecycleWorkerTest, LeavesADeleteMarkerWhereVersionsAreKept) {
  store_.SetBucketVersioning("b", Versioning::kEnabled);
  SetRules(R"("Expiration":{"Days":1})");
  const Object object = Put("k");
  Pass(2);
  EXPECT_TRUE(store_.FindNewest("b", "k")->delete_marker);
  EXPECT_TRUE(store_.Find("b", "k", object.version));
}

TEST_F(LifecycleWorkerTest, KeepsTheNewestNoncurrentVersions) {
  store_.SetBucketVersioning("b", Versioning::kEnabled);
  SetRules(R"("NoncurrentVersionExpiration":{"NoncurrentDays":1,"NewerNoncurrentVersions":2})");
  for (int i = 0; i < 6; ++i) {
    Put("a");
    Put("b");
  }
  Pass(1);
  EXPECT_EQ(Count(), 12u);
  Pass(1);
  EXPECT_EQ(Count(), 6u);
}

TEST_F(LifecycleWorkerTest, ADeletedKeyGoesForGoodInTheEnd) {
  store_.SetBucketVersioning("b", Versioning::kEnabled);
  SetRules(R"("Expiration":{"Days":1},"NoncurrentVersionExpiration":{"NoncurrentDays":1})");
  Put("k");
  Pass(2);
  EXPECT_EQ(Count(), 2u);  // The marker and what it hides.
  Pass(2);
  EXPECT_EQ(Count(), 1u);
  Pass(1);
  EXPECT_EQ(Count(), 0u);
}

TEST_F(LifecycleWorkerTest, WalksOverManyPages) {
  store_.SetBucketVersioning("b", Versioning::kSuspended);
  SetRules(R"("Expiration":{"ExpiredObjectDeleteMarker":true})");
  std::vector<KeyToDelete> keys;
  for (int i = 0; i < 2500; ++i) keys.push_back({fmt::format("{:05}", i), {}});
  store_.DeleteAll("b", keys);
  Put("kept");
  Run(store_);
  EXPECT_EQ(Count(), 1u);
}

TEST_F(LifecycleWorkerTest, SparesWhatIsLocked) {
  store_.SetBucketVersioning("b", Versioning::kEnabled);
  SetRules(R"("NoncurrentVersionExpiration":{"NoncurrentDays":1})");
  Properties locked;
  locked.lock.legal_hold = true;
  const Object held = Put("k", locked);
  Put("k");
  Put("k");
  Pass(5);
  EXPECT_EQ(Count(), 2u);
  EXPECT_TRUE(store_.Find("b", "k", held.version));
}

TEST_F(LifecycleWorkerTest, AbortsStaleUploads) {
  SetRules(R"("AbortIncompleteMultipartUpload":{"DaysAfterInitiation":1})");
  const Upload upload = store_.CreateUpload({.bucket = "b", .key = "k"});
  Pass(1);
  EXPECT_TRUE(store_.FindUpload("b", "k", upload.id));
  Pass(1);
  EXPECT_FALSE(store_.FindUpload("b", "k", upload.id));
}

TEST_F(LifecycleWorkerTest, MovesToAnotherStorageClass) {
  SetRules(R"("Transitions":[{"Days":1,"StorageClass":"GLACIER"}])");
  Put("large", {}, std::string(200'000, 'x'));
  Put("small");
  Pass(2);
  EXPECT_EQ(StorageClassOf(store_.List("b", {}).objects[0].properties), "GLACIER");
  EXPECT_EQ(StorageClassOf(store_.Find("b", "small")->properties), "STANDARD");
}

TEST_F(LifecycleWorkerTest, IsDoneForTheDayAndTheNextOneGoesOn) {
  SetRules(R"("Expiration":{"Date":0})");
  Put("first");
  Run(store_);
  Put("second");
  Run(store_);  // Of the same day: nothing is due.
  EXPECT_EQ(Count(), 1u);
  Pass(1);
  EXPECT_EQ(Count(), 0u);
}

// Whatever is written between the look and the step stays.
TEST_F(LifecycleWorkerTest, SparesWhatWasWrittenMeanwhile) {
  SetRules(R"("Expiration":{"Days":1})");
  Put("k");
  clock_.Advance(3 * kLifecycleDay);
  Trouble trouble;
  int calls = 0;
  trouble.Befall([&] {
    if (++calls == 3) Put("k", {}, "new");  // Buckets, Versions, and then the delete.
    return Trouble::Fate::kNone;
  });
  TroubledObjectStore store(store_, trouble);
  Run(store);
  ASSERT_TRUE(store_.Find("b", "k"));
  EXPECT_EQ(store_.Find("b", "k")->size, 3u);
}

TEST_F(LifecycleWorkerTest, SparesAVersionThatIsCurrentAgain) {
  store_.SetBucketVersioning("b", Versioning::kEnabled);
  SetRules(R"("NoncurrentVersionExpiration":{"NoncurrentDays":1})");
  const Object old = Put("k");
  const Object newer = Put("k");
  clock_.Advance(3 * kLifecycleDay);
  Trouble trouble;
  int calls = 0;
  trouble.Befall([&] {
    if (++calls == 3) store_.Delete("b", "k", {.version = newer.version});
    return Trouble::Fate::kNone;
  });
  TroubledObjectStore store(store_, trouble);
  Run(store);
  EXPECT_TRUE(store_.Find("b", "k", old.version));
}

// Killed at each of its calls in turn, and begun again, it ends where it would have.
TEST_F(LifecycleWorkerTest, EndsTheSameWhereverItIsKilled) {
  SetRules(R"("Expiration":{"Days":1})");
  for (int at = 1; at < 6; ++at) {
    for (const auto fate : {Trouble::Fate::kKilledAfter, Trouble::Fate::kFails}) {
      for (int i = 0; i < 105; ++i) Put(fmt::format("{:03}", i));  // Two steps.
      clock_.Advance(3 * kLifecycleDay);
      Trouble trouble;
      int calls = 0;
      trouble.Befall([&] { return ++calls == at ? fate : Trouble::Fate::kNone; });
      TroubledObjectStore store(store_, trouble);
      try {
        Run(store);
      } catch (const Trouble::Killed&) {
      } catch (const Error&) {
      }
      Run(store_);
      if (Count() > 0) Pass(1);  // What failed is tried again with the next round.
      EXPECT_EQ(Count(), 0u) << at;
    }
  }
}

TEST_F(LifecycleWorkerTest, StopsWhenAskedAndGoesOnLater) {
  SetRules(R"("Expiration":{"Date":0})");
  Put("k");
  std::stop_source stop;
  stop.request_stop();
  LifecycleWorker(store_, clock_, progress_, kLifecycleDay).Run(stop.get_token());
  EXPECT_EQ(Count(), 1u);
  Run(store_);
  EXPECT_EQ(Count(), 0u);
}

}  // namespace
}  // namespace sagebrush::objects
