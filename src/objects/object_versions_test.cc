#include "objects/object_versions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/error.h"
#include "objects/local_object_store.h"
#include "objects/version_id.h"

namespace sagebrush::objects {
namespace {

class ObjectVersionsTest : public testing::Test {
 protected:
  ObjectVersionsTest() {
    store_->CreateBucket({.name = "b", .account = "1", .region = "us-east-1"});
    store_->SetBucketVersioning("b", Versioning::kEnabled);
  }
  void Reopen() {
    store_.reset();
    store_ = std::make_unique<LocalObjectStore>(directory_.path(), clock_);
  }
  std::string Put(const std::string& key, std::string_view bytes, const WriteOptions& options = {}) {
    auto writer = store_->Write("b", key, {}, options);
    writer->Append(bytes);
    return writer->Commit().version;
  }
  std::optional<std::string> Get(const std::string& key, const std::string& version = {}) const {
    const auto opened = store_->Open("b", key, version);
    if (!opened || opened->object.delete_marker) return std::nullopt;
    std::string bytes;
    ReadFileRange(opened->file->get(), 0, opened->object.size, [&](std::string_view piece) { bytes += piece; });
    return bytes;
  }
  std::size_t Files() const {
    store_->FinishRemovals();
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path() / "data")) {
      count += entry.is_regular_file();
    }
    return count;
  }
  std::vector<ListedVersion> AllVersions(VersionQuery query) const {
    std::vector<ListedVersion> all;
    for (bool more = true; more;) {
      VersionListing page = store_->Versions("b", query);
      EXPECT_LE(page.versions.size() + page.common_prefixes.size(), static_cast<std::size_t>(query.limit));
      all.insert(all.end(), page.versions.begin(), page.versions.end());
      query.key_marker = page.next_key_marker;
      query.version_marker = page.next_version_marker;
      more = page.truncated;
    }
    return all;
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<LocalObjectStore> store_ = std::make_unique<LocalObjectStore>(directory_.path(), clock_);
};

TEST_F(ObjectVersionsTest, AWriteKeepsTheOlderVersions) {
  const std::string first = Put("k", "1"), second = Put("k", "2");  // Within one millisecond.
  Reopen();
  EXPECT_EQ(Get("k"), "2");
  EXPECT_EQ(Get("k", first), "1");
  EXPECT_EQ(Get("k", second), "2");
  EXPECT_EQ(store_->Find("b", "k")->version, second);
}

TEST_F(ObjectVersionsTest, WhatWasThereBeforeVersionsWereKeptIsTheNullVersion) {
  store_->CreateBucket({.name = "old", .account = "1"});
  auto writer = store_->Write("old", "k", {}, {});
  writer->Append("first");
  EXPECT_EQ(writer->Commit().version, "null");
  store_->SetBucketVersioning("old", Versioning::kEnabled);
  writer = store_->Write("old", "k", {}, {});
  EXPECT_NE(writer->Commit().version, "null");
  EXPECT_EQ(store_->Find("old", "k", "null")->size, 5u);
}

TEST_F(ObjectVersionsTest, ADeleteLeavesAMarkerThatCanBeTakenAway) {
  const std::string first = Put("k", "1");
  const Deleted deleted = store_->Delete("b", "k");
  EXPECT_TRUE(deleted.delete_marker);
  EXPECT_FALSE(store_->Find("b", "k"));
  EXPECT_TRUE(store_->List("b", {}).objects.empty());
  EXPECT_EQ(store_->FindNewest("b", "k")->version, deleted.version);
  EXPECT_TRUE(store_->Find("b", "k", deleted.version)->delete_marker);
  EXPECT_EQ(Get("k", first), "1");
  const Deleted undone = store_->Delete("b", "k", {.version = deleted.version});
  EXPECT_TRUE(undone.delete_marker);
  EXPECT_EQ(Get("k"), "1");
}

TEST_F(ObjectVersionsTest, TheVersionBelowADeletedOneIsCurrentAgain) {
  Put("k", "1");
  const std::string second = Put("k", "2");
  EXPECT_TRUE(store_->Delete("b", "k", {.version = second}).found);
  EXPECT_FALSE(store_->Delete("b", "k", {.version = second}).found);
  EXPECT_EQ(Get("k"), "1");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(ObjectVersionsTest, SuspendedABucketHasOneNullVersionOfAKey) {
  const std::string first = Put("k", "1");
  store_->SetBucketVersioning("b", Versioning::kSuspended);
  EXPECT_EQ(Put("k", "2"), "null");
  EXPECT_EQ(Put("k", "3"), "null");
  EXPECT_EQ(Get("k", first), "1");
  EXPECT_EQ(Get("k", "null"), "3");
  EXPECT_EQ(Files(), 2u);
  EXPECT_EQ(store_->Delete("b", "k").version, "null");
  EXPECT_TRUE(store_->Find("b", "k", "null")->delete_marker);
  EXPECT_EQ(Files(), 1u);
  EXPECT_EQ(Put("k", "4"), "null");
  EXPECT_EQ(AllVersions({}).size(), 2u);
}

TEST_F(ObjectVersionsTest, AWriteThatBeganBeforeVersioningWasEnabledReplacesNothingOfAfter) {
  store_->CreateBucket({.name = "late", .account = "1"});
  auto early = store_->Write("late", "k", {}, {});
  store_->SetBucketVersioning("late", Versioning::kEnabled);
  const std::string kept = store_->Write("late", "k", {}, {})->Commit().version;
  early->Commit();
  EXPECT_TRUE(store_->Find("late", "k", kept));
}

TEST_F(ObjectVersionsTest, AnIdOfAnotherKeyOrOfNoFormNamesNothing) {
  const std::string id = Put("k", "1");
  Put("other", "2");
  EXPECT_FALSE(store_->Find("b", "other", id));
  EXPECT_FALSE(store_->Delete("b", "other", {.version = id}).found);
  for (const std::string odd : {"x", "null ", "NULL", "", "ffffffffffffffffffffffffffffffff"}) {
    if (!odd.empty()) EXPECT_FALSE(store_->Find("b", "k", odd)) << odd;
  }
  EXPECT_FALSE(store_->Find("b", "k", std::string("null\0", 5)));
}

TEST_F(ObjectVersionsTest, ABucketWithVersionsIsNotEmpty) {
  Put("k", "1");
  const Deleted marker = store_->Delete("b", "k");
  EXPECT_THROW(store_->DeleteBucket("b"), Error);
  store_->Delete("b", "k", {.version = store_->Versions("b", {}).versions[1].object.version});
  EXPECT_THROW(store_->DeleteBucket("b"), Error);
  store_->Delete("b", "k", {.version = marker.version});
  store_->DeleteBucket("b");
  EXPECT_EQ(Files(), 0u);
}

TEST_F(ObjectVersionsTest, AListingGoesOnBehindAVersionThatIsGone) {
  const std::string first = Put("k", "1"), second = Put("k", "2"), third = Put("k", "3");
  store_->Delete("b", "k", {.version = second});
  const VersionListing rest = store_->Versions("b", {.key_marker = "k", .version_marker = second});
  ASSERT_EQ(rest.versions.size(), 1u);
  EXPECT_EQ(rest.versions[0].object.version, first);
  EXPECT_FALSE(rest.versions[0].latest);
}

TEST_F(ObjectVersionsTest, MarkersAcrossAPrefixAreGroupedWithIt) {
  Put("a/1", "x");
  store_->Delete("b", "a/1");
  store_->Delete("b", "a/2");
  Put("b", "x");
  const VersionListing listing = store_->Versions("b", {.delimiter = "/", .limit = 1});
  EXPECT_EQ(listing.common_prefixes, std::vector<std::string>{"a/"});
  EXPECT_TRUE(listing.truncated);
  const VersionListing rest = store_->Versions("b", {.delimiter = "/", .key_marker = listing.next_key_marker});
  ASSERT_EQ(rest.versions.size(), 1u);
  EXPECT_EQ(rest.versions[0].object.key, "b");
}

TEST_F(ObjectVersionsTest, ALockedNullVersionIsReplacedByNothing) {
  store_->SetBucketVersioning("b", Versioning::kSuspended);
  Properties held;
  held.lock.legal_hold = true;
  auto writer = store_->Write("b", "k", held, {});
  writer->Append("held");
  writer->Commit();
  Put("other", "x");
  const Upload upload = store_->CreateUpload({.bucket = "b", .key = "k"});
  auto part = store_->WritePart(upload, 1, {});
  part->Append("part");
  const std::string etag = part->Commit().etag;
  EXPECT_THROW(Put("k", "over it"), Error);
  EXPECT_THROW(store_->Delete("b", "k"), Error);
  EXPECT_THROW(store_->Delete("b", "k", {.version = "null", .bypass_governance = true}), Error);
  EXPECT_TRUE(store_->DeleteAll("b", {{"k", {}}, {"other", {}}})[0].error);
  EXPECT_THROW(store_->Copy(*store_->Open("b", "k"), "b", "k", {}, {}), Error);
  EXPECT_THROW(store_->CompleteUpload("b", "k", upload.id, {{1, etag, {}}}, {}), Error);
  EXPECT_EQ(Get("k"), "held");
  EXPECT_FALSE(Get("other"));
}

TEST(VersionIdTest, HoldsItsNumber) {
  EXPECT_EQ(SequenceOfVersion(NewVersionId(1'700'000'000'000 << 16)), 1'700'000'000'000 << 16);
  EXPECT_NE(NewVersionId(1), NewVersionId(1));
  EXPECT_FALSE(SequenceOfVersion("null"));
  EXPECT_FALSE(SequenceOfVersion(std::string(32, 'g')));
}

// What a versioned bucket is, said as simply as can be: of each key its versions, the newest last.
struct ModelVersion {
  std::string id;
  std::optional<std::string> bytes;  // nullopt: a delete marker.
};
using Model = std::map<std::string, std::vector<ModelVersion>>;

std::string ModelPut(Model& model, const std::string& key, const ModelVersion& version) {
  auto& versions = model[key];
  if (version.id == kNullVersion) {
    std::erase_if(versions, [](const ModelVersion& other) { return other.id == kNullVersion; });
  }
  versions.push_back(version);
  return version.id;
}

std::optional<std::string> ModelGet(const Model& model, const std::string& key) {
  const auto found = model.find(key);
  return found == model.end() || found->second.empty() ? std::nullopt : found->second.back().bytes;
}

TEST_F(ObjectVersionsTest, BehavesAsAListOfVersionsUnderRandomOperations) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  Model model;
  std::size_t files = 0;
  for (int step = 0; step < 800; ++step) {
    const std::string key = std::vector<std::string>{"", "a/", "a/b/", "z"}[pick(4)] + std::to_string(pick(4));
    auto& versions = model[key];
    const std::size_t action = pick(100);
    if (action < 35) {
      const std::string bytes(pick(20) == 0 ? 70'000 : pick(50), static_cast<char>('a' + pick(26)));
      ModelPut(model, key, {Put(key, bytes), bytes});
    } else if (action < 50) {
      ModelPut(model, key, {store_->Delete("b", key).version, std::nullopt});
    } else if (action < 65 && !versions.empty()) {
      const auto victim = versions.begin() + static_cast<std::ptrdiff_t>(pick(versions.size()));
      EXPECT_EQ(store_->Delete("b", key, {.version = victim->id}).delete_marker, !victim->bytes);
      versions.erase(victim);
    } else if (action < 70) {
      store_->SetBucketVersioning("b", pick(2) == 0 ? Versioning::kEnabled : Versioning::kSuspended);
    } else if (action < 72) {
      Reopen();
    } else if (action < 75) {
      clock_.Advance(Milliseconds(pick(3) == 0 ? -5 : 5));  // A clock that is set back changes no order.
    } else if (action < 85) {
      EXPECT_EQ(Get(key), ModelGet(model, key));
      for (const ModelVersion& version : versions) EXPECT_EQ(Get(key, version.id), version.bytes);
    } else {
      const std::string prefix = std::vector<std::string>{"", "a", "a/"}[pick(3)];
      std::vector<std::string> expected, seen, live;
      for (const auto& [name, all] : model) {
        if (!name.starts_with(prefix)) continue;
        if (ModelGet(model, name)) live.push_back(name);
        for (auto version = all.rbegin(); version != all.rend(); ++version) {
          expected.push_back(fmt::format("{} {} {} {}", name, version->id, !version->bytes, version == all.rbegin()));
        }
      }
      for (const auto& [object, latest] : AllVersions({.prefix = prefix, .limit = static_cast<int>(1 + pick(5))})) {
        seen.push_back(fmt::format("{} {} {} {}", object.key, object.version, object.delete_marker, latest));
      }
      EXPECT_EQ(seen, expected);
      std::vector<std::string> listed;
      for (const Object& object : store_->List("b", {.prefix = prefix}).objects) listed.push_back(object.key);
      EXPECT_EQ(listed, live);
    }
    if (HasFailure()) return;
  }
  for (const auto& [key, versions] : model) {
    files +=
        static_cast<std::size_t>(std::ranges::count_if(versions, [](const auto& v) { return v.bytes.has_value(); }));
  }
  EXPECT_EQ(Files(), files);
}

}  // namespace
}  // namespace sagebrush::objects
