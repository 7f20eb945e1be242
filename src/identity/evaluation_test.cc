#include "identity/evaluation.h"

#include <map>

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::identity {
namespace {

class MapFacts : public RequestFacts {
 public:
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  std::optional<std::vector<std::string>> Values(std::string_view key) const override {
    const auto found = values.find(key);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  }
};

std::shared_ptr<const Policy> Identity(const std::string& statement) {
  return Policy::Parse(R"({"Version":"2012-10-17","Statement":)" + statement + "}", PolicyType::kIdentity);
}

std::shared_ptr<const Policy> OnResource(const std::string& statement) {
  return Policy::Parse(R"({"Version":"2012-10-17","Statement":)" + statement + "}", PolicyType::kResource);
}

// The table of condition operators: block, facts of the request, whether it holds.
struct ConditionCase {
  const char* condition;
  std::map<std::string, std::vector<std::string>, std::less<>> facts;
  bool holds;
};

const ConditionCase kConditions[] = {
    {R"({"StringEquals":{"a:k":"x"}})", {{"a:k", {"x"}}}, true},
    {R"({"StringEquals":{"a:k":"x"}})", {{"a:k", {"X"}}}, false},
    {R"({"StringEquals":{"a:k":["x","y"]}})", {{"a:k", {"y"}}}, true},
    {R"({"StringEquals":{"A:K":"x*"}})", {{"a:k", {"x*"}}}, true},
    {R"({"StringEquals":{"a:k":"x*"}})", {{"a:k", {"xy"}}}, false},
    {R"({"StringEquals":{"a:k":"x"}})", {}, false},
    {R"({"StringEqualsIfExists":{"a:k":"x"}})", {}, true},
    {R"({"StringEqualsIfExists":{"a:k":"x"}})", {{"a:k", {"y"}}}, false},
    {R"({"StringNotEquals":{"a:k":["x","y"]}})", {{"a:k", {"y"}}}, false},
    {R"({"StringNotEquals":{"a:k":["x","y"]}})", {{"a:k", {"z"}}}, true},
    {R"({"StringNotEquals":{"a:k":"x"}})", {}, true},
    {R"({"StringEqualsIgnoreCase":{"a:k":"TRUE"}})", {{"a:k", {"true"}}}, true},
    {R"({"StringNotEqualsIgnoreCase":{"a:k":"TRUE"}})", {{"a:k", {"true"}}}, false},
    {R"({"StringLike":{"a:k":"pre/*"}})", {{"a:k", {"pre/x"}}}, true},
    {R"({"StringLike":{"a:k":"${a:other}/*"}})", {{"a:k", {"me/x"}}, {"a:other", {"me"}}}, true},
    {R"({"StringNotLike":{"a:k":"pre/*"}})", {{"a:k", {"pre/x"}}}, false},
    {R"({"NumericLessThan":{"a:k":"10"}})", {{"a:k", {"9"}}}, true},
    {R"({"NumericLessThanEquals":{"a:k":10}})", {{"a:k", {"10"}}}, true},
    {R"({"NumericGreaterThan":{"a:k":"10"}})", {{"a:k", {"9"}}}, false},
    {R"({"NumericGreaterThanEquals":{"a:k":"1e1"}})", {{"a:k", {"10"}}}, true},
    {R"({"NumericEquals":{"a:k":"10"}})", {{"a:k", {"ten"}}}, false},
    {R"({"NumericNotEquals":{"a:k":"10"}})", {{"a:k", {"11"}}}, true},
    {R"({"DateGreaterThan":{"a:k":"2026-01-01T00:00:00Z"}})", {{"a:k", {"2026-11-21T00:00:00Z"}}}, true},
    {R"({"DateLessThan":{"a:k":"2026-01-01"}})", {{"a:k", {"2026-11-21T00:00:00Z"}}}, false},
    {R"({"DateLessThanEquals":{"a:k":"1795244828"}})", {{"a:k", {"2026-11-21T07:07:08Z"}}}, true},
    {R"({"Bool":{"a:k":"true"}})", {{"a:k", {"true"}}}, true},
    {R"({"Bool":{"a:k":true}})", {{"a:k", {"false"}}}, false},
    {R"({"BoolIfExists":{"a:k":"true"}})", {}, true},
    {R"({"BinaryEquals":{"a:k":"QmFzZTY0"}})", {{"a:k", {"QmFzZTY0"}}}, true},
    {R"({"IpAddress":{"a:k":"203.0.113.0/24"}})", {{"a:k", {"203.0.113.9"}}}, true},
    {R"({"IpAddress":{"a:k":["10.0.0.0/8","203.0.112.0/23"]}})", {{"a:k", {"203.0.113.9"}}}, true},
    {R"({"IpAddress":{"a:k":"203.0.113.0/25"}})", {{"a:k", {"203.0.113.129"}}}, false},
    {R"({"IpAddress":{"a:k":"2001:db8::/33"}})", {{"a:k", {"2001:db8:7fff::1"}}}, true},
    {R"({"IpAddress":{"a:k":"0.0.0.0/0"}})", {{"a:k", {"::1"}}}, false},
    {R"({"NotIpAddress":{"a:k":"203.0.113.0/24"}})", {{"a:k", {"203.0.113.9"}}}, false},
    {R"({"ArnLike":{"a:k":"arn:aws:iam::*:role/a*"}})", {{"a:k", {"arn:aws:iam::1:role/ab"}}}, true},
    {R"({"ArnEquals":{"a:k":"arn:aws:iam::1:role/a"}})", {{"a:k", {"arn:aws:iam::2:role/a"}}}, false},
    {R"({"ArnNotLike":{"a:k":"arn:aws:iam::*:role/a*"}})", {{"a:k", {"arn:aws:iam::1:role/ab"}}}, false},
    {R"({"Null":{"a:k":"true"}})", {}, true},
    {R"({"Null":{"a:k":"true"}})", {{"a:k", {"x"}}}, false},
    {R"({"Null":{"a:k":"false"}})", {{"a:k", {"x"}}}, true},
    {R"({"ForAllValues:StringEquals":{"a:k":["x","y"]}})", {{"a:k", {"x", "y"}}}, true},
    {R"({"ForAllValues:StringEquals":{"a:k":["x","y"]}})", {{"a:k", {"x", "z"}}}, false},
    {R"({"ForAllValues:StringEquals":{"a:k":["x","y"]}})", {}, true},
    {R"({"ForAnyValue:StringEquals":{"a:k":["x","y"]}})", {{"a:k", {"z", "y"}}}, true},
    {R"({"ForAnyValue:StringEquals":{"a:k":["x","y"]}})", {{"a:k", {"z"}}}, false},
    {R"({"ForAnyValue:StringEquals":{"a:k":["x","y"]}})", {}, false},
    {R"({"ForAnyValue:StringNotEquals":{"a:k":["x","y"]}})", {{"a:k", {"x", "z"}}}, true},
    {R"({"StringEquals":{"a:k":"x"},"Bool":{"a:b":"true"}})", {{"a:k", {"x"}}, {"a:b", {"false"}}}, false},
    // Keys that are absent, by operator (reference_policies_elements_condition_operators.html).
    {R"({"StringNotEqualsIgnoreCase":{"a:k":"x"}})", {}, true},
    {R"({"StringLike":{"a:k":"*"}})", {}, false},
    {R"({"StringNotLike":{"a:k":"*"}})", {}, true},
    {R"({"NumericEquals":{"a:k":"1"}})", {}, false},
    {R"({"NumericNotEquals":{"a:k":"1"}})", {}, true},
    {R"({"NumericLessThan":{"a:k":"1"}})", {}, false},
    {R"({"NumericLessThanIfExists":{"a:k":"1"}})", {}, true},
    {R"({"DateNotEquals":{"a:k":"2026-01-01"}})", {}, true},
    {R"({"DateLessThan":{"a:k":"2026-01-01"}})", {}, false},
    {R"({"Bool":{"a:k":"false"}})", {}, false},
    {R"({"BinaryEquals":{"a:k":"QQ=="}})", {}, false},
    {R"({"IpAddress":{"a:k":"10.0.0.0/8"}})", {}, false},
    {R"({"NotIpAddress":{"a:k":"10.0.0.0/8"}})", {}, true},
    {R"({"ArnLike":{"a:k":"arn:aws:iam::1:role/a"}})", {}, false},
    {R"({"ArnNotEquals":{"a:k":"arn:aws:iam::1:role/a"}})", {}, true},
    {R"({"ForAllValues:StringNotEquals":{"a:k":"x"}})", {}, true},
    {R"({"ForAllValues:StringEquals":{"a:k":"x"}})", {{"a:k", {}}}, true},
    {R"({"ForAnyValue:StringEquals":{"a:k":"x"}})", {{"a:k", {}}}, false},
    {R"({"ForAnyValue:StringNotEquals":{"a:k":"x"}})", {}, false},
    {R"({"ForAnyValue:StringEqualsIfExists":{"a:k":"x"}})", {}, true},
    // Variables without a value match nothing, so their negation holds; with a default they have one.
    {R"({"StringEquals":{"a:k":"${a:v}"}})", {{"a:k", {"x"}}}, false},
    {R"({"StringNotEquals":{"a:k":"${a:v}"}})", {{"a:k", {"x"}}}, true},
    {R"({"StringEquals":{"a:k":"${a:v, 'x'}"}})", {{"a:k", {"x"}}}, true},
    {R"({"StringEquals":{"a:k":"${a:v, 'x'}"}})", {{"a:k", {"x"}}, {"a:v", {"y"}}}, false},
    // Values that are not of the operator's type do not match.
    {R"({"Bool":{"a:k":"true"}})", {{"a:k", {"yes"}}}, false},
    {R"({"DateLessThan":{"a:k":"2026-01-01"}})", {{"a:k", {"yesterday"}}}, false},
    {R"({"IpAddress":{"a:k":"10.0.0.0/8"}})", {{"a:k", {"10.0.0.256"}}}, false},
    {R"({"IpAddress":{"a:k":"10.0.0.0/8"}})", {{"a:k", {"::ffff:10.1.2.3"}}}, true},
    {R"({"NotIpAddress":{"a:k":"10.0.0.0/8"}})", {{"a:k", {"::ffff:10.1.2.3"}}}, false},
    {R"({"ArnLike":{"a:k":"arn:aws:iam::1:role/*"}})", {{"a:k", {"role/a"}}}, false},
};

TEST(Condition, OfAPolicyOf2008HasNoVariables) {
  MapFacts facts;
  facts.values = {{"a:k", {"${a:v}"}}, {"a:v", {"x"}}};
  for (const auto& [version, holds] : {std::pair{"2008-10-17", true}, std::pair{"2012-10-17", false}}) {
    const auto policy = Policy::Parse(std::string(R"({"Version":")") + version +
                                          R"(","Statement":{"Effect":"Allow","Action":"*","Resource":"*",
                                          "Condition":{"StringEquals":{"a:k":"${a:v}"}}}})",
                                      PolicyType::kIdentity);
    EXPECT_EQ(policy->statements()[0].ConditionsHold(facts), holds) << version;
  }
}

// reference_policies_elements_condition_operators.html, "IfExists": to every operator but Null.
TEST(Condition, NullTakesNeitherIfExistsNorAQualifier) {
  for (const char* const name : {"NullIfExists", "ForAllValues:Null", "ForAnyValue:NullIfExists"}) {
    const std::string statement =
        std::string(R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{")") + name + R"(":{"a:k":"true"}}})";
    EXPECT_THROW(Identity(statement), Error) << name;
  }
}

TEST(Condition, HoldsAsItsOperatorSays) {
  for (const auto& [condition, values, holds] : kConditions) {
    MapFacts facts;
    facts.values = values;
    const auto policy =
        Identity(std::string(R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":)") + condition + "}");
    EXPECT_EQ(policy->statements()[0].ConditionsHold(facts), holds) << condition;
  }
}

// The table of statements: whether one covers an action on a resource.
struct StatementCase {
  const char* statement;
  const char* action;
  const char* resource;
  bool allowed;
};

const StatementCase kStatements[] = {
    {R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*")", "s3:GetObject", "arn:aws:s3:::b/k", true},
    {R"("Action":"s3:getobject","Resource":"arn:aws:s3:::b/*")", "s3:GetObject", "arn:aws:s3:::b/k", true},
    {R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::B/*")", "s3:GetObject", "arn:aws:s3:::b/k", false},
    {R"("Action":"s3:Get*","Resource":"*")", "s3:PutObject", "arn:aws:s3:::b/k", false},
    {R"("Action":["s3:Put?bject","iam:*"],"Resource":"*")", "s3:PutObject", "arn:aws:s3:::b/k", true},
    {R"("NotAction":"iam:*","Resource":"*")", "s3:PutObject", "arn:aws:s3:::b/k", true},
    {R"("NotAction":["iam:*","s3:*"],"Resource":"*")", "s3:PutObject", "arn:aws:s3:::b/k", false},
    {R"("Action":"*","NotResource":"arn:aws:s3:::secret/*")", "s3:GetObject", "arn:aws:s3:::secret/k", false},
    {R"("Action":"*","NotResource":"arn:aws:s3:::secret/*")", "s3:GetObject", "arn:aws:s3:::b/k", true},
    {R"("Action":"sagemaker:List*","Resource":"arn:aws:sagemaker:*:*:model/*")", "sagemaker:ListModels", "*", false},
};

TEST(Statement, CoversActionsAndResources) {
  for (const auto& [statement, action, resource, allowed] : kStatements) {
    const auto policy = Identity(std::string(R"({"Effect":"Allow",)") + statement + "}");
    PolicySet policies;
    policies.identity = {policy.get()};
    const MapFacts facts;
    const Decision decision = Decide({action, resource, {"1", "u", "u", ""}, facts}, policies);
    EXPECT_EQ(decision.verdict == Verdict::kAllowed, allowed) << statement << " " << action << " " << resource;
  }
}

constexpr const char* kAllow = R"({"Effect":"Allow","Action":"*","Resource":"*"})";
constexpr const char* kDeny = R"({"Effect":"Deny","Action":"*","Resource":"*"})";
constexpr const char* kOther = R"({"Effect":"Allow","Action":"x:y","Resource":"*"})";

// The table of combinations: statements of each kind of policy (nullptr: no such policy) and the decision.
struct CombinationCase {
  const char* identity;
  const char* resource;
  const char* session;
  const char* boundary;
  Verdict verdict;
  PolicySource source;
};

#define TO(principal) R"({"Effect":"Allow","Action":"*","Resource":"*","Principal":)" principal "}"
#define AGAINST(principal) R"({"Effect":"Deny","Action":"*","Resource":"*","Principal":)" principal "}"
constexpr Verdict kYes = Verdict::kAllowed, kNo = Verdict::kImplicitDeny, kNever = Verdict::kExplicitDeny;

const CombinationCase kCombinations[] = {
    {nullptr, nullptr, nullptr, nullptr, kNo, PolicySource::kIdentity},
    {kAllow, nullptr, nullptr, nullptr, kYes, PolicySource::kIdentity},
    {kDeny, TO(R"("*")"), nullptr, nullptr, kNever, PolicySource::kIdentity},
    {kAllow, AGAINST(R"("*")"), nullptr, nullptr, kNever, PolicySource::kResource},
    {kAllow, nullptr, kDeny, nullptr, kNever, PolicySource::kSession},
    {kAllow, nullptr, nullptr, kDeny, kNever, PolicySource::kBoundary},
    {kAllow, nullptr, kOther, nullptr, kNo, PolicySource::kSession},
    {kAllow, nullptr, kAllow, kOther, kNo, PolicySource::kBoundary},
    {kAllow, nullptr, kAllow, kAllow, kYes, PolicySource::kIdentity},
    {nullptr, TO(R"("*")"), nullptr, nullptr, kYes, PolicySource::kResource},
    {nullptr, TO(R"({"AWS":"*"})"), nullptr, nullptr, kYes, PolicySource::kResource},
    // Named as an account, the caller's own policies must allow it as well.
    {nullptr, TO(R"({"AWS":"123456789012"})"), nullptr, nullptr, kNo, PolicySource::kIdentity},
    {nullptr, TO(R"({"AWS":"arn:aws:iam::123456789012:root"})"), nullptr, nullptr, kNo, PolicySource::kIdentity},
    {nullptr, TO(R"({"AWS":"arn:aws:iam::123456789012:role/r"})"), nullptr, nullptr, kYes, PolicySource::kResource},
    {nullptr, TO(R"({"AWS":"arn:aws:iam::123456789012:role/r"})"), kOther, nullptr, kNo, PolicySource::kSession},
    {nullptr, TO(R"({"AWS":"arn:aws:iam::123456789012:role/other"})"), nullptr, nullptr, kNo, PolicySource::kIdentity},
    {nullptr, TO(R"({"AWS":"arn:aws:sts::123456789012:assumed-role/r/s"})"), kOther, nullptr, kYes,
     PolicySource::kResource},
    {kAllow, AGAINST(R"({"AWS":"arn:aws:iam::123456789012:role/r"})"), nullptr, nullptr, kNever,
     PolicySource::kResource},
    {nullptr, TO(R"({"Service":"sagemaker.amazonaws.com"})"), nullptr, nullptr, kNo, PolicySource::kIdentity},
    // reference_policies_evaluation-logic_policy-eval-denyallow.html, "Resource-based policies": what is given to a
    // role is limited by what a boundary or session policy does not allow; what is given to the session, or to
    // everyone, is not; the role's id stands for its ARN.
    {nullptr, TO(R"({"AWS":"arn:aws:iam::123456789012:role/r"})"), nullptr, kOther, kNo, PolicySource::kBoundary},
    {nullptr, TO(R"({"AWS":"AROAAAAAAAAAAAAAAAAAA"})"), nullptr, kOther, kNo, PolicySource::kBoundary},
    {nullptr, TO(R"({"AWS":"AROAAAAAAAAAAAAAAAAAA"})"), nullptr, nullptr, kYes, PolicySource::kResource},
    {nullptr, TO(R"({"AWS":"AROABBBBBBBBBBBBBBBBB"})"), nullptr, nullptr, kNo, PolicySource::kIdentity},
    {nullptr, TO(R"({"AWS":"arn:aws:sts::123456789012:assumed-role/r/s"})"), nullptr, kOther, kYes,
     PolicySource::kResource},
    {nullptr, TO(R"("*")"), kOther, kOther, kYes, PolicySource::kResource},
    {nullptr, TO(R"("*")"), nullptr, kDeny, kNever, PolicySource::kBoundary},
    {kAllow, TO(R"({"AWS":"123456789012"})"), nullptr, kOther, kNo, PolicySource::kBoundary},
    {kAllow, AGAINST(R"({"AWS":"AROAAAAAAAAAAAAAAAAAA"})"), nullptr, nullptr, kNever, PolicySource::kResource},
    {kAllow, AGAINST(R"({"AWS":"123456789012"})"), nullptr, nullptr, kNever, PolicySource::kResource},
};

TEST(Decide, CombinesThePoliciesAsAwsDoes) {
  int row = 0;
  for (const auto& test : kCombinations) {
    const auto parse = [](const char* text) { return text == nullptr ? nullptr : Identity(text); };
    const auto identity = parse(test.identity);
    const auto session = parse(test.session);
    const auto boundary = parse(test.boundary);
    const auto resource = test.resource == nullptr ? nullptr : OnResource(test.resource);
    PolicySet policies{{}, boundary.get(), session.get(), resource.get(), false};
    if (identity != nullptr) policies.identity = {identity.get()};
    const MapFacts facts;
    const Caller caller{"123456789012", "arn:aws:sts::123456789012:assumed-role/r/s",
                        "arn:aws:iam::123456789012:role/r", "", "AROAAAAAAAAAAAAAAAAAA"};
    const Decision decision = Decide({"s3:GetObject", "arn:aws:s3:::b/k", caller, facts}, policies);
    EXPECT_EQ(decision.verdict, test.verdict) << row;
    EXPECT_EQ(decision.source, test.source) << row;
    ++row;
  }
}

// The same page: what is given to a user is not limited by its boundary.
TEST(Decide, GivesAUserWhatTheResourceSaysInSpiteOfItsBoundary) {
  const auto boundary = Identity(kOther);
  for (const char* principal :
       {R"({"AWS":"arn:aws:iam::123456789012:user/a"})", R"({"AWS":"AIDAAAAAAAAAAAAAAAAAA"})"}) {
    const auto resource =
        OnResource(std::string(R"({"Effect":"Allow","Action":"*","Resource":"*","Principal":)") + principal + "}");
    PolicySet policies{{}, boundary.get(), nullptr, resource.get(), false};
    const MapFacts facts;
    constexpr const char* kArn = "arn:aws:iam::123456789012:user/a";
    const Caller caller{"123456789012", kArn, kArn, "", "AIDAAAAAAAAAAAAAAAAAA"};
    EXPECT_EQ(Decide({"s3:GetObject", "arn:aws:s3:::b/k", caller, facts}, policies).verdict, kYes) << principal;
  }
}

// reference_policies_elements_principal.html, "Federated user principals": the bearer of a provider's token is let in
// by the provider's name and by nothing that names users.
TEST(Decide, LetsTheBearerOfATokenInByItsProvider) {
  constexpr const char* kProvider = "arn:aws:iam::123456789012:oidc-provider/issuer";
  for (const auto& [principal, allowed] :
       {std::pair{R"({"Federated":"arn:aws:iam::123456789012:oidc-provider/issuer"})", true},
        {R"({"Federated":"arn:aws:iam::123456789012:oidc-provider/other"})", false},
        {R"({"Federated":"accounts.google.com"})", false},
        {R"({"AWS":"arn:aws:iam::123456789012:root"})", false},
        {R"({"Service":"sagemaker.amazonaws.com"})", false}}) {
    const auto trust =
        OnResource(std::string(R"({"Effect":"Allow","Action":"*","Resource":"*","Principal":)") + principal + "}");
    PolicySet policies;
    policies.resource = trust.get();
    Caller caller;
    caller.federated = kProvider;
    const MapFacts facts;
    const Decision decision =
        Decide({"sts:AssumeRoleWithWebIdentity", "arn:aws:iam::123456789012:role/r", caller, facts}, policies);
    EXPECT_EQ(decision.verdict == kYes, allowed) << principal;
  }
}

// docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
TEST(Decide, LetsAPolicyThatGovernsComeFirst) {
  constexpr const char* kArn = "arn:aws:iam::123456789012:user/a";
  const auto own = Identity(R"({"Effect":"Allow","Action":"*","Resource":"*"})");
  const auto verdict = [&](const char* principal, bool is_root, bool has_policies) {
    const auto resource = OnResource(
        std::string(R"({"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Principal":)") + principal + "}");
    PolicySet policies{.resource = resource.get(), .is_root = is_root, .resource_governs = true};
    if (has_policies) policies.identity = {own.get()};
    const MapFacts facts;
    return Decide({"kms:Decrypt", "arn:aws:kms:r:1:key/k", {"123456789012", kArn, kArn, ""}, facts}, policies).verdict;
  };
  constexpr const char* kAccount = R"({"AWS":"arn:aws:iam::123456789012:root"})";
  constexpr const char* kUser = R"({"AWS":"arn:aws:iam::123456789012:user/a"})";
  constexpr const char* kOtherUser = R"({"AWS":"arn:aws:iam::123456789012:user/b"})";
  EXPECT_EQ(verdict(kAccount, false, true), kYes);
  EXPECT_EQ(verdict(kAccount, false, false), Verdict::kImplicitDeny);
  EXPECT_EQ(verdict(kAccount, true, false), kYes);
  EXPECT_EQ(verdict(kUser, false, false), kYes);
  EXPECT_EQ(verdict(kOtherUser, false, true), Verdict::kImplicitDeny);
  EXPECT_EQ(verdict(kOtherUser, true, true), Verdict::kImplicitDeny);
}

TEST(Decide, ExceptsFromNotPrincipal) {
  const auto policy = OnResource(
      R"({"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/a"}})");
  PolicySet policies;
  policies.resource = policy.get();
  const MapFacts facts;
  const auto verdict = [&](const char* arn) {
    return Decide({"s3:GetObject", "arn:aws:s3:::b/k", {"123456789012", arn, arn, ""}, facts}, policies).verdict;
  };
  EXPECT_EQ(verdict("arn:aws:iam::123456789012:user/a"), Verdict::kImplicitDeny);
  EXPECT_EQ(verdict("arn:aws:iam::123456789012:user/b"), Verdict::kExplicitDeny);
}

TEST(Policy, RefusesWhatIamRefuses) {
  struct Case {
    const char* text;
    PolicyType type;
  };
  for (const auto& [text, type] : {
           Case{"", PolicyType::kIdentity},
           Case{"[]", PolicyType::kIdentity},
           Case{R"({"Version":"2012-10-17"})", PolicyType::kIdentity},
           Case{R"({"Version":"2020","Statement":[]})", PolicyType::kIdentity},
           Case{R"({"Statement":[]})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Maybe","Action":"s3:*","Resource":"*"}})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"GetObject","Resource":"*"}})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*"}})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"b"}})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Resource":"*"}})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}})",
                PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Colour":"red"}})",
                PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Sounds":{"a:b":"c"}}}})",
                PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}})", PolicyType::kTrust},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Principal":"*"}})", PolicyType::kTrust},
           Case{R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"me"}}})",
                PolicyType::kTrust},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})", PolicyType::kResource},
           Case{R"({"Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"},
                                 {"Sid":"A","Effect":"Deny","Action":"s3:*","Resource":"*"}]})",
                PolicyType::kIdentity},
           Case{R"({"Statement":{"Sid":"not plain","Effect":"Allow","Action":"s3:*","Resource":"*"}})",
                PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s*:Get","Resource":"*"}})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":[]}})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*"}})",
                PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:x:s3:::b"}})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws"}})", PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"k":"true"}}}})",
                PolicyType::kIdentity},
           Case{R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}})",
                PolicyType::kTrust},
           Case{R"({"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","NotPrincipal":"*"}})", PolicyType::kTrust},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":{"AWS":"a*"}}})",
                PolicyType::kResource},
           Case{R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":{"Robot":"*"}}})",
                PolicyType::kResource},
       }) {
    try {
      Policy::Parse(text, type);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, "MalformedPolicyDocument") << text;
    }
  }
}

}  // namespace
}  // namespace sagebrush::identity
