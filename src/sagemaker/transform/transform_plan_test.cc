#include "sagemaker/transform/transform_plan.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kMegabyte = 1 << 20;

Json Spec(const JsonObject& more = {}) {
  JsonObject spec{{"TransformInput",
                   {{"DataSource", {{"S3DataSource", {{"S3DataType", "S3Prefix"}, {"S3Uri", "s3://b/in"}}}}},
                    {"SplitType", "Line"}}},
                  {"TransformOutput", {{"S3OutputPath", "s3://b/out"}}}};
  for (const auto& [name, value] : more) spec[name] = value;
  return spec;
}

// API_CreateTransformJob; your-algorithms-batch-code: the request, then /execution-parameters, then the default.
TEST(TransformPlan, TakesTheRequestThenTheContainerThenDefaults) {
  const Json said{{"MaxConcurrentTransforms", 8}, {"MaxPayloadInMB", 2}, {"BatchStrategy", "SINGLE_RECORD"}};
  const TransformPlan defaults = PlanOf(Spec(), {});
  EXPECT_EQ(defaults.concurrent_max, 1u);
  EXPECT_EQ(defaults.payload_max, 6 * kMegabyte);
  EXPECT_FALSE(defaults.single_record);
  EXPECT_EQ(defaults.time_max, std::chrono::seconds(600));
  EXPECT_EQ(defaults.retries_max, 3);
  const TransformPlan container = PlanOf(Spec(), said);
  EXPECT_EQ(container.concurrent_max, 8u);
  EXPECT_EQ(container.payload_max, 2 * kMegabyte);
  EXPECT_TRUE(container.single_record);
  const TransformPlan request =
      PlanOf(Spec({{"MaxConcurrentTransforms", 3},
                   {"MaxPayloadInMB", 5},
                   {"BatchStrategy", "MultiRecord"},
                   {"ModelClientConfig", {{"InvocationsTimeoutInSeconds", 9}, {"InvocationsMaxRetries", 0}}}}),
             said);
  EXPECT_EQ(request.concurrent_max, 3u);
  EXPECT_EQ(request.payload_max, 5 * kMegabyte);
  EXPECT_FALSE(request.single_record);
  EXPECT_EQ(request.time_max, std::chrono::seconds(9));
  EXPECT_EQ(request.retries_max, 0);
}

TEST(TransformPlan, IsNotMisledByWhatAContainerSays) {
  for (const Json& said :
       {Json(JsonArray{1}), Json("x"), Json{{"MaxConcurrentTransforms", "many"}, {"BatchStrategy", 1}},
        Json{{"MaxConcurrentTransforms", -1}, {"MaxPayloadInMB", -6}}}) {
    EXPECT_EQ(PlanOf(Spec(), said).concurrent_max, 1u);
    EXPECT_EQ(PlanOf(Spec(), said).payload_max, 6 * kMegabyte);
  }
  const Json much{{"MaxConcurrentTransforms", 1'000'000'000}, {"MaxPayloadInMB", 1'000'000'000'000}};
  EXPECT_EQ(PlanOf(Spec(), much).payload_max, 100 * kMegabyte);
  EXPECT_EQ(PlanOf(Spec(), much).concurrent_max, 1u);
}

TEST(TransformPlan, SendsAnInputAsItIsWherePayloadsHaveNoLimit) {
  const TransformPlan plan = PlanOf(Spec({{"MaxPayloadInMB", 0}}), {});
  EXPECT_EQ(plan.payload_max, std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(plan.split, SplitType::kNone);
  EXPECT_EQ(PlanOf(Spec({{"MaxPayloadInMB", 0}, {"BatchStrategy", "SingleRecord"}}), {}).split, SplitType::kLine);
}

TEST(CheckTransform, RefusesWhatCreateTransformJobDoesNotTake) {
  const auto refused = [](const JsonObject& more) {
    try {
      CheckTransform(Spec(more));
      return false;
    } catch (const Error&) {
      return true;
    }
  };
  EXPECT_FALSE(refused({{"MaxPayloadInMB", 100}, {"MaxConcurrentTransforms", 1}}));
  EXPECT_FALSE(refused({{"MaxPayloadInMB", 0}, {"MaxConcurrentTransforms", 100}}));
  EXPECT_TRUE(refused({{"MaxPayloadInMB", 101}}));
  EXPECT_TRUE(refused({{"MaxPayloadInMB", 20}, {"MaxConcurrentTransforms", 6}}));
  EXPECT_TRUE(refused({{"MaxConcurrentTransforms", 101}}));
  EXPECT_TRUE(refused({{"TransformOutput", {{"S3OutputPath", "s3://b/out"}, {"Accept", "a\rb"}}}}));
  EXPECT_TRUE(refused({{"TransformOutput", {{"S3OutputPath", "https://example.com/out"}}}}));
  EXPECT_TRUE(refused(
      {{"TransformInput",
        {{"DataSource", {{"S3DataSource", {{"S3DataType", "AugmentedManifestFile"}, {"S3Uri", "s3://b/in"}}}}}}}}));
}

}  // namespace
}  // namespace sagebrush::sagemaker
