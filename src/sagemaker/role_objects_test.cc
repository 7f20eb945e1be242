#include "sagemaker/role_objects.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "identity/iam_operations.h"
#include "objects/bucket_encryption.h"
#include "sagemaker/controller_world.h"
#include "sagemaker/jobs/channels.h"

namespace sagebrush::sagemaker {
namespace {

using testing::HasSubstr;

constexpr const char* kSource = "arn:aws:sagemaker:us-east-1:123456789012:training-job/j";
constexpr const char* kTrust =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},
        "Action":"sts:AssumeRole"}})";
// May read what lies below in/ and write what lies below out/.
constexpr const char* kPolicy = R"({"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":"in/*"}}},
    {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::*/in/*"},
    {"Effect":"Allow","Action":["s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::*/out/*"}]})";

class RoleObjectsTest : public testing::Test {
 protected:
  RoleObjectsTest() {
    MakeBucket("bucket", "us-east-1");
    MakeBucket("far", "eu-west-1");
    for (const char* key : {"in/a", "in/b/c", "in/folder/", "secret/x", "out/old"}) Put("bucket", key);
    Put("far", "in/a");
    role_ = MakeRole("limited", kTrust, kPolicy);
  }

  void MakeBucket(const std::string& name, const std::string& region) {
    objects::Bucket bucket;
    bucket.account = identity::kDefaultAccount;
    bucket.region = region;
    bucket.name = name;
    world_.objects().CreateBucket(bucket);
  }
  void Put(const std::string& bucket, const std::string& key) {
    auto writer = world_.objects().Write(bucket, key, {}, {});
    writer->Append("bytes of " + key);
    writer->Commit();
  }
  std::string MakeRole(const std::string& name, const char* trust, const char* policy) {
    wire::OperationTable operations;
    identity::AddIamOperations(operations, world_.context().identity);
    const wire::Api iam(operations, world_.context().identity);
    const wire::Principal root{.account = "123456789012",
                               .arn = "arn:aws:iam::123456789012:root",
                               .identity_arn = "arn:aws:iam::123456789012:root"};
    const Json made = iam.Call(root, "us-east-1", "iam", "CreateRole",
                               JsonObject{{"RoleName", name}, {"AssumeRolePolicyDocument", trust}});
    iam.Call(root, "us-east-1", "iam", "PutRolePolicy",
             JsonObject{{"RoleName", name}, {"PolicyName", "p"}, {"PolicyDocument", policy}});
    return GetString(made.at("Role"), "Arn");
  }

  RoleObjects Objects(const std::string& source = kSource) const {
    return {world_.context(), role_, "SageMaker", source};
  }
  static std::string ErrorOf(const std::function<void()>& act) {
    try {
      act();
    } catch (const Error& error) {
      return std::string(error.kind().code) + ": " + error.what();
    }
    return "";
  }
  // The same object by every way to read it.
  std::vector<std::string> ErrorsOfReading(const S3Uri& object) const {
    const RoleObjects objects = Objects();
    const Path target = directory_.path() / "target";
    std::vector<std::string> errors{ErrorOf([&] { objects.Read(object); }),
                                    ErrorOf([&] { objects.Link(object, target, {}); }),
                                    ErrorOf([&] { objects.Copy(object, target, {}); })};
    EXPECT_FALSE(std::filesystem::exists(target));
    return errors;
  }
  FileDescriptor File(const std::string& bytes) const {
    const Path path = directory_.path() / "file";
    WriteFileDurably(path, bytes);
    return OpenFile(path, O_RDONLY);
  }
  bool IsThere(const std::string& key) { return world_.objects().Find("bucket", key).has_value(); }

  ControllerWorld world_;
  TemporaryDirectory directory_;
  std::string role_;
};

TEST_F(RoleObjectsTest, ReadWhatTheRoleMay) {
  const RoleObjects objects = Objects();
  EXPECT_EQ(objects.Read({"bucket", "in/a"}), "bytes of in/a");
  EXPECT_TRUE(objects.Exists({"bucket", "in/a"}));
  EXPECT_FALSE(objects.Exists({"bucket", "in/none"}));
  objects.Link({"bucket", "in/a"}, directory_.path() / "linked", {});
  EXPECT_EQ(ReadFile(directory_.path() / "linked"), "bytes of in/a");
  EXPECT_EQ(objects.Copy({"bucket", "in/a"}, directory_.path() / "copied", {}), 13);
  EXPECT_EQ(ReadFile(directory_.path() / "copied"), "bytes of in/a");
}

// The object itself, which others read, stays as it is.
TEST_F(RoleObjectsTest, CopyGivesAFileThatMayBeChanged) {
  Objects().Copy({"bucket", "in/a"}, directory_.path() / "copy", {});
  WriteAll(OpenFile(directory_.path() / "copy", O_WRONLY | O_TRUNC).get(), "changed");
  EXPECT_EQ(Objects().Read({"bucket", "in/a"}), "bytes of in/a");
}

TEST_F(RoleObjectsTest, CopyTakesNoMoreThanThereIsRoomFor) {
  const Path target = directory_.path() / "copy";
  EXPECT_EQ(Objects().Copy({"bucket", "in/a"}, target, {}, 13), 13);
  std::filesystem::remove(target);
  EXPECT_EQ(
      ErrorOf([&] { Objects().Copy({"bucket", "in/a"}, target, {}, 12); }),
      "ValidationException: Unable to download object s3://bucket/in/a (ValidationException: it has 13 bytes, and "
      "the volume has room for 12; raise VolumeSizeInGB)");
  EXPECT_FALSE(std::filesystem::exists(target));
}

class EncryptedRoleObjects : public RoleObjectsTest {
 protected:
  EncryptedRoleObjects() {
    world_.objects().SetBucketConfiguration("bucket", std::string(objects::kBucketEncryption), Default("key"));
    Objects().Put({"bucket", "out/a"}, File("13 bytes long"), {});
    const std::string policy = Replaced(Replaced(kPolicy, "/in/*\"}", "/*\"}"), "\"in/*\"", "\"*\"");
    role_ = MakeRole("reader", kTrust, policy.c_str());
  }
  static Json Default(std::string_view key) {
    return JsonObject{
        {"Rules", JsonArray{JsonObject{{"ApplyServerSideEncryptionByDefault",
                                        JsonObject{{"SSEAlgorithm", "aws:kms"}, {"KMSMasterKeyID", key}}}}}}};
  }
  const S3Uri object_{"bucket", "out/a"};
};

TEST_F(EncryptedRoleObjects, AreWrittenAsTheBucketSaysAndReadDecrypted) {
  const auto stored = world_.objects().Find("bucket", "out/a");
  EXPECT_EQ(stored->encryption.kms_key, "arn:aws:kms:us-east-1:123456789012:key/key");
  EXPECT_FALSE(stored->encryption.IsStoredPlain());
  EXPECT_EQ(Objects().Read(object_), "13 bytes long");
  EXPECT_EQ(Objects().Link(object_, directory_.path() / "linked", {}), 13);
  EXPECT_EQ(ReadFile(directory_.path() / "linked"), "13 bytes long");
  EXPECT_EQ(Objects().Copy(object_, directory_.path() / "copied", {}), 13);
  EXPECT_EQ(ReadFile(directory_.path() / "copied"), "13 bytes long");
}

TEST_F(EncryptedRoleObjects, TakeTheirRoomOfTheVolume) {
  EXPECT_THAT(ErrorOf([&] { Objects().Link(object_, directory_.path() / "linked", {}, 12); }),
              HasSubstr("the volume has room for 12"));
  EXPECT_EQ(Objects().Link({"bucket", "in/a"}, directory_.path() / "plain", {}, 0), 0) << "is shared";
}

TEST_F(EncryptedRoleObjects, OfAChannelTakeTheirRoomTogether) {
  Objects().Put({"bucket", "out/b"}, File("10 bytes.."), {});
  const Json source{{"S3DataType", "S3Prefix"}, {"S3Uri", "s3://bucket/out/"}};
  const Path channel = directory_.path() / "channel";
  InputLimits limits{23};
  LinkObjects(Objects(), source, channel, limits);
  EXPECT_EQ(limits.bytes_left, 0);
  limits.bytes_left = 22;
  EXPECT_THAT(ErrorOf([&] { LinkObjects(Objects(), source, channel, limits); }), HasSubstr("has room for 9"));
}

TEST_F(EncryptedRoleObjects, AreKeptFromRolesThatMayNotUseTheKey) {
  world_.kms().denied.insert(Objects().principal().arn);
  for (const std::string& error : ErrorsOfReading(object_)) EXPECT_THAT(error, HasSubstr("AccessDenied")) << error;
  EXPECT_THAT(ErrorOf([&] { Objects().CheckPut({"bucket", "out/b"}); }), HasSubstr("AccessDenied"));
  EXPECT_THAT(ErrorOf([&] { Objects().Put({"bucket", "out/b"}, File("x"), {}); }), HasSubstr("AccessDenied"));
  EXPECT_FALSE(IsThere("out/b"));
}

TEST_F(RoleObjectsTest, StopWhenTheServerDoes) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(ErrorOf([&] { Objects().Copy({"bucket", "in/a"}, directory_.path() / "copy", stop.get_token()); }),
              HasSubstr("ServiceUnavailable: "));
}

TEST_F(RoleObjectsTest, DoNotReadWhatTheRoleMayNot) {
  for (const std::string& error : ErrorsOfReading({"bucket", "secret/x"})) {
    EXPECT_THAT(error,
                testing::StartsWith("AccessDenied: Unable to download object s3://bucket/secret/x (AccessDenied: "));
    EXPECT_THAT(error,
                HasSubstr("assumed-role/limited/SageMaker is not authorized to perform: s3:GetObject on resource: "
                          "\"arn:aws:s3:::bucket/secret/x\""));
  }
  // Nor do they tell whether it is there.
  for (const char* key : {"secret/x", "secret/none"}) {
    EXPECT_THAT(ErrorOf([&] { Objects().Exists({"bucket", key}); }),
                HasSubstr(std::string("Unable to look at object s3://bucket/") + key + " (AccessDenied: "));
  }
}

TEST_F(RoleObjectsTest, ListWhatTheRoleMay) {
  std::vector<std::string> keys;
  for (const RoleObject& object : Objects().List({"bucket", "in/"})) {
    keys.push_back(object.key);
    EXPECT_EQ(object.size, static_cast<std::int64_t>(("bytes of " + object.key).size()));
  }
  EXPECT_THAT(keys, testing::ElementsAre("in/a", "in/b/c", "in/folder/"));
  EXPECT_TRUE(Objects().List({"bucket", "in/none"}).empty());
  for (const char* prefix : {"", "secret/", "in"}) {
    EXPECT_THAT(
        ErrorOf([&] { Objects().List({"bucket", prefix}); }),
        testing::StartsWith(std::string("AccessDenied: Unable to list objects under s3://bucket/") + prefix + " ("))
        << prefix;
  }
}

TEST_F(RoleObjectsTest, TakeAFoldersMarkerForNothing) {
  EXPECT_FALSE(Objects().HasAny({"bucket", "in/folder/"}));
  EXPECT_TRUE(Objects().HasAny({"bucket", "in/b"}));
  EXPECT_FALSE(Objects().HasAny({"bucket", "in/none"}));
}

TEST_F(RoleObjectsTest, WriteWhatTheRoleMay) {
  const RoleObjects objects = Objects();
  objects.CheckPut({"bucket", "out/new"});
  EXPECT_FALSE(IsThere("out/new"));
  objects.Put({"bucket", "out/new"}, File("made"), {});
  const auto made = world_.objects().Find("bucket", "out/new");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size, 4U);
  objects.Delete({"bucket", "out/old"});
  EXPECT_FALSE(IsThere("out/old"));
  objects.Delete({"bucket", "out/none"});
}

TEST_F(RoleObjectsTest, DoNotWriteWhatTheRoleMayNot) {
  const S3Uri object{"bucket", "in/a"};
  const std::string denied = "AccessDenied: Unable to upload file to s3://bucket/in/a (AccessDenied: ";
  EXPECT_THAT(ErrorOf([&] { Objects().CheckPut(object); }), testing::StartsWith(denied));
  EXPECT_THAT(ErrorOf([&] { Objects().Put(object, File("x"), {}); }), testing::StartsWith(denied));
  EXPECT_THAT(ErrorOf([&] { Objects().Delete(object); }), HasSubstr("s3:DeleteObject"));
  EXPECT_EQ(Objects().Read(object), "bytes of in/a");
}

TEST_F(RoleObjectsTest, SayThatABucketOrObjectIsMissing) {
  for (const std::string& error : ErrorsOfReading({"none", "in/a"})) {
    EXPECT_THAT(error, testing::StartsWith("NoSuchBucket: Unable to download object s3://none/in/a (NoSuchBucket: "));
  }
  for (const std::string& error : ErrorsOfReading({"bucket", "in/none"})) {
    EXPECT_THAT(error, testing::StartsWith("NoSuchKey: Unable to download object s3://bucket/in/none (NoSuchKey: "));
  }
  EXPECT_THAT(ErrorOf([&] { Objects().List({"none", "in/"}); }), testing::StartsWith("NoSuchBucket: "));
  EXPECT_THAT(ErrorOf([&] { Objects().Put({"none", "out/x"}, File("x"), {}); }), testing::StartsWith("NoSuchBucket: "));
}

TEST_F(RoleObjectsTest, DoNotReachIntoAnotherRegion) {
  for (const std::string& error : ErrorsOfReading({"far", "in/a"})) {
    EXPECT_EQ(error,
              "BucketRegionError: Unable to download object s3://far/in/a (BucketRegionError: the bucket is in "
              "eu-west-1; it must be in the region of what uses it, us-east-1)");
  }
  EXPECT_THAT(ErrorOf([&] { Objects().Put({"far", "out/x"}, File("x"), {}); }), HasSubstr("BucketRegionError"));
  EXPECT_THAT(ErrorOf([&] { Objects().List({"far", "in/"}); }), HasSubstr("BucketRegionError"));
  EXPECT_EQ(Objects("arn:aws:sagemaker:eu-west-1:123456789012:training-job/j").Read({"far", "in/a"}), "bytes of in/a");
}

TEST_F(RoleObjectsTest, NeedARoleThatLetsSageMakerInForThatResource) {
  role_ = MakeRole("picky",
                   R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",
                       "Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole",
                       "Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sagemaker:*:*:endpoint/*"}}}})",
                   kPolicy);
  EXPECT_THAT(ErrorOf([&] { Objects(); }), HasSubstr("Could not assume role " + role_));
  EXPECT_EQ(Objects("arn:aws:sagemaker:us-east-1:123456789012:endpoint/e").Read({"bucket", "in/a"}), "bytes of in/a");
  role_ = "arn:aws:iam::123456789012:role/none";
  EXPECT_THAT(ErrorOf([&] { Objects(); }), HasSubstr("Could not assume role " + role_));
}

TEST(CanBeKey, IsS3sRuleForKeys) {
  EXPECT_TRUE(CanBeKey("a/b c\xc3\xa9"));
  EXPECT_TRUE(CanBeKey(std::string(1024, 'x')));
  EXPECT_FALSE(CanBeKey(std::string(1025, 'x')));
  EXPECT_FALSE(CanBeKey(""));
  EXPECT_FALSE(CanBeKey("\xff"));
}

}  // namespace
}  // namespace sagebrush::sagemaker
