#include "parameters/parameter_operations.h"

#include <gtest/gtest.h>

#include "keys/keys_world.h"
#include "parameters/parameter.h"

namespace sagebrush::parameters {
namespace {

class ParameterOperations : public testing::Test {
 protected:
  ParameterOperations() {
    world_.AddOperations([](wire::OperationTable& table, const keys::KeysContext& context, const wire::Api& api) {
      AddParameterOperations(table, {context.store, api, context.clock});
    });
  }

  Json Run(const std::string& operation, Json input) { return world_.Call("ssm", operation, std::move(input)); }
  std::string Refusal(const std::string& operation, Json input) {
    return world_.Code([&] { Run(operation, std::move(input)); });
  }
  static JsonObject With(JsonObject input, const Json& more) {
    for (const auto& [member, value] : more.as_object()) input[member] = value;
    return input;
  }
  std::int64_t Put(const std::string& name, const std::string& value, const Json& more = JsonObject()) {
    return GetInt(Run("PutParameter", With({{"Name", name}, {"Value", value}, {"Type", "String"}}, more)), "Version");
  }
  std::string PutRefusal(const std::string& name, const std::string& value, const Json& more = JsonObject()) {
    return world_.Code([&] { Put(name, value, more); });
  }
  std::string Value(const std::string& name, bool decrypt = false) {
    return GetString(Run("GetParameter", {{"Name", name}, {"WithDecryption", decrypt}}), "Parameter.Value");
  }
  std::vector<std::string> Below(const std::string& path, bool recursive, const Json& more = JsonObject()) {
    std::vector<std::string> names;
    const Json answer = Run("GetParametersByPath", With({{"Path", path}, {"Recursive", recursive}}, more));
    for (const Json& one : answer.at("Parameters").as_array()) names.push_back(GetString(one, "Name"));
    return names;
  }

  keys::KeysWorld world_;
};

const Json kOverwrite{{"Overwrite", true}};
const Json kSecure{{"Type", "SecureString"}};

TEST_F(ParameterOperations, AValueComesBackByEachOfItsNames) {
  EXPECT_EQ(Put("/a/b", "text"), 1);
  EXPECT_EQ(Value("/a/b"), "text");
  EXPECT_EQ(Value("arn:aws:ssm:us-east-1:123456789012:parameter/a/b"), "text");
  EXPECT_EQ(Value("/a/b:1"), "text");
  EXPECT_EQ(Refusal("GetParameter", {{"Name", "/a/c"}}), "ParameterNotFound");
  EXPECT_EQ(Refusal("GetParameter", {{"Name", "/a/b:2"}}), "ParameterVersionNotFound");
  Put("plain", "x");
  EXPECT_EQ(Value("arn:aws:ssm:us-east-1:123456789012:parameter/plain"), "x");
}

TEST_F(ParameterOperations, EachPutIsAVersion) {
  Put("p", "one");
  EXPECT_EQ(PutRefusal("p", "two"), "ParameterAlreadyExists");
  EXPECT_EQ(Put("p", "two", kOverwrite), 2);
  EXPECT_EQ(Value("p"), "two");
  EXPECT_EQ(Value("p:1"), "one");
  const Json history = Run("GetParameterHistory", {{"Name", "p"}, {"MaxResults", 1}});
  EXPECT_EQ(history.at("Parameters").at(0).at("Value"), Json("one"));
  const Json rest = Run("GetParameterHistory", {{"Name", "p"}, {"NextToken", GetString(history, "NextToken")}});
  EXPECT_EQ(rest.at("Parameters").at(0).at("Value"), Json("two"));
  EXPECT_EQ(Find(rest, "NextToken"), nullptr);
}

TEST_F(ParameterOperations, TheOldestVersionGivesWayUnlessItHasALabel) {
  Put("p", "1");
  for (int i = 2; i <= 101; ++i) Put("p", std::to_string(i), kOverwrite);
  EXPECT_EQ(Refusal("GetParameter", {{"Name", "p:1"}}), "ParameterVersionNotFound");
  EXPECT_EQ(world_.store().All(kVersionKind).size(), 100u);
  Run("LabelParameterVersion", {{"Name", "p"}, {"ParameterVersion", 2}, {"Labels", JsonArray{"keep"}}});
  EXPECT_EQ(PutRefusal("p", "x", kOverwrite), "ParameterMaxVersionLimitExceeded");
}

TEST_F(ParameterOperations, ALabelNamesOneVersion) {
  Put("p", "one");
  Put("p", "two", kOverwrite);
  Run("LabelParameterVersion", {{"Name", "p"}, {"ParameterVersion", 1}, {"Labels", JsonArray{"good"}}});
  EXPECT_EQ(Value("p:good"), "one");
  const Json moved = Run("LabelParameterVersion", {{"Name", "p"}, {"Labels", JsonArray{"good", "1bad", "awsbad"}}});
  EXPECT_EQ(moved.at("InvalidLabels"), (Json{"1bad", "awsbad"}));
  EXPECT_EQ(Value("p:good"), "two");
  Run("UnlabelParameterVersion", {{"Name", "p"}, {"ParameterVersion", 2}, {"Labels", JsonArray{"good"}}});
  EXPECT_EQ(Refusal("GetParameter", {{"Name", "p:good"}}), "ParameterVersionNotFound");
}

TEST_F(ParameterOperations, ASecureStringIsClosedUnlessDecryptionIsAskedFor) {
  for (const char* tier : {"Standard", "Advanced"}) {
    const std::string name = std::string("p-") + tier;
    Put(name, "secret text", {{"Type", "SecureString"}, {"Tier", tier}});
    EXPECT_EQ(Value(name, true), "secret text") << tier;
    EXPECT_EQ(Value(name).find("secret"), std::string::npos) << tier;
  }
  for (const auto& version : world_.store().All(kVersionKind))
    EXPECT_EQ(ToText(version->spec).find("secret text"), std::string::npos);
}

// docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
TEST_F(ParameterOperations, WhoReadsASecureStringNeedsTheRightToItsKeyToo) {
  Put("p", "text", {{"Type", "SecureString"}, {"KeyId", world_.NewKey()}});
  Put("q", "text", kSecure);
  const auto reader = world_.NewUser("reader", R"({"Effect":"Allow","Action":"ssm:*","Resource":"*"})");
  const auto read = [&](const char* name, bool decrypt) {
    return world_.Code(
        [&] { world_.CallAs(reader, "ssm", "GetParameter", {{"Name", name}, {"WithDecryption", decrypt}}); });
  };
  EXPECT_EQ(read("p", true), "AccessDeniedException");
  EXPECT_EQ(read("p", false), "");
  EXPECT_EQ(read("q", true), "");  // AWS's own key serves everyone who may read the parameter.
}

TEST_F(ParameterOperations, AKeyThatIsOffClosesIt) {
  const std::string key = world_.NewKey();
  Put("p", "text", {{"Type", "SecureString"}, {"KeyId", key}});
  world_.Kms("DisableKey", {{"KeyId", key}});
  EXPECT_EQ(Refusal("GetParameter", {{"Name", "p"}, {"WithDecryption", true}}), "InvalidKeyId");
}

TEST_F(ParameterOperations, AnotherParametersCiphertextDoesNotOpen) {
  Put("p", "one", kSecure);
  Put("q", "two", kSecure);
  const auto versions = world_.store().All(kVersionKind);
  ASSERT_EQ(versions.size(), 2u);
  store::Resource swapped = *versions[0];
  swapped.spec = versions[1]->spec;
  ASSERT_TRUE(world_.store().Update(swapped));
  int opened = 0;
  for (const char* name : {"p", "q"})
    opened += Refusal("GetParameter", {{"Name", name}, {"WithDecryption", true}}).empty() ? 1 : 0;
  EXPECT_EQ(opened, 1);
}

TEST_F(ParameterOperations, PathsAreHierarchies) {
  for (const char* name : {"/a/b", "/a/c/d", "/a2", "root"}) Put(name, "x");
  EXPECT_EQ(Below("/a", false), (std::vector<std::string>{"/a/b"}));
  EXPECT_EQ(Below("/a/", true), (std::vector<std::string>{"/a/b", "/a/c/d"}));
  EXPECT_EQ(Below("/", false), (std::vector<std::string>{"/a2", "root"}));
  EXPECT_EQ(Refusal("GetParametersByPath", {{"Path", "a"}}), "ValidationException");
  const Json page = Run("GetParametersByPath", {{"Path", "/a"}, {"Recursive", true}, {"MaxResults", 1}});
  EXPECT_EQ(Below("/a", true, {{"NextToken", GetString(page, "NextToken")}}), (std::vector<std::string>{"/a/c/d"}));
  EXPECT_EQ(Refusal("GetParametersByPath", {{"Path", "/a"}, {"NextToken", "made-up"}}), "InvalidNextToken");
}

TEST_F(ParameterOperations, ListsGoByTheirFilters) {
  Put("/a/b", "x", {{"Tags", JsonArray{JsonObject{{"Key", "team"}, {"Value", "red"}}}}});
  Put("/a/c", "x", {{"Type", "StringList"}});
  const auto count = [&](Json filter) {
    return Run("DescribeParameters", {{"ParameterFilters", JsonArray{std::move(filter)}}})
        .at("Parameters")
        .as_array()
        .size();
  };
  EXPECT_EQ(count({{"Key", "Name"}, {"Option", "BeginsWith"}, {"Values", JsonArray{"/a"}}}), 2u);
  EXPECT_EQ(count({{"Key", "Name"}, {"Values", JsonArray{"/a"}}}), 0u);
  EXPECT_EQ(count({{"Key", "Type"}, {"Values", JsonArray{"StringList"}}}), 1u);
  EXPECT_EQ(count({{"Key", "Path"}, {"Values", JsonArray{"/a"}}}), 2u);
  EXPECT_EQ(count({{"Key", "tag:team"}, {"Values", JsonArray{"red", "blue"}}}), 1u);
  EXPECT_EQ(count({{"Key", "tag:team"}}), 1u);
  EXPECT_EQ(Refusal("DescribeParameters",
                    {{"ParameterFilters", JsonArray{JsonObject{{"Key", "Type"}, {"Option", "Contains"}}}}}),
            "InvalidFilterOption");
  EXPECT_EQ(
      Refusal("GetParametersByPath", {{"Path", "/"}, {"ParameterFilters", JsonArray{JsonObject{{"Key", "Name"}}}}}),
      "InvalidFilterKey");
}

TEST_F(ParameterOperations, ValuesAreHeldAgainstTheirPattern) {
  const Json digits{{"AllowedPattern", "\\d+"}};
  EXPECT_EQ(PutRefusal("p", "12", digits), "");
  EXPECT_EQ(PutRefusal("p", "x", kOverwrite), "ParameterPatternMismatchException");
  EXPECT_EQ(PutRefusal("q", "12x", digits), "ParameterPatternMismatchException");
  EXPECT_EQ(PutRefusal("q", "12", {{"AllowedPattern", "("}}), "InvalidAllowedPatternException");
  EXPECT_EQ(PutRefusal("q", "12", {{"AllowedPattern", "1)|(2"}}), "InvalidAllowedPatternException");
  EXPECT_EQ(PutRefusal("q", std::string(4000, 'a') + "b", {{"AllowedPattern", "(a+)+"}}),
            "ParameterPatternMismatchException");  // And does not take a lifetime.
}

TEST_F(ParameterOperations, TiersHaveTheirSizes) {
  const std::string large(4097, 'x');
  EXPECT_EQ(PutRefusal("p", large), "ValidationException");
  EXPECT_EQ(PutRefusal("p", large, {{"Tier", "Intelligent-Tiering"}}), "");
  EXPECT_EQ(PutRefusal("p", "x", {{"Overwrite", true}, {"Tier", "Standard"}}), "ValidationException");
  EXPECT_EQ(PutRefusal("q", std::string(8193, 'x'), {{"Tier", "Advanced"}}), "ValidationException");
}

TEST_F(ParameterOperations, NamesThatAreNoneAreRefused) {
  for (const char* name : {"a/b", "/a//b", "/a/", "aws-x", "/SSM/x", "/a b", "/a/\xc3\xa4"}) {
    EXPECT_EQ(PutRefusal(name, "x"), "ValidationException") << name;
  }
  EXPECT_EQ(PutRefusal("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", "x"), "HierarchyLevelLimitExceededException");
}

TEST_F(ParameterOperations, WhatIsNotBuiltIsRefused) {
  EXPECT_EQ(PutRefusal("p", "x", {{"Policies", "[{\"Type\":\"Expiration\"}]"}}), "InvalidPolicyTypeException");
  EXPECT_EQ(PutRefusal("p", "x", {{"DataType", "aws:ec2:image"}}), "ValidationException");
  EXPECT_EQ(PutRefusal("p", "x", {{"KeyId", "alias/aws/ssm"}}), "ValidationException");
  EXPECT_EQ(Refusal("AddTagsToResource", {{"ResourceType", "Document"}, {"ResourceId", "p"}, {"Tags", JsonArray()}}),
            "InvalidResourceType");
}

TEST_F(ParameterOperations, SeveralAreReadAndDeletedAtOnce) {
  Put("p", "1");
  Put("q", "2");
  const Json got = Run("GetParameters", {{"Names", JsonArray{"p", "missing", "q:7"}}});
  EXPECT_EQ(got.at("Parameters").as_array().size(), 1u);
  EXPECT_EQ(got.at("InvalidParameters"), (Json{"missing", "q:7"}));
  const Json deleted = Run("DeleteParameters", {{"Names", JsonArray{"p", "missing", "q"}}});
  EXPECT_EQ(deleted.at("DeletedParameters"), (Json{"p", "q"}));
  EXPECT_EQ(deleted.at("InvalidParameters"), Json(JsonArray{"missing"}));
  EXPECT_TRUE(world_.store().All(kVersionKind).empty());
  EXPECT_EQ(Refusal("DeleteParameter", {{"Name", "p"}}), "ParameterNotFound");
}

TEST_F(ParameterOperations, RightsAreThoseToEachName) {
  Put("/a/b", "x");
  Put("/c", "x");
  const auto user = world_.NewUser(
      "user", R"({"Effect":"Allow","Action":"ssm:*","Resource":"arn:aws:ssm:us-east-1:123456789012:parameter/a/*"})");
  const auto code = [&](const char* operation, Json input) {
    return world_.Code([&] { world_.CallAs(user, "ssm", operation, std::move(input)); });
  };
  EXPECT_EQ(code("GetParameters", {{"Names", JsonArray{"/a/b"}}}), "");
  EXPECT_EQ(code("GetParameters", {{"Names", JsonArray{"/a/b", "/c"}}}), "AccessDeniedException");
  EXPECT_EQ(code("GetParameter", {{"Name", "/a/../c"}}), "ParameterNotFound");
  EXPECT_EQ(code("GetParametersByPath", {{"Path", "/"}}), "AccessDeniedException");
}

}  // namespace
}  // namespace sagebrush::parameters
