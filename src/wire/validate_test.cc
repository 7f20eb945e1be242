#include "wire/validate.h"

#include <gmock/gmock.h>

#include "wire/json_protocol.h"

namespace sagebrush::wire {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Shape Input(std::string_view operation, std::string_view service = "sagemaker") {
  return FindService(service)->FindOperation(operation)->input();
}

std::vector<std::string> Violations(std::string_view operation, std::string_view json) {
  return FindViolations(Input(operation), ParseJson(json));
}

// The wording is what AWS answers: https://github.com/aws-samples/aws-sagemaker-heart-disease-prediction/issues/1
// (enum), https://github.com/aws/sagemaker-python-sdk/issues/314 (map values), hashicorp/terraform-provider-aws#41023
// (list paths, several failures).

TEST(Validation, AcceptsAValidDocument) {
  EXPECT_THAT(Violations("DescribeTrainingJob", R"({"TrainingJobName":"job-1"})"), testing::IsEmpty());
}

TEST(Validation, NamesAMissingMember) {
  EXPECT_THAT(Violations("DescribeTrainingJob", "{}"),
              ElementsAre("Value null at 'trainingJobName' failed to satisfy constraint: Member must not be null"));
}

TEST(Validation, ShowsTheValueAndThePattern) {
  const Shape name = FindService("sagemaker")->FindShape("TrainingJobName");
  EXPECT_THAT(
      Violations("DescribeTrainingJob", R"({"TrainingJobName":"my_job"})"),
      ElementsAre("Value 'my_job' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular "
                  "expression pattern: " +
                  std::string(name.pattern())));
}

TEST(Validation, CountsCharactersNotBytes) {
  std::string name;
  for (int i = 0; i < 256; ++i) name += "\u00e9";
  EXPECT_THAT(
      FindViolations(Input("AddTags"), JsonObject{{"ResourceArn", "arn:aws:sagemaker:us-east-1:123456789012:model/m"},
                                                  {"Tags", JsonArray{JsonObject{{"Key", "k"}, {"Value", name}}}}}),
      testing::IsEmpty());
  name += "e";
  EXPECT_THAT(
      FindViolations(Input("AddTags"), JsonObject{{"ResourceArn", "arn:aws:sagemaker:us-east-1:123456789012:model/m"},
                                                  {"Tags", JsonArray{JsonObject{{"Key", "k"}, {"Value", name}}}}}),
      ElementsAre(HasSubstr("at 'tags.1.member.value' failed to satisfy constraint: Member must have length less "
                            "than or equal to 256")));
}

TEST(Validation, ListsTheValuesOfAnEnum) {
  EXPECT_THAT(Violations("ListTrainingJobs", R"({"SortOrder":"Up"})"),
              ElementsAre("Value 'Up' at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: "
                          "[Ascending, Descending]"));
}

TEST(Validation, ChecksTheRangeOfNumbers) {
  EXPECT_THAT(
      Violations("ListTrainingJobs", R"({"MaxResults":101})"),
      ElementsAre("Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or "
                  "equal to 100"));
  EXPECT_THAT(
      Violations("ListTrainingJobs", R"({"MaxResults":0})"),
      ElementsAre("Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or "
                  "equal to 1"));
}

TEST(Validation, CollectsAllFailuresWithTheirPaths) {
  const auto found = Violations("CreateTrainingJob", R"({
    "TrainingJobName": "job", "RoleArn": "arn:aws:iam::123456789012:role/SageMakerRole",
    "AlgorithmSpecification": {"TrainingInputMode": "Tape"},
    "InputDataConfig": [{"ChannelName": "a b", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix"}}}],
    "ResourceConfig": {"InstanceType": "ml.huge", "InstanceCount": 1, "VolumeSizeInGB": 0},
    "StoppingCondition": {}})");
  EXPECT_THAT(found, Contains(StartsWith("Value 'Tape' at 'algorithmSpecification.trainingInputMode' failed")));
  EXPECT_THAT(found, Contains(StartsWith("Value 'a b' at 'inputDataConfig.1.member.channelName' failed")));
  EXPECT_THAT(found,
              Contains("Value null at 'inputDataConfig.1.member.dataSource.s3DataSource.s3Uri' failed to satisfy "
                       "constraint: Member must not be null"));
  EXPECT_THAT(found,
              Contains(StartsWith("Value 'ml.huge' at 'resourceConfig.instanceType' failed to satisfy constraint: "
                                  "Member must satisfy enum value set: [ml.")));
  EXPECT_THAT(found,
              Contains("Value null at 'outputDataConfig' failed to satisfy constraint: Member must not be null"));
}

TEST(Validation, DescribesMapValuesAndListElementsAsWholes) {
  EXPECT_THAT(FindViolations(Input("CreateTrainingJob"),
                             JsonObject{{"HyperParameters", JsonObject{{"a", std::string(2501, 'x')}}}}),
              Contains(HasSubstr(
                  "at 'hyperParameters' failed to satisfy constraint: Map value must satisfy constraint: [Member must "
                  "have length less than or equal to 2500, Member must have length greater than or equal to 0, ")));
  EXPECT_THAT(FindViolations(Input("CreateTrainingJob"),
                             JsonObject{{"HyperParameters", JsonObject{{std::string(257, 'k'), "1"}}}}),
              Contains(HasSubstr(
                  "at 'hyperParameters' failed to satisfy constraint: Map keys must satisfy constraint: [Member must "
                  "have length less than or equal to 256")));
  EXPECT_THAT(Violations("CreateModel", R"({"VpcConfig":{"SecurityGroupIds":["sg 1"],"Subnets":["subnet-1"]}})"),
              Contains(HasSubstr(
                  "Value '[sg 1]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: Member must satisfy "
                  "constraint: [Member must have length less than or equal to 32, Member must have length")));
}

TEST(Validation, HidesSensitiveValues) {
  const Shape input = Input("GetSecretValue", "secretsmanager");
  const Shape put = Input("PutSecretValue", "secretsmanager");
  EXPECT_THAT(
      FindViolations(put, JsonObject{{"SecretId", "s"}, {"SecretString", ""}}),
      ElementsAre("Value at 'secretString' failed to satisfy constraint: Member must have length greater than or "
                  "equal to 1"));
  EXPECT_TRUE(input);
}

TEST(Validation, NullsInListsAndMapsAreRefused) {
  EXPECT_THAT(Violations("CreateModel", R"({"ModelName":"m","Tags":[null]})"), Contains(HasSubstr("at 'tags'")));
  EXPECT_THAT(Violations("CreateModel", R"({"ModelName":"m","PrimaryContainer":{"Environment":{"A":null}}})"),
              Contains(HasSubstr("Map value must satisfy constraint")));
}

TEST(Validation, CountsTheFailuresInTheMessage) {
  try {
    CheckConstraints(Input("AddTags"), JsonObject());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, "ValidationException");
    EXPECT_THAT(error.what(), StartsWith("2 validation errors detected: Value null at 'resourceArn' failed to satisfy "
                                         "constraint: Member must not be null; Value null at 'tags'"));
  }
}

TEST(Validation, UsesEachServicesOwnCode) {
  // CloudWatch Logs answers InvalidParameterException, the query services ValidationError.
  EXPECT_EQ(InvalidInputKind(*FindService("logs")).code, "InvalidParameterException");
  EXPECT_EQ(InvalidInputKind(*FindService("iam")).code, "ValidationError");
  EXPECT_EQ(InvalidInputKind(*FindService("sagemaker")).code, "ValidationException");
}

}  // namespace
}  // namespace sagebrush::wire
