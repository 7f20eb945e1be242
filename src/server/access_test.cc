// Every operation that is built, against AWS's service authorisation reference: its condition keys are set, or it is
// said why they never are; all resources that it needs are asked for.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/text.h"
#include "events/event_operations.h"
#include "identity/access_reference.h"
#include "identity/condition_keys.h"
#include "keys/key_access.h"
#include "objects/request_keys.h"
#include "parameters/parameter_operations.h"
#include "sagemaker/naming.h"
#include "sagemaker/request_keys.h"
#include "secrets/secret_access.h"
#include "server/server.h"
#include "telemetry/metric_operations.h"
#include "wire/call.h"
#include "wire/model.h"

namespace sagebrush::server {
namespace {

// Never started: it only has to know its operations.
class AccessTest : public testing::Test {
 protected:
  bool IsBuilt(std::string_view qualified) const {
    const std::size_t colon = qualified.find(':');
    return colon != std::string_view::npos &&
           server_.Operations().Find(qualified.substr(0, colon), qualified.substr(colon + 1)) != nullptr;
  }

  // What a member that names something says: "name", or the ARN of it.
  static std::string NameIn(std::string_view member) {
    std::string kind = sagemaker::KindOf(member.substr(0, member.size() - std::string_view("Arn").size()));
    if (!member.ends_with("Arn")) return "name";
    if (kind == "source" || kind == "destination") kind = "artifact";  // Of an association.
    return "arn:aws:sagemaker:us-east-1:123456789012:" + kind + "/name";
  }

  // What the access rule asks for when every member that names something does.
  std::vector<wire::Access> AccessesOf(std::string_view service_name, const std::string& operation) const {
    const wire::Service& service = *wire::FindService(service_name);
    const wire::Operation& model = *service.FindOperation(operation);
    JsonObject input;
    const wire::Shape shape = model.input();  // Some take no input.
    for (std::size_t i = 0; shape && i < shape.member_count(); ++i) {
      const auto member = shape.member(i);
      const std::string_view name = member.name();
      if (name.ends_with("Name") || name.ends_with("Arn")) input[name] = NameIn(name);
      if (name.ends_with("ArnList")) input[name] = JsonArray{"name"};
    }
    wire::Principal principal;
    principal.account = "123456789012";
    const wire::Call call{service, model, std::move(input), principal, "us-east-1", "id"};
    return server_.Operations().Find(service_name, operation)->access(call);
  }

  TemporaryDirectory directory_;
  Server server_{{.data = directory_.path()}};
};

std::set<std::string> KeysThatAreSet() {
  std::set<std::string> keys;
  for (const auto key : identity::IdentityKeys()) keys.insert(Lower(key));
  for (const auto& row : sagemaker::RequestKeys()) keys.insert(Lower(row.key));
  for (const auto key : sagemaker::OtherKeys()) keys.insert(Lower(key));
  for (const auto& row : objects::RequestKeys()) keys.insert(Lower(row.key));
  for (const auto key : objects::OtherKeys()) keys.insert(Lower(key));
  for (const auto key : telemetry::MetricKeys()) keys.insert(Lower(key));
  for (const auto key : events::EventKeys()) keys.insert(Lower(key));
  for (const auto key : keys::KmsKeys()) keys.insert(Lower(key));
  for (const auto key : secrets::SecretKeys()) keys.insert(Lower(key));
  for (const auto key : parameters::ParameterKeys()) keys.insert(Lower(key));
  return keys;
}

bool IsOf(std::string_view key, std::string_view vendor) {
  return key.starts_with(vendor) && key.substr(vendor.size()).starts_with(':');
}

TEST_F(AccessTest, EveryDocumentedKeyIsSetOrSaidToBeAbsent) {
  std::set<std::string> known = KeysThatAreSet();
  for (const auto& row : identity::AbsentKeys()) known.emplace(row.key);
  for (const auto& service : identity::ReferenceServices()) {
    for (const auto& action : service.actions) {
      for (const std::uint16_t index : action.keys) {
        const std::string_view key = identity::ReferenceKeys()[index].name;
        // Keys of other services (an identity provider's in a trust policy) are absent here as anywhere.
        if (!IsOf(key, service.prefix) && !IsOf(key, "aws") && !IsOf(key, "iam")) continue;
        EXPECT_TRUE(known.contains(std::string(key))) << service.prefix << ":" << action.name << " has " << key;
      }
    }
  }
}

TEST_F(AccessTest, NoKeyIsSaidToBeAbsentOfAnOperationThatIsBuilt) {
  for (const auto& [key, reason, until] : identity::AbsentKeys()) {
    EXPECT_FALSE(IsBuilt(until)) << key << " is said to be absent because " << reason << ", but " << until
                                 << " is built: set the key.";
  }
}

TEST_F(AccessTest, KeysThatAreSetAreDocumented) {
  for (const std::string& key : KeysThatAreSet()) {
    const auto keys = identity::ReferenceKeys();
    const bool listed = std::any_of(keys.begin(), keys.end(), [&](const auto& row) { return row.name == key; });
    EXPECT_TRUE(listed || IsOf(key, "aws")) << key;
  }
}

// The reference says of some resources that each request names one, where none can or where others may stand for it.
bool NeedNotBeNamed(std::string_view action, std::string_view type) {
  if (action == "DisassociateTrialComponent") return type == "processing-job";
  // An association has two ends, each of one of five kinds.
  return (action == "AddAssociation" || action == "DeleteAssociation") && type != "artifact";
}

TEST_F(AccessTest, EveryOperationAsksForAllResourcesThatItNeeds) {
  for (const auto& service : identity::ReferenceServices()) {
    if (service.prefix != "sagemaker") continue;
    for (const auto& action : service.actions) {
      if (!IsBuilt("sagemaker:" + std::string(action.name)) || action.name.ends_with("Tags")) continue;
      std::set<std::string> asked;
      for (const auto& access : AccessesOf("sagemaker", std::string(action.name))) {
        if (access.resource == "*") continue;
        const std::string resource = access.resource.substr(access.resource.rfind(':') + 1);
        asked.insert(resource.substr(0, resource.find('/')));
      }
      for (const auto& [type, required] : action.resources) {
        const bool needed = required && !NeedNotBeNamed(action.name, type);
        EXPECT_TRUE(!needed || asked.contains(std::string(type))) << action.name << " needs a " << type;
      }
    }
  }
}

// A denial is worded as the operation's own service does, which is that of the first access.
TEST_F(AccessTest, TheFirstAccessIsTheOperationsOwn) {
  for (const auto& [service, operations] : server_.Operations().entries()) {
    if (service != "sagemaker" && service != "iam") continue;
    for (const auto& [name, entry] : operations) {
      if (name.ends_with("Tags")) continue;  // They need the ARN of something that exists.
      const auto accesses = AccessesOf(service, name);
      ASSERT_FALSE(accesses.empty()) << name;
      EXPECT_EQ(accesses[0].action, service + ":" + name);
    }
  }
}

}  // namespace
}  // namespace sagebrush::server
