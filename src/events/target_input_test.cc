#include "events/target_input.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "events/rule.h"

namespace sagebrush::events {
namespace {

const Json& Event() {
  static const Json event =
      ParseJson(R"({"id": "1", "resources": ["arn:a"], "detail": {"Name": "he said \"no\"", "Size": 7,
                                          "a b": [1, {"c": null}]}})");
  return event;
}

Json Given(const std::string& target) {
  const store::Key rule{kRuleKind, "1", "r", "my-rule"};
  return TargetInput(ParseJson(target)).Of(Event(), rule, Time{1'700'000'000'000});
}

TEST(TargetInput, IsTheWholeEventUnlessTheTargetSaysMore) {
  EXPECT_EQ(Given(R"({"Id": "t"})"), Event());
  EXPECT_EQ(Given(R"({"Id": "t", "Input": "{\"a\": 1}"})"), ParseJson(R"({"a": 1})"));
}

TEST(TargetInput, APathFindsAPart) {
  EXPECT_EQ(Given(R"({"Id": "t", "InputPath": "$.detail.Size"})"), Json(7));
  EXPECT_EQ(Given(R"({"Id": "t", "InputPath": "$.resources[0]"})"), Json("arn:a"));
  EXPECT_EQ(Given(R"({"Id": "t", "InputPath": "$.detail['a b'][1]"})"), ParseJson(R"({"c": null})"));
  EXPECT_EQ(Given(R"({"Id": "t", "InputPath": "$"})"), Event());
  EXPECT_EQ(Given(R"({"Id": "t", "InputPath": "$.detail.Size.deeper"})"), Json(nullptr));
  EXPECT_EQ(Given(R"({"Id": "t", "InputPath": "$.resources[1]"})"), Json(nullptr));
}

Json Transformed(const std::string& text) {
  const JsonObject paths{
      {"name", "$.detail.Name"}, {"size", "$.detail.Size"}, {"none", "$.detail.None"}, {"all", "$.detail"}};
  return Given(
      ToText(JsonObject{{"Id", "t"}, {"InputTransformer", {{"InputPathsMap", paths}, {"InputTemplate", text}}}}));
}

TEST(TargetInput, ATemplateIsFilled) {
  EXPECT_EQ(Transformed(R"("<name> has <size>, <none>.")"), Json(R"(he said "no" has 7, .)"));
  EXPECT_EQ(Transformed(R"({"n": <name>, "s": <size>, "x": <none>, "text": "1 < 2 \"<size>\""})"),
            ParseJson(R"({"n": "he said \"no\"", "s": 7, "x": null, "text": "1 < 2 \"7\""})"));
  EXPECT_EQ(Transformed(R"({"a": <all>})").at("a"), Event().at("detail"));
  EXPECT_EQ(ParseJson(std::string(Transformed(R"("<all>")").as_string())), Event().at("detail"));
}

TEST(TargetInput, ATemplateKnowsWhereTheEventComesFrom) {
  EXPECT_EQ(Transformed(R"("<aws.events.rule-name> <aws.events.rule-arn> <aws.events.event.ingestion-time>")"),
            Json("my-rule arn:aws:events:r:1:rule/my-rule 2023-11-14T22:13:20Z"));
  EXPECT_EQ(Transformed(R"({"e": <aws.events.event>})"), ParseJson(R"({"e": {"id": "1", "resources": ["arn:a"]}})"));
  EXPECT_EQ(Transformed("<aws.events.event.json>"), Event());
}

TEST(TargetInput, RefusesWhatItCannotDo) {
  for (const char* target :
       {R"({"Id": "t", "Input": "{"})", R"({"Id": "t", "Input": "1", "InputPath": "$"})",
        R"({"Id": "t", "InputPath": "detail"})", R"({"Id": "t", "InputPath": "$.detail[*]"})",
        R"({"Id": "t", "InputPath": "$..Name"})", R"({"Id": "t", "InputPath": "$["})",
        R"({"Id": "t", "InputPath": "$['']"})", R"({"Id": "t", "InputPath": "$[99999999999999999999]"})",
        R"({"Id": "t", "InputTransformer": {"InputTemplate": "plain text"}})",
        R"({"Id": "t", "InputTransformer": {"InputTemplate": "\"<unknown>\""}})",
        R"({"Id": "t", "InputTransformer": {"InputPathsMap": {"aws.x": "$"}, "InputTemplate": "1"}})",
        R"({"Id": "t", "InputTransformer": {"InputPathsMap": {"x": "nothing"}, "InputTemplate": "1"}})"}) {
    try {
      Given(target);
      ADD_FAILURE() << "taken: " << target;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, "ValidationException");
      EXPECT_NE(std::string(error.what()).find("target t"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace sagebrush::events
