#include "sagemaker/failure_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(WithoutPathsBelow, NamesNoFileOfTheServer) {
  EXPECT_EQ(WithoutPathsBelow("The source /data/jobs/1/model for /opt/ml/model is gone: \"/data\".", "/data"),
            "The source (a file of the server) for /opt/ml/model is gone: \"(a file of the server)\".");
  EXPECT_EQ(WithoutPathsBelow("/data/a", "/data"), "(a file of the server)");
  EXPECT_EQ(WithoutPathsBelow("nothing of it", "/data"), "nothing of it");
  EXPECT_EQ(WithoutPathsBelow("no directory", ""), "no directory");
}

}  // namespace
}  // namespace sagebrush::sagemaker
