#include <gtest/gtest.h>

#include "sagemaker/controller_world.h"
#include "sagemaker/images/images.h"

namespace sagebrush::sagemaker {
namespace {

class ImageVersions : public testing::Test {
 protected:
  ImageVersions() {
    for (const char* name : {"Img", "img-2"}) {
      world_.Call("CreateImage", {{"ImageName", name}, {"RoleArn", world_.Role()}});
    }
  }
  std::string Create(JsonObject more = {}) {
    more["ImageName"] = "Img";
    more["BaseImage"] = "x/xgboost:1";
    if (!more.contains("ClientToken")) more["ClientToken"] = fmt::format("token-{}", ++tokens_);
    return GetString(world_.Call("CreateImageVersion", more), "ImageVersionArn")
        .substr(sizeof "arn:aws:sagemaker:us-east-1:123456789012");
  }
  Json Call(const std::string& operation, JsonObject more = {}) {
    more["ImageName"] = "Img";
    return world_.Call(operation, more);
  }
  std::int64_t Described(JsonObject more = {}) {
    return GetInt(Call("DescribeImageVersion", std::move(more)), "Version");
  }
  std::string AliasesNow(JsonObject more = {}) {
    return ToText(Call("ListAliases", std::move(more)).at("SageMakerImageVersionAliases"));
  }
  std::string ErrorOf(const std::string& operation, const JsonObject& input = {}) {
    try {
      Call(operation, input);
      return "";
    } catch (const Error& error) {
      return fmt::format("{}: {}", error.kind().code, error.what());
    }
  }

  ControllerWorld world_;
  int tokens_ = 0;
};

TEST_F(ImageVersions, AreNumberedAndNoNumberIsGivenTwice) {
  EXPECT_EQ(Create(), "image-version/img/1");
  EXPECT_EQ(Create(), "image-version/img/2");
  Call("DeleteImageVersion", {{"Version", 2}});
  EXPECT_EQ(Described(), 1);
  EXPECT_EQ(Create(), "image-version/img/3");
  EXPECT_EQ(Described(), 3);
  EXPECT_EQ(GetString(Call("DescribeImageVersion"), "ImageArn"), "arn:aws:sagemaker:us-east-1:123456789012:image/img");
}

TEST_F(ImageVersions, TheLatestIsTheHighestNumber) {
  for (int i = 1; i <= 10; ++i) Create();
  EXPECT_EQ(Described(), 10);
}

TEST_F(ImageVersions, ATokenMakesOne) {
  EXPECT_EQ(Create({{"ClientToken", "t"}}), "image-version/img/1");
  EXPECT_EQ(Create({{"ClientToken", "t"}}), "image-version/img/1");
  EXPECT_THROW(Create({{"ClientToken", "t"}, {"Horovod", true}}), Error);
  EXPECT_EQ(Create(), "image-version/img/2");
}

TEST_F(ImageVersions, AnAliasIsOfOneVersionAndMoves) {
  Create({{"Aliases", JsonArray{"stable", "old"}}});
  Create({{"Aliases", JsonArray{"stable"}}});
  EXPECT_EQ(Described({{"Alias", "stable"}}), 2);
  EXPECT_EQ(Described({{"Alias", "old"}}), 1);
  Call("UpdateImageVersion",
       {{"Version", 1}, {"AliasesToAdd", JsonArray{"stable", "new"}}, {"AliasesToDelete", JsonArray{"old"}}});
  EXPECT_EQ(Described({{"Alias", "stable"}}), 1);
  EXPECT_EQ(AliasesNow(), R"(["new","stable"])");
  EXPECT_EQ(AliasesNow({{"Version", 2}}), "[]");
  Call("UpdateImageVersion", {{"Version", 2}, {"AliasesToDelete", JsonArray{"stable"}}});  // It has none of that name.
  EXPECT_EQ(Described({{"Alias", "stable"}}), 1);
}

TEST_F(ImageVersions, AliasesGoWithTheirVersion) {
  Create({{"Aliases", JsonArray{"a"}}});
  Create({{"Aliases", JsonArray{"b"}}});
  Call("DeleteImageVersion", {{"Alias", "a"}});
  EXPECT_EQ(AliasesNow(), R"(["b"])");
  EXPECT_EQ(ErrorOf("DescribeImageVersion", {{"Version", 1}}),
            "ResourceNotFound: ImageVersion with ImageName Img and Version 1 does not exist. Please provide a valid "
            "Version.");
}

TEST_F(ImageVersions, AreNamedByNumberOrAliasAndNotByBoth) {
  Create({{"Aliases", JsonArray{"a"}}});
  for (const char* operation : {"UpdateImageVersion", "DeleteImageVersion"}) {
    EXPECT_EQ(ErrorOf(operation), "ValidationException: Version or Alias is required: say which version of the image.");
  }
  EXPECT_TRUE(ErrorOf("DescribeImageVersion", {{"Version", 1}, {"Alias", "a"}}).starts_with("ValidationException: "));
  EXPECT_TRUE(ErrorOf("ListAliases", {{"Version", 1}, {"Alias", "a"}}).starts_with("ValidationException: "));
}

TEST_F(ImageVersions, AliasesAreLimited) {
  JsonArray many;
  for (int i = 0; i < 1001; ++i) many.push_back(Json(fmt::format("a{}", i)));
  EXPECT_THROW(Create({{"Aliases", many}}), Error);
  many.pop_back();
  Create({{"Aliases", many}});
  EXPECT_TRUE(ErrorOf("UpdateImageVersion", {{"Version", 1}, {"AliasesToAdd", JsonArray{"one-more"}}})
                  .starts_with("ResourceLimitExceeded: "));
}

TEST_F(ImageVersions, AliasesComeInPages) {
  Create({{"Aliases", JsonArray{"c", "a", "b"}}});
  Create({{"Aliases", JsonArray{"ab"}}});
  const Json first = Call("ListAliases", {{"MaxResults", 1}, {"Version", 1}});
  EXPECT_EQ(ToText(first.at("SageMakerImageVersionAliases")), R"(["a"])");
  EXPECT_EQ(AliasesNow({{"Version", 1}, {"NextToken", first.at("NextToken")}}), R"(["b","c"])");
  EXPECT_FALSE(Call("ListAliases", {{"MaxResults", 4}}).as_object().contains("NextToken"));
  EXPECT_EQ(ErrorOf("ListAliases", {{"NextToken", "no token"}}), "ValidationException: Invalid NextToken.");
}

TEST_F(ImageVersions, GoWithTheirImage) {
  Create();
  world_.Call("CreateImageVersion", {{"ImageName", "img-2"}, {"BaseImage", "x/xgboost:1"}, {"ClientToken", "2"}});
  Call("DeleteImage");
  const auto left = world_.context().store.All(ImageVersionNoun().kind);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0]->key.name, "img-2/1");
  EXPECT_TRUE(
      ErrorOf("CreateImageVersion", {{"BaseImage", "x/xgboost:1"}}).starts_with("ResourceNotFound: The Image with "));
}

TEST_F(ImageVersions, AnImageThatIsNotThereIsRefused) {
  EXPECT_TRUE(ErrorOf("CreateImageVersion", {{"BaseImage", "x/nothing:1"}}).starts_with("ValidationException: "));
  EXPECT_TRUE(ErrorOf("DescribeImageVersion").starts_with("ResourceNotFound: Latest ImageVersion with ImageName Img "));
}

TEST_F(ImageVersions, AWriteThatFailsLeavesNoNumber) {
  world_.FailWrites(1);
  EXPECT_THROW(Create({{"Aliases", JsonArray{"a"}}}), Error);
  EXPECT_EQ(AliasesNow(), "[]");
  EXPECT_EQ(Create(), "image-version/img/1");
}

}  // namespace
}  // namespace sagebrush::sagemaker
