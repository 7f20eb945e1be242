#include "runtime/instance_types.h"

#include <gtest/gtest.h>

namespace sagebrush::runtime {
namespace {

constexpr std::int64_t kGiB = 1LL << 30;

struct Row {
  const char* name;
  double vcpus;
  std::int64_t gib;
  int gpus;
};

// https://aws.amazon.com/ec2/instance-types/ and https://aws.amazon.com/sagemaker/pricing/ (instance details).
class KnownInstance : public testing::TestWithParam<Row> {};

TEST_P(KnownInstance, HasWhatAwsGivesIt) {
  const auto type = FindInstanceType(GetParam().name);
  ASSERT_TRUE(type);
  EXPECT_EQ(type->vcpus, GetParam().vcpus);
  EXPECT_EQ(type->memory_bytes, GetParam().gib * kGiB);
  EXPECT_EQ(type->gpus, GetParam().gpus);
}

INSTANTIATE_TEST_SUITE_P(InstanceTypes, KnownInstance,
                         testing::Values(Row{"ml.m5.large", 2, 8, 0}, Row{"ml.m5.xlarge", 4, 16, 0},
                                         Row{"ml.m4.10xlarge", 40, 160, 0}, Row{"ml.c5.9xlarge", 36, 72, 0},
                                         Row{"ml.c4.8xlarge", 36, 60, 0}, Row{"ml.c5n.18xlarge", 72, 192, 0},
                                         Row{"ml.r5.24xlarge", 96, 768, 0}, Row{"ml.t2.medium", 2, 4, 0},
                                         Row{"ml.t3.xlarge", 4, 16, 0}, Row{"ml.c7i.48xlarge", 192, 384, 0},
                                         Row{"ml.m8g.medium", 1, 4, 0}, Row{"ml.g4dn.12xlarge", 48, 192, 4},
                                         Row{"ml.g4dn.16xlarge", 64, 256, 1}, Row{"ml.g5.48xlarge", 192, 768, 8},
                                         Row{"ml.g5.24xlarge", 96, 384, 4}, Row{"ml.g6e.xlarge", 4, 32, 1},
                                         Row{"ml.p3.2xlarge", 8, 61, 1}, Row{"ml.p4d.24xlarge", 96, 1152, 8},
                                         Row{"ml.c7i-flex.xlarge", 4, 8, 0}, Row{"ml.inf1.6xlarge", 24, 48, 0},
                                         Row{"ml.trn1.32xlarge", 128, 512, 0}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           for (char& c : name) {
                             if (c == '.' || c == '-') c = '_';
                           }
                           return name;
                         });

TEST(InstanceTypes, UnknownNamesHaveNothing) {
  for (const char* name : {"", "ml.", "m5.large", "ml.m5", "ml.m5.", "ml.m5.1xlarge", "ml.m5.0xlarge", "ml.zz9.large",
                           "ml.m5.largest", "ml.m5.99999999999xlarge", "local"}) {
    EXPECT_FALSE(FindInstanceType(name)) << name;
  }
}

}  // namespace
}  // namespace sagebrush::runtime
