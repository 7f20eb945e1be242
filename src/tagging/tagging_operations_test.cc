#include "tagging/tagging_operations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "wire/model.h"

namespace sagebrush::tagging {
namespace {

// Resources in memory, in order of their ARNs.
class FakeService : public TaggedService {
 public:
  explicit FakeService(std::string service) : service_(std::move(service)) {}

  std::string_view name() const override { return service_; }
  void ForEach(const std::string&, const std::string&, const std::string& after,
               const std::function<bool(const TaggedResource&)>& take) const override {
    for (auto one = resources.upper_bound(after); one != resources.end(); ++one) {
      if (!take({one->first, one->second})) return;
    }
  }
  void Tag(const wire::Api&, const wire::Call&, const std::string& arn, const Tags& tags) const override {
    Named(arn).insert(tags.begin(), tags.end());
  }
  void Untag(const wire::Api&, const wire::Call&, const std::string& arn,
             const std::vector<std::string>& keys) const override {
    for (const std::string& key : keys) Named(arn).erase(key);
  }

  mutable std::map<std::string, Tags> resources;

 private:
  Tags& Named(const std::string& arn) const {
    const auto found = resources.find(arn);
    if (found == resources.end()) throw Error(kResourceNotFound, "There is no " + arn + ".");
    return found->second;
  }
  const std::string service_;
};

class NobodyAsks : public wire::Authorizer {
 public:
  void Check(const wire::Call&, const std::vector<wire::Access>&) const override {}
  void Check(const wire::Principal&, const std::vector<wire::Access>&) const override {}
  std::string PinPolicy(std::string_view text) const override { return std::string(text); }
  std::string ShowPolicy(std::string_view text) const override { return std::string(text); }
};

class TaggingTest : public testing::Test {
 protected:
  TaggingTest() {
    AddTaggingOperations(table_, api_, {&first_, &second_});
    for (int i = 0; i < 3; ++i) first_.resources[Arn("first", i)] = {{"a", std::to_string(i)}};
    for (int i = 0; i < 2; ++i) second_.resources[Arn("second", i)] = {{"a", "x"}, {"b", std::to_string(i)}};
  }
  static std::string Arn(const std::string& service, int i) {
    return "arn:aws:" + service + ":us-east-1:1:thing/" + std::to_string(i);
  }
  Json Call(const std::string& operation, JsonObject input) {
    const wire::Service& service = *wire::FindService("resourcegroupstaggingapi");
    wire::Call call{service, *service.FindOperation(operation), std::move(input), {}, "us-east-1", "id"};
    return table_.Find("resourcegroupstaggingapi", operation)->handler(call);
  }
  // Page by page.
  std::vector<std::string> Found(JsonObject input) {
    std::vector<std::string> arns;
    for (;;) {
      const Json page = Call("GetResources", input);
      for (const Json& one : page.at("ResourceTagMappingList").as_array())
        arns.push_back(GetString(one, "ResourceARN"));
      const std::string token = GetString(page, "PaginationToken");
      if (token.empty()) return arns;
      input["PaginationToken"] = token;
    }
  }

  FakeService first_{"first"}, second_{"second"};
  NobodyAsks authorizer_;
  wire::OperationTable table_;
  wire::Api api_{table_, authorizer_};
};

TEST_F(TaggingTest, PagesGoOverTheServices) {
  const std::vector<std::string> all{Arn("first", 0), Arn("first", 1), Arn("first", 2), Arn("second", 0),
                                     Arn("second", 1)};
  for (int size = 1; size <= 6; ++size) EXPECT_EQ(Found({{"ResourcesPerPage", size}}), all) << size;
}

// A page holds so many tags, but at least one resource.
TEST_F(TaggingTest, PagesEndBeforeTooManyTags) {
  for (int i = 0; i < 60; ++i) {
    first_.resources[Arn("first", 0)]["k" + std::to_string(i)] = "";
    first_.resources[Arn("first", 1)]["k" + std::to_string(i)] = "";
  }
  const Json page = Call("GetResources", {{"TagsPerPage", 100}});
  EXPECT_EQ(page.at("ResourceTagMappingList").as_array().size(), 1U);
  EXPECT_EQ(Found({{"TagsPerPage", 100}}).size(), 5U);
}

TEST_F(TaggingTest, APageGoesOnWhereItsLastResourceWas) {
  const Json page = Call("GetResources", {{"ResourcesPerPage", 2}});
  first_.resources.erase(Arn("first", 1));
  const Json next =
      Call("GetResources", {{"ResourcesPerPage", 1}, {"PaginationToken", GetString(page, "PaginationToken")}});
  EXPECT_EQ(GetString(next.at("ResourceTagMappingList").as_array()[0], "ResourceARN"), Arn("first", 2));
}

TEST_F(TaggingTest, KeysAndValuesAreEachOnce) {
  EXPECT_EQ(Call("GetTagKeys", {}).at("TagKeys"), Json(JsonArray{"a", "b"}));
  EXPECT_EQ(Call("GetTagValues", {{"Key", "a"}}).at("TagValues"), Json(JsonArray{"0", "1", "2", "x"}));
  EXPECT_EQ(Call("GetTagValues", {{"Key", "none"}}).at("TagValues"), Json(JsonArray()));
}

TEST_F(TaggingTest, WhatFailsIsToldAndHoldsNothing) {
  const Json reply =
      Call("TagResources",
           {{"ResourceARNList", JsonArray{"nonsense", Arn("first", 7), Arn("second", 1)}}, {"Tags", {{"c", "d"}}}});
  const JsonObject& failed = reply.at("FailedResourcesMap").as_object();
  EXPECT_EQ(failed.size(), 2U);
  EXPECT_EQ(GetInt(failed.at(Arn("first", 7)), "StatusCode"), 400);
  EXPECT_EQ(second_.resources[Arn("second", 1)]["c"], "d");
}

}  // namespace
}  // namespace sagebrush::tagging
