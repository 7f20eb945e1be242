#include "sagemaker/s3_uri.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

// S3's endpoints as docs.aws.amazon.com/general/latest/gr/s3.html and AmazonS3/latest/userguide/VirtualHosting.html
// name them, the old ones with a dash included.
TEST(S3Uri, IsReadFromEveryFormOfAnAddress) {
  const S3Uri expected{"my-bucket", "a/b.tar.gz"};
  for (const char* text : {
           "s3://my-bucket/a/b.tar.gz",
           "https://s3.amazonaws.com/my-bucket/a/b.tar.gz",
           "https://s3.us-east-1.amazonaws.com/my-bucket/a/b.tar.gz",
           "https://s3-us-west-2.amazonaws.com/my-bucket/a/b.tar.gz",
           "https://s3.dualstack.eu-west-1.amazonaws.com/my-bucket/a/b.tar.gz",
           "https://s3.cn-north-1.amazonaws.com.cn/my-bucket/a/b.tar.gz",
           "https://my-bucket.s3.amazonaws.com/a/b.tar.gz",
           "https://my-bucket.s3.us-east-1.amazonaws.com/a/b.tar.gz",
           "https://my-bucket.s3-us-west-2.amazonaws.com/a/b.tar.gz",
           "https://my-bucket.s3.dualstack.us-east-1.amazonaws.com/a/b.tar.gz",
       }) {
    EXPECT_EQ(ParseS3Uri(text, "ModelDataUrl"), expected) << text;
  }
}

TEST(S3Uri, TakesBucketsWithDotsAndAddressesWithoutAKey) {
  EXPECT_EQ(ParseS3Uri("https://my.s3.bucket.s3.us-east-1.amazonaws.com/k", "U"), (S3Uri{"my.s3.bucket", "k"}));
  EXPECT_EQ(ParseS3Uri("s3://b", "U"), (S3Uri{"b", ""}));
  EXPECT_EQ(ParseS3Uri("s3://b/", "U"), (S3Uri{"b", ""}));
  EXPECT_EQ(ParseS3Uri("https://b.s3.amazonaws.com", "U"), (S3Uri{"b", ""}));
}

TEST(S3Uri, DecodesTheKeysOfWebAddressesOnly) {
  EXPECT_EQ(ParseS3Uri("https://s3.amazonaws.com/b/a%20b%2Bc+%C3%A9", "U").key, "a b+c+\u00e9");
  EXPECT_EQ(ParseS3Uri("s3://b/a%20b+c?d#e", "U").key, "a%20b+c?d#e");
}

TEST(S3Uri, RefusesWhatIsNoAddressOfS3) {
  for (const char* text :
       {"", "s3:/b/k", "s3://", "s3:///k", "http://s3.amazonaws.com/b/k", "https://s3.amazonaws.com",
        "https://s3.amazonaws.com//k", "https://example.com/b/k", "https://s3.amazonaws.com.example.com/b/k",
        "https://s3.evil-amazonaws.com/b/k", "https://sagemaker.us-east-1.amazonaws.com/b/k",
        "https://s3.amazonaws.com/b/k?versionId=1", "/b/k", "https://.s3.amazonaws.com/k"}) {
    EXPECT_THROW(ParseS3Uri(text, "S3Uri"), Error) << text;
  }
}

TEST(S3Uri, NamesTheMemberThatIsWrong) {
  try {
    ParseS3Uri("b/k", "OutputDataConfig.S3OutputPath");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("OutputDataConfig.S3OutputPath is \"b/k\""));
  }
}

TEST(S3Uri, HasOneSlashBetweenPrefixAndName) {
  EXPECT_EQ((S3Uri{"b", "a"} / "n").key, "a/n");
  EXPECT_EQ((S3Uri{"b", "a/"} / "n").key, "a/n");
  EXPECT_EQ((S3Uri{"b", ""} / "n").key, "n");
}

}  // namespace
}  // namespace sagebrush::sagemaker
