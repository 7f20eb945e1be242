// docs.aws.amazon.com/sagemaker/latest/APIReference/API_Filter.html, API_SearchExpression.html and
// API_NestedFilters.html
#include "sagemaker/search/search_expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sagemaker/search/property.h"
#include "sagemaker/training/training.h"

namespace sagebrush::sagemaker {
namespace {

wire::Shape TrainingJobs() { return wire::FindService("sagemaker")->FindShape("TrainingJob"); }

const Json& Record() {
  static const Json record = ParseJson(R"({
    "TrainingJobName": "Churn-1", "TrainingJobStatus": "Completed", "CreationTime": 1700000000,
    "BillableTimeInSeconds": 60, "EnableManagedSpotTraining": false,
    "HyperParameters": {"eta": "0.5", "a.b": "x", "objective": "binary:logistic"},
    "FinalMetricDataList": [{"MetricName": "validation:auc", "Value": 0.9}, {"MetricName": "a.b", "Value": 2}],
    "Tags": [{"Key": "team", "Value": "red"}, {"Key": "a.b", "Value": ""}],
    "InputDataConfig": [
      {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://x/1", "S3DataType": "S3Prefix"}}},
      {"ChannelName": "test", "DataSource": {"S3DataSource": {"S3Uri": "s3://y/2", "S3DataType": "ManifestFile"}}}]
  })");
  return record;
}

bool Finds(const std::string& expression) {
  return SearchExpression(ParseJson(expression), TrainingJobs()).Holds(Record());
}

bool FindsOne(const std::string& name, const std::string& op, const std::string& value = "") {
  JsonObject filter{{"Name", name}, {"Operator", op}};
  if (!value.empty()) filter["Value"] = value;
  return Finds(ToText(JsonObject{{"Filters", JsonArray{std::move(filter)}}}));
}

std::string ErrorOf(const std::string& expression) {
  try {
    Finds(expression);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(SearchFilter, ComparesAsThePropertysType) {
  struct Row {
    const char *name, *op, *value;
    bool holds;
  };
  const Row rows[] = {
      {"TrainingJobName", "Equals", "Churn-1", true},
      {"TrainingJobName", "Equals", "churn-1", false},
      {"TrainingJobName", "NotEquals", "other", true},
      {"TrainingJobName", "Contains", "urn", true},
      {"TrainingJobName", "In", "a,Churn-1", true},
      {"TrainingJobName", "In", "a,b", false},
      {"BillableTimeInSeconds", "Equals", "60.0", true},
      {"BillableTimeInSeconds", "GreaterThan", "59", true},
      {"BillableTimeInSeconds", "LessThanOrEqualTo", "60", true},
      {"BillableTimeInSeconds", "LessThan", "60", false},
      {"EnableManagedSpotTraining", "Equals", "false", true},
      {"CreationTime", "GreaterThanOrEqualTo", "2023-11-14T22:13:20", true},
      {"CreationTime", "GreaterThan", "2023-11-14T22:13:20", false},
      {"Metrics.validation:auc", "GreaterThan", "0.8", true},
      {"Metrics.a.b", "Equals", "2", true},
      {"Metrics.none", "GreaterThan", "0.8", false},
      {"HyperParameters.eta", "LessThan", "0.6", true},
      {"HyperParameters.eta", "LessThan", "0.5", false},
      {"HyperParameters.eta", "GreaterThan", "0", false},  // Beside an integer it counts as 0.
      {"HyperParameters.a.b", "Equals", "x", true},
      {"HyperParameters.objective", "GreaterThan", "1", false},
      {"Tags.team", "Equals", "red", true},
      {"Tags.team", "NotEquals", "red", false},
      {"Tags.other", "NotEquals", "red", true},
      {"InputDataConfig.DataSource.S3DataSource.S3Uri", "Contains", "y/2", true},
  };
  for (const auto& [name, op, value, holds] : rows) EXPECT_EQ(FindsOne(name, op, value), holds) << name << " " << op;
}

TEST(SearchFilter, AsksWhetherAPropertyIsThere) {
  EXPECT_TRUE(FindsOne("Tags.a.b", "Exists"));
  EXPECT_FALSE(FindsOne("FailureReason", "Exists"));
  EXPECT_TRUE(FindsOne("FailureReason", "NotExists"));
  EXPECT_TRUE(Finds(R"({"Filters": [{"Name": "Tags.team"}]})"));
  EXPECT_TRUE(Finds(R"({"Filters": [{"Name": "Tags.team", "Value": "red"}]})"));
}

TEST(SearchExpression, JoinsItsParts) {
  const std::string yes = R"({"Name": "Tags.team"})", no = R"({"Name": "Tags.none"})";
  EXPECT_FALSE(Finds(R"({"Filters": [)" + yes + "," + no + "]}"));
  EXPECT_TRUE(Finds(R"({"Operator": "Or", "Filters": [)" + yes + "," + no + "]}"));
  EXPECT_TRUE(Finds(R"({"Filters": [)" + yes + R"(], "SubExpressions": [{"Operator": "Or", "Filters": [)" + no + "," +
                    yes + "]}]}"));
  EXPECT_FALSE(Finds(R"({"Filters": [)" + yes + R"(], "SubExpressions": [{"Filters": [)" + no + "]}]}"));
  EXPECT_TRUE(Finds("{}"));
}

// All of a nested filter's conditions are met by one and the same element.
TEST(SearchExpression, NestedFiltersAreOfOneElement) {
  const auto nested = [](const std::string& uri, const std::string& type) {
    return R"({"NestedFilters": [{"NestedPropertyName": "InputDataConfig", "Filters": [
        {"Name": "InputDataConfig.DataSource.S3DataSource.S3Uri", "Operator": "Contains", "Value": ")" +
           uri + R"("},
        {"Name": "DataSource.S3DataSource.S3DataType", "Operator": "Equals", "Value": ")" +
           type + R"("}]}]})";
  };
  EXPECT_TRUE(Finds(nested("s3://x", "S3Prefix")));
  EXPECT_FALSE(Finds(nested("s3://x", "ManifestFile")));
}

TEST(SearchExpression, SaysWhatIsWrong) {
  EXPECT_THAT(ErrorOf(R"({"Filters": [{"Name": "Nonsense"}]})"),
              testing::StartsWith("Unknown property name: Nonsense"));
  EXPECT_THAT(ErrorOf(R"({"Filters": [{"Name": "CreationTime", "Operator": "LessThan", "Value": "x"}]})"),
              testing::HasSubstr("YYYY"));
  EXPECT_THAT(ErrorOf(R"({"Filters": [{"Name": "TrainingJobName", "Operator": "LessThan", "Value": "x"}]})"),
              testing::HasSubstr("texts have no order"));
  EXPECT_THAT(ErrorOf(R"({"Filters": [{"Name": "TrainingJobName", "Operator": "Equals"}]})"),
              testing::HasSubstr("needs a Value"));
  EXPECT_THAT(ErrorOf(R"({"Filters": [{"Name": "TrainingJobName", "Operator": "Exists", "Value": "x"}]})"),
              testing::HasSubstr("takes no Value"));
  std::string many = R"({"Filters": [{"Name": "Tags.a"})";
  for (int i = 0; i < 100; ++i) many += R"(, {"Name": "Tags.a"})";
  EXPECT_THAT(ErrorOf(many + "]}"), testing::HasSubstr("more than 100 conditions"));
}

// What is known in memory rules out only what the document rules out.
TEST(SearchExpression, MayHoldWhereverItHolds) {
  const std::vector<store::Attribute> attributes{{"Tags.team", "red"}, {"Tags.a.b", ""}};
  const store::Outline outline{"churn-1", "Completed", Time{1'700'000'000'000}, Time{1'700'000'000'000}, attributes};
  const std::pair<const char*, const char*> conditions[] = {{"TrainingJobName", "Churn-1"},
                                                            {"TrainingJobName", "other"},
                                                            {"TrainingJobStatus", "Completed"},
                                                            {"TrainingJobStatus", "Failed"},
                                                            {"Tags.team", "red"},
                                                            {"Tags.team", "blue"},
                                                            {"Tags.none", "x"},
                                                            {"HyperParameters.eta", "1"}};
  for (const auto& [name, value] : conditions) {
    for (const char* op : {"Equals", "NotEquals", "Contains", "In"}) {
      const Json filter{{"Name", name}, {"Operator", op}, {"Value", value}};
      for (const char* joined : {"And", "Or"}) {
        const Json text{{"Filters", JsonArray{filter, {{"Name", "TrainingJobName"}}}}, {"Operator", joined}};
        const SearchExpression expression(text, TrainingJobs());
        EXPECT_TRUE(!expression.Holds(Record()) || expression.MayHold(TrainingJobNoun(), outline)) << ToText(text);
      }
    }
  }
  const Json other{{"Filters", JsonArray{{{"Name", "Tags.team"}, {"Value", "blue"}}}}};
  EXPECT_FALSE(SearchExpression(other, TrainingJobs()).MayHold(TrainingJobNoun(), outline));
}

TEST(Properties, AreNamedByTheModelAndByRecords) {
  const std::vector<std::string> names = PropertyNames(TrainingJobs());
  EXPECT_THAT(names, testing::IsSupersetOf({"TrainingJobName", "InputDataConfig.DataSource.S3DataSource.S3Uri"}));
  EXPECT_THAT(PropertyNames(Record()),
              testing::IsSupersetOf({"Tags.team", "HyperParameters.eta", "Metrics.validation:auc"}));
}

}  // namespace
}  // namespace sagebrush::sagemaker
