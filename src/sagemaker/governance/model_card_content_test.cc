#include "sagemaker/governance/model_card_content.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

std::string WhyRefused(const std::string& content) {
  try {
    ReadModelCardContent(content);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kValidation.code);
    return error.what();
  }
}

TEST(ModelCardContent, MayHaveEveryPartOfTheSchema) {
  EXPECT_EQ(WhyRefused("{}"), "");
  EXPECT_EQ(WhyRefused(R"({
    "model_overview": {"model_id": "m", "model_name": "n", "model_version": 2, "model_artifact": ["s3://b/m"],
                       "inference_environment": {"container_image": ["i"]}},
    "model_package_details": {"model_package_arn": "a", "model_package_group_name": "g", "model_package_version": 1,
                              "created_by": {"user_profile_name": "u"}, "source_algorithms": [{"algorithm_name": "x"}]},
    "intended_uses": {"purpose_of_model": "p", "risk_rating": "Low"},
    "business_details": {"line_of_business": "l"},
    "training_details": {"objective_function": {"function": {"function": "Maximize"}, "notes": "n"},
                         "training_job_details": {"training_metrics": [{"name": "auc", "value": 0.9}],
                                                  "hyper_parameters": [{"name": "eta", "value": "0.1"}]}},
    "evaluation_details": [{"name": "e", "metadata": {"a.b": "c"}, "metric_groups": [
        {"name": "g", "metric_data": [{"name": "m", "type": "bar_chart", "value": [1, 2], "x_axis_name": ["a", "b"]}]}]}],
    "additional_information": {"custom_details": {"any name": "v"}}})"),
            "");
}

TEST(ModelCardContent, WhatIsNoneIsRefusedByItsPlace) {
  const std::pair<const char*, const char*> kRefused[] = {
      {"", "Content is not JSON"},
      {"{", "Content is not JSON"},
      {"[]", "it must be an object"},
      {"\"text\"", "it must be an object"},
      {R"({"unknown": 1})", "it has no member unknown"},
      {R"({"model_overview": []})", "model_overview must be an object"},
      {R"({"model_overview": {"nonsense": 1}})", "model_overview has no member nonsense"},
      {R"({"model_overview.model_id": "m"})", "it has no member model_overview.model_id"},
      {R"({"model_overview": {"model_artifact[]": "m"}})", "model_overview has no member model_artifact[]"},
      {R"({"model_overview": {"model_id": 1}})", "model_overview.model_id must be a text"},
      {R"({"model_overview": {"model_version": "1"}})", "model_overview.model_version must be a number"},
      {R"({"intended_uses": {"risk_rating": "Huge"}})", "intended_uses.risk_rating must be High|Medium|Low|Unknown"},
      {R"({"evaluation_details": {}})", "evaluation_details must be a list"},
      {R"({"evaluation_details": [{}]})", "evaluation_details[].name is required"},
      {R"({"additional_information": {"custom_details": {"a": 1}}})", "custom_details.* must be a text"},
  };
  for (const auto& [content, why] : kRefused) EXPECT_NE(WhyRefused(content).find(why), std::string::npos) << content;
}

TEST(ModelCardContent, TextsAreMeasuredInCharacters) {
  const auto card = [](std::size_t count) {
    std::string snow;
    for (std::size_t i = 0; i < count; ++i) snow += "\u2603";
    return R"({"model_overview": {"model_description": ")" + snow + R"("}})";
  };
  EXPECT_EQ(WhyRefused(card(1024)), "");
  EXPECT_NE(WhyRefused(card(1025)).find("must have at most 1024 characters"), std::string::npos);
}

// API_DescribeModelCard lists what stays.
TEST(ModelCardContent, MetadataIsWhatNeedsNoKey) {
  const Json content = ParseJson(R"({"model_overview": {"model_id": "m", "model_description": "secret"},
      "intended_uses": {"risk_rating": "High", "purpose_of_model": "secret"}, "business_details": {},
      "model_package_details": {"model_package_arn": "a", "model_package_group_name": "g", "task": "t"}})");
  EXPECT_EQ(MetadataOfModelCard(content),
            ParseJson(R"({"model_overview": {"model_id": "m"}, "intended_uses": {"risk_rating": "High"},
                          "model_package_details": {"model_package_group_name": "g", "model_package_arn": "a"}})"));
}

}  // namespace
}  // namespace sagebrush::sagemaker
