#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"

namespace sagebrush::sagemaker {
namespace {

constexpr char kSecret[] = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s";

TEST(CodeRepository, KeepsItsUrlWhenTheSecretIsUpdated) {
  ControllerWorld world;
  world.Call("CreateCodeRepository",
             {{"CodeRepositoryName", "r"},
              {"GitConfig", {{"RepositoryUrl", "https://example.com/r.git"}, {"Branch", "main"}}}});
  world.Call("UpdateCodeRepository", {{"CodeRepositoryName", "r"}, {"GitConfig", {{"SecretArn", kSecret}}}});
  const Json config = world.Call("DescribeCodeRepository", {{"CodeRepositoryName", "r"}}).at("GitConfig");
  const Json expected{{"RepositoryUrl", "https://example.com/r.git"}, {"Branch", "main"}, {"SecretArn", kSecret}};
  EXPECT_EQ(config, expected);
}

TEST(CodeRepository, AreListedByNameAtFirst) {
  ControllerWorld world;
  for (const char* name : {"b", "c", "a"}) {
    world.Call("CreateCodeRepository",
               {{"CodeRepositoryName", name}, {"GitConfig", {{"RepositoryUrl", "https://example.com/r.git"}}}});
  }
  std::string names;
  const Json listed = world.Call("ListCodeRepositories", {});
  for (const Json& one : listed.at("CodeRepositorySummaryList").as_array())
    names += GetString(one, "CodeRepositoryName");
  EXPECT_EQ(names, "abc");
}

}  // namespace
}  // namespace sagebrush::sagemaker
