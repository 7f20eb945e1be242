#include "objects/object_outbox.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "objects/lifecycle_worker.h"
#include "objects/local_object_store.h"
#include "objects/storage_class.h"

namespace sagebrush::objects {
namespace {

const Json kToEventBridge = JsonObject{{"EventBridgeConfiguration", JsonObject()}};

class ObjectOutboxTest : public testing::Test {
 protected:
  ObjectOutboxTest() {
    store_->CreateBucket({.name = "b", .account = "1", .region = "us-east-1"});
    store_->SetBucketConfiguration("b", "NotificationConfiguration", kToEventBridge);
  }
  void Reopen() {
    store_.reset();
    store_ = std::make_unique<LocalObjectStore>(directory_.path(), clock_);
  }
  Object Put(const std::string& key, std::string_view bytes, const WriteOptions& options = {}) {
    auto writer = store_->Write("b", key, {}, options);
    writer->Append(bytes);
    return writer->Commit();
  }
  std::vector<ObjectEvent> Events() const { return store_->outbox().Oldest(1000); }
  // "type key deletion-type"
  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    for (const ObjectEvent& event : Events()) {
      told.push_back(event.type + " " + GetString(event.detail, "object.key"));
      const std::string deletion = GetString(event.detail, "deletion-type");
      if (!deletion.empty()) told.back() += " " + deletion;
    }
    return told;
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<LocalObjectStore> store_ = std::make_unique<LocalObjectStore>(directory_.path(), clock_);
};

using Texts = std::vector<std::string>;

TEST_F(ObjectOutboxTest, AWriteIsToldAsS3TellsIt) {
  const Object object = Put(
      "k", "hello", {.cause = {.reason = "PutObject", .request_id = "R", .requester = "1", .source_ip = "1.2.3.4"}});
  ASSERT_EQ(Events().size(), 1u);
  const ObjectEvent event = Events()[0];
  EXPECT_EQ(event.type, "Object Created");
  EXPECT_EQ(event.account + " " + event.region + " " + event.bucket, "1 us-east-1 b");
  EXPECT_EQ(event.time, object.modified);
  EXPECT_EQ(Json(event.detail), ParseJson(R"({"version": "0", "event-version": "1.1", "bucket": {"name": "b"},
                          "object": {"key": "k", "size": 5, "etag": "5d41402abc4b2a76b9719d911017c592"},
                          "request-id": "R", "requester": "1", "source-ip-address": "1.2.3.4", "reason": "PutObject"})"));
}

TEST_F(ObjectOutboxTest, WhatIsDeletedIsToldByWhatBecomesOfIt) {
  Put("k", "1");
  store_->Delete("b", "k");
  store_->Delete("b", "k");  // Nothing happened.
  EXPECT_EQ(Told(), (Texts{"Object Created k", "Object Deleted k Permanently Deleted"}));
  store_->SetBucketVersioning("b", Versioning::kEnabled);
  store_->outbox().Forget(Events().back().sequence);
  const Object object = Put("k", "1");
  const Deleted marker = store_->Delete("b", "k");
  store_->Delete("b", "k", {.version = object.version});
  store_->Delete("b", "k", {.version = marker.version});
  store_->Delete("b", "never");  // Makes a marker all the same.
  EXPECT_EQ(Told(),
            (Texts{"Object Created k", "Object Deleted k Delete Marker Created", "Object Deleted k Permanently Deleted",
                   "Object Deleted k Permanently Deleted", "Object Deleted never Delete Marker Created"}));
  EXPECT_EQ(GetString(Events()[1].detail, "object.version-id"), marker.version);
  EXPECT_EQ(GetString(Events()[1].detail, "object.etag"), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(GetString(Events()[2].detail, "object.version-id"), object.version);
  EXPECT_EQ(GetString(Events()[2].detail, "object.etag"), "");
}

TEST_F(ObjectOutboxTest, WhatDoesNotHappenIsNotTold) {
  Put("k", "1");
  EXPECT_THROW(Put("k", "2", {.condition = {.if_absent = true}}), Error);
  EXPECT_THROW(Put("k", "2", {.expected_checksum = "12345678"}), Error);
  EXPECT_THROW(store_->Delete("b", "k", {.condition = {.if_etag = "other"}}), Error);
  EXPECT_FALSE(store_->Edit("b", "none", [](Properties&) {}, "", {kTagsAdded}));
  store_->Edit("b", "k", [](Properties&) {});  // No event: a legal hold.
  EXPECT_EQ(Told(), Texts{"Object Created k"});
}

TEST_F(ObjectOutboxTest, ABucketTellsFromWhenItIsConfiguredUntilItIsNot) {
  store_->SetBucketConfiguration("b", "NotificationConfiguration", nullptr);
  Put("1", "1");
  auto writer = store_->Write("b", "2", {}, {});
  store_->SetBucketConfiguration("b", "NotificationConfiguration", kToEventBridge);
  writer->Commit();
  store_->SetBucketConfiguration("b", "NotificationConfiguration", JsonObject());
  Put("3", "3");
  EXPECT_EQ(Told(), Texts{"Object Created 2"});
}

TEST_F(ObjectOutboxTest, CopiesPartsAndEditsAreTold) {
  Put("k", "1");
  store_->Copy(*store_->Open("b", "k"), "b", "copy", {}, {.cause = {.reason = "CopyObject"}});
  const Upload upload = store_->CreateUpload({.bucket = "b", .key = "parts"});
  auto writer = store_->WritePart(upload, 1, {});
  writer->Append("1");
  const Part part = writer->Commit();
  for (int i = 0; i < 2; ++i) {  // The second time it answers what it answered.
    store_->CompleteUpload("b", "parts", upload.id, {{1, part.etag, {}}},
                           {.cause = {.reason = "CompleteMultipartUpload"}});
  }
  store_->Edit("b", "k", [](Properties& properties) { properties.tags = {{"a", "b"}}; }, "", {kTagsAdded});
  store_->Edit("b", "k", [](Properties& properties) { SetStorageClass(properties, "GLACIER_IR"); }, "",
               {kStorageClassChanged});
  EXPECT_EQ(Told(), (Texts{"Object Created k", "Object Created copy", "Object Created parts", "Object Tags Added k",
                           "Object Storage Class Changed k"}));
  EXPECT_EQ(GetString(Events()[1].detail, "reason"), "CopyObject");
  EXPECT_EQ(GetString(Events()[2].detail, "reason"), "CompleteMultipartUpload");
  EXPECT_EQ(GetString(Events()[4].detail, "destination-storage-class"), "GLACIER_IR");
}

TEST_F(ObjectOutboxTest, WhatIsNotForgottenOutlivesTheStoreAndSequencesAreNeverGivenTwice) {
  for (int i = 0; i < 3; ++i) Put("k", "x");
  const auto before = Events();
  Reopen();
  ASSERT_EQ(Events().size(), 3u);
  EXPECT_EQ(Events()[2].id, before[2].id);
  store_->outbox().Forget(before[2].sequence);
  EXPECT_TRUE(Events().empty());
  Reopen();
  Put("k", "y");
  ASSERT_EQ(Events().size(), 1u);
  EXPECT_GT(Events()[0].sequence, before[2].sequence);
}

TEST_F(ObjectOutboxTest, ARuleIsNoRequest) {
  store_->SetBucketConfiguration("b", "LifecycleConfiguration", ParseJson(R"({"Rules": [
      {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]})"));
  Put("k", "x");
  clock_.Advance(Milliseconds(3 * 24LL * 3600 * 1000));
  LifecycleWorker(*store_, clock_, directory_.path() / "lifecycle.json", std::chrono::hours(24)).Run({});
  ASSERT_EQ(Told(), (Texts{"Object Created k", "Object Deleted k Permanently Deleted"}));
  const JsonObject detail = Events()[1].detail;
  EXPECT_EQ(GetString(detail, "reason"), "Lifecycle Expiration");
  EXPECT_EQ(GetString(detail, "requester"), "s3.amazonaws.com");
  EXPECT_FALSE(detail.contains("source-ip-address"));
}

}  // namespace
}  // namespace sagebrush::objects
