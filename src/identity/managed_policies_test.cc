#include "identity/managed_policies.h"

#include <set>

#include <gtest/gtest.h>

#include "identity/condition_keys.h"
#include "identity/policy.h"

namespace sagebrush::identity {
namespace {

TEST(ManagedPolicies, AllCanBeReadAndAskForKnownKeys) {
  for (const auto& policy : ManagedPolicies()) {
    const auto read = Policy::Parse(policy.document, PolicyType::kIdentity);
    for (const auto& statement : read->statements()) EXPECT_FALSE(statement.never) << policy.name;
    EXPECT_EQ(FindManagedPolicy(policy.arn), &policy);
  }
}

TEST(ManagedPolicies, HaveIdsOfTheirOwn) {
  std::set<std::string> ids;
  for (const auto& policy : ManagedPolicies()) {
    EXPECT_EQ(policy.Id().size(), 21u);
    EXPECT_TRUE(ids.insert(policy.Id()).second) << policy.name;
  }
}

// docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol.html and the pages below it.
TEST(ManagedPolicies, ThereAreThoseThatSageMakersPagesName) {
  for (const char* const name : {"AmazonSageMakerFullAccess",
                                 "AmazonSageMakerReadOnly",
                                 "AmazonSageMakerCanvasFullAccess",
                                 "AmazonSageMakerCanvasDataPrepFullAccess",
                                 "AmazonSageMakerCanvasAIServicesAccess",
                                 "AmazonSageMakerCanvasBedrockAccess",
                                 "service-role/AmazonSageMakerCanvasForecastAccess",
                                 "service-role/AmazonSageMakerCanvasDirectDeployAccess",
                                 "AmazonSageMakerClusterInstanceRolePolicy",
                                 "AmazonSageMakerFeatureStoreAccess",
                                 "service-role/AmazonSageMakerGeospatialFullAccess",
                                 "service-role/AmazonSageMakerGeospatialExecutionRole",
                                 "AmazonSageMakerGroundTruthExecution",
                                 "AmazonSageMakerModelGovernanceUseAccess",
                                 "AmazonSageMakerModelRegistryFullAccess",
                                 "aws-service-role/AmazonSageMakerNotebooksServiceRolePolicy",
                                 "AmazonSageMakerPartnerAppsFullAccess",
                                 "AmazonSageMakerPipelinesIntegrations",
                                 "AmazonSageMakerTrainingPlanCreateAccess",
                                 "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy",
                                 "AmazonSageMakerMechanicalTurkAccess"}) {
    EXPECT_NE(FindManagedPolicy(std::string("arn:aws:iam::aws:policy/") + name), nullptr) << name;
  }
}

}  // namespace
}  // namespace sagebrush::identity
