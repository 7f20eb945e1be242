#include "sagemaker/hosting/endpoint_variants.h"

#include <gtest/gtest.h>

namespace sagebrush::sagemaker {
namespace {

// Each becomes a workload's name in memory: a count of 2,000,000,000 once took all of it.
TEST(EndpointInstances, AreLimitedInNumber) {
  CheckInstanceCount("ml.m5.large", 100);
  try {
    CheckInstanceCount("ml.m5.large", 101);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kResourceLimitExceeded.code);
  }
}

TEST(EndpointVariants, ShowWhatServesAndWhatShall) {
  const Json desired =
      ParseJson(R"([{"VariantName": "a", "Weight": 2.5, "InstanceCount": 3, "Container": {"Image": "i"}}])");
  const Json serving =
      ParseJson(R"([{"VariantName": "a", "Weight": 1.0, "InstanceCount": 1, "Container": {"Image": "i"}}])");
  const JsonArray described = DescribeVariants(serving.as_array(), desired.as_array());
  EXPECT_EQ(GetInt(described[0], "CurrentInstanceCount"), 1);
  EXPECT_EQ(GetInt(described[0], "DesiredInstanceCount"), 3);
  EXPECT_EQ(GetDouble(described[0], "CurrentWeight"), 1.0);
  EXPECT_EQ(GetInt(DescribeVariants({}, desired.as_array())[0], "CurrentInstanceCount"), 0);
}

}  // namespace
}  // namespace sagebrush::sagemaker
