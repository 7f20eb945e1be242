#include "sagemaker/request_keys.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "identity/access_reference.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {
namespace {

// A document that has `value` at `path`; lists hold one element.
Json DocumentWith(std::string_view path, const Json& value) {
  if (path.empty()) return value;
  const std::size_t dot = std::min(path.find('.'), path.size());
  std::string_view name = path.substr(0, dot);
  Json rest = DocumentWith(path.substr(std::min(dot + 1, path.size())), value);
  const bool in_list = name.ends_with("[]");
  if (in_list) name.remove_suffix(2);
  return JsonObject{{name, in_list ? Json(JsonArray{std::move(rest)}) : std::move(rest)}};
}

JsonObject ContextOf(const std::string& operation, Json input) {
  const wire::Service& service = *wire::FindService("sagemaker");
  wire::Principal principal;
  principal.account = "123456789012";
  const wire::Call call{service, *service.operations.data(), std::move(input), principal, "us-east-1", "id"};
  return RequestContext(KeysOf(operation), call);
}

// Every action that has the key in AWS's reference.
std::vector<std::string> ActionsWith(std::string_view key) {
  std::vector<std::string> names;
  for (const auto& service : identity::ReferenceServices()) {
    if (service.prefix != "sagemaker") continue;
    for (const auto& action : service.actions) {
      for (const std::uint16_t index : action.keys) {
        if (identity::ReferenceKeys()[index].name == Lower(key)) names.emplace_back(action.name);
      }
    }
  }
  return names;
}

TEST(RequestKeys, HoldWhatTheirMembersSay) {
  for (const RequestKey& row : RequestKeys()) {
    const auto actions = ActionsWith(row.key);
    ASSERT_FALSE(actions.empty()) << row.key << " is not documented.";
    if (row.key.ends_with('/')) continue;
    for (const auto path : row.paths) {
      const JsonObject context = ContextOf(actions[0], DocumentWith(path, "some-value"));
      const Json* const values = context.if_contains(row.key);
      ASSERT_NE(values, nullptr) << row.key << " " << path;
      const Json expected =
          row.names_models ? Json("arn:aws:sagemaker:us-east-1:123456789012:model/some-value") : Json("some-value");
      EXPECT_EQ(*values, Json(JsonArray{expected})) << row.key << " " << path;
    }
  }
}

TEST(RequestKeys, AreOneForEachEntryOfAMap) {
  const JsonObject context =
      ContextOf("CreateModelPackage", {{"CustomerMetadataProperties", {{"team", "red"}, {"a/b", "c"}}}});
  EXPECT_EQ(context.at("sagemaker:CustomerMetadataProperties/team"), Json("red"));
  EXPECT_EQ(context.at("sagemaker:CustomerMetadataProperties/a/b"), Json("c"));
}

TEST(RequestKeys, AreAbsentOrWhatTheServerTakesWhenNothingIsSaid) {
  for (const RequestKey& row : RequestKeys()) {
    const JsonObject context = ContextOf(ActionsWith(row.key)[0], JsonObject());
    EXPECT_EQ(context.contains(row.key), !row.otherwise.empty()) << row.key;
  }
  EXPECT_EQ(ContextOf("CreateTrainingJob", JsonObject()).at("sagemaker:MaxRuntimeInSeconds"), Json(JsonArray{"86400"}));
  EXPECT_EQ(ContextOf("CreateTrainingJob", {{"EnableNetworkIsolation", true}}).at("sagemaker:NetworkIsolation"),
            Json(JsonArray{"true"}));
}

TEST(RequestKeys, AreThoseOfTheAction) {
  EXPECT_TRUE(ContextOf("DescribeTrainingJob", {{"EnableNetworkIsolation", true}}).empty());
}

TEST(RequestKeys, CollectFromEveryElement) {
  const Json input{{"ProductionVariants",
                    JsonArray{JsonObject{{"InstanceType", "ml.a"}}, JsonObject{{"InstanceType", "ml.b"}}, "odd"}}};
  EXPECT_EQ(ValuesAt(input, "ProductionVariants[].InstanceType"), (std::vector<std::string>{"ml.a", "ml.b"}));
  EXPECT_EQ(ValuesAt(Json{{"a", JsonArray{"x", "y"}}}, "a"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(ValuesAt(input, "ProductionVariants"), (std::vector<std::string>{"odd"}));  // A structure is no value.
}

}  // namespace
}  // namespace sagebrush::sagemaker
