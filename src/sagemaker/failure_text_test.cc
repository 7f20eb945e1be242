#include "sagemaker/failure_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace sagebrush::sagemaker {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TextForUser, IsTheTextOfAnErrorThatIsTheUsers) {
  EXPECT_EQ(TextForUser(Error(kValidation, "There is no object."), "job/a"), "There is no object.");
  EXPECT_EQ(TextForUser(Error(kServiceUnavailable, "The server's disk is full."), "job/a"),
            "The server's disk is full.");
}

TEST(TextForUser, SaysOfAnInternalFailureWhereTheOperatorReadsMore) {
  std::string text;
  try {
    for (const auto& entry : std::filesystem::directory_iterator("/var/lib/sagebrush-missing")) (void)entry;
  } catch (const std::exception& failure) {  // std::filesystem shows paths.
    EXPECT_THAT(failure.what(), HasSubstr("/var/lib"));
    text = TextForUser(failure, "training-job/a");
  }
  EXPECT_EQ(text,
            "We encountered an internal error. Please try again. The server's log tells more under training-job/a.");
  EXPECT_THAT(TextForUser(Error(kInternalFailure, "Cannot open /var/lib/x"), "a"), Not(HasSubstr("/var/lib")));
}

// FailureReason: type string, max 1024 in the service model; AWS counts characters.
TEST(FailureReasonText, HasAtMost1024CharactersCutBetweenThem) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "\u00e9";
  EXPECT_EQ(FailureReasonText(text).size(), 2048u);
  EXPECT_EQ(FailureReasonText(std::string(5000, '\xff')).size(), 1024u);
}

TEST(FailureReasonText, IsTextWhateverTheFailureFileHolds) {
  using namespace std::string_literals;
  EXPECT_EQ(FailureReasonText("\x1f\x8b\0caf\xe9"s), "\\x1f\\x8b\\x00caf\\xe9");
  EXPECT_TRUE(IsUtf8(FailureReasonText(std::string(1023, 'a') + "\xe3\x81")));
}

TEST(WithoutPathsBelow, NamesNoFileOfTheServer) {
  EXPECT_EQ(WithoutPathsBelow("The source /data/jobs/1/model for /opt/ml/model is gone: \"/data\".", "/data"),
            "The source (a file of the server) for /opt/ml/model is gone: \"(a file of the server)\".");
  EXPECT_EQ(WithoutPathsBelow("/data/a", "/data"), "(a file of the server)");
  EXPECT_EQ(WithoutPathsBelow("nothing of it", "/data"), "nothing of it");
  EXPECT_EQ(WithoutPathsBelow("no directory", ""), "no directory");
}

}  // namespace
}  // namespace sagebrush::sagemaker
