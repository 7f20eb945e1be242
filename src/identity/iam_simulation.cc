// SimulatePrincipalPolicy and SimulateCustomPolicy: the evaluator asked what it would decide.
#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "base/arn.h"
#include "base/text.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/request_facts.h"

namespace sagebrush::identity {
namespace {

struct Simulation {
  wire::Principal caller;
  std::shared_ptr<const IdentityEntry> caller_entry;
  PolicySet policies;
  std::deque<NamedPolicy> kept;  // Keeps alive what `policies` points to, and names it.
  JsonObject context;
  Time now;
};

const Json kNoStrings = JsonArray();

const JsonArray& List(const Json& input, std::string_view member) {
  const Json* const list = Find(input, member);
  return list == nullptr ? kNoStrings.get_array() : list->as_array();
}

void AddIdentityPolicy(Simulation& simulation, NamedPolicy policy) {
  simulation.policies.identity.push_back(policy.policy.get());
  simulation.kept.push_back(std::move(policy));
}

const Policy* Keep(Simulation& simulation, std::string name, std::string_view text, PolicyType type) {
  simulation.kept.push_back({std::move(name), Policy::Parse(text, type)});
  return simulation.kept.back().policy.get();
}

void ReadPolicies(const Json& input, Simulation& simulation) {
  int number = 0;
  for (const auto& text : List(input, "PolicyInputList")) {
    AddIdentityPolicy(simulation, {fmt::format("PolicyInputList.{}", ++number),
                                   Policy::Parse(std::string(text.as_string()), PolicyType::kIdentity)});
  }
  const JsonArray& boundaries = List(input, "PermissionsBoundaryPolicyInputList");
  if (!boundaries.empty()) {
    simulation.policies.boundary = Keep(simulation, "PermissionsBoundaryPolicyInputList.1",
                                        std::string(boundaries[0].as_string()), PolicyType::kIdentity);
  }
  const std::string resource = GetString(input, "ResourcePolicy");
  if (!resource.empty()) {
    simulation.policies.resource = Keep(simulation, "ResourcePolicy", resource, PolicyType::kResource);
  }
}

void ReadContext(const Json& input, Simulation& simulation) {
  for (const auto& entry : List(input, "ContextEntries")) {
    const JsonArray& values = List(entry, "ContextKeyValues");
    simulation.context[GetString(entry, "ContextKeyName")] = values.size() == 1 ? values[0] : Json(values);
  }
}

// The identity that an ARN names: a user, a role, or the role of a session.
std::shared_ptr<const IdentityEntry> FindSource(const Identity& identity, const std::string& account,
                                                const std::string& arn) {
  auto entry = identity.directory().FindIdentity(arn);
  if (entry != nullptr) return entry->account == account ? entry : nullptr;
  const auto parsed = Arn::Parse(arn);
  if (!parsed || !parsed->resource.starts_with("assumed-role/") || parsed->account != account) return nullptr;
  const std::string rest = parsed->resource.substr(13);
  const auto role = identity.store().Get(EntityKey(kRoleKind, account, rest.substr(0, rest.find('/'))));
  return role == nullptr ? nullptr : identity.directory().FindIdentity(GetString(role->spec, "Arn"));
}

// Throws NoSuchEntity.
std::shared_ptr<const IdentityEntry> GetSource(const Identity& identity, const std::string& account,
                                               const std::string& arn) {
  auto entry = FindSource(identity, account, arn);
  if (entry == nullptr) throw Error(kNoSuchEntity, fmt::format("The principal {} cannot be found.", arn));
  return entry;
}

void SetCaller(std::shared_ptr<const IdentityEntry> entry, Simulation& simulation) {
  simulation.caller.account = entry->account;
  simulation.caller.arn = simulation.caller.identity_arn = entry->arn;
  simulation.caller.user_id = entry->id;
  simulation.caller_entry = std::move(entry);
}

std::string NameOf(const Simulation& simulation, const Policy* policy) {
  for (const auto& named : simulation.kept) {
    if (named.policy.get() == policy) return named.name;
  }
  return "";
}

std::string_view DecisionName(Verdict verdict) {
  static constexpr std::string_view kNames[] = {"allowed", "implicitDeny", "explicitDeny"};
  return kNames[static_cast<std::size_t>(verdict)];
}

JsonArray MissingKeys(const Simulation& simulation, const RequestFacts& facts) {
  JsonArray missing;
  for (const auto& named : simulation.kept) {
    for (const auto& key : named.policy->ConditionKeys()) {
      const bool listed =
          std::any_of(missing.begin(), missing.end(), [&](const Json& k) { return k.as_string() == key; });
      if (!listed && !facts.Values(Lower(key))) missing.emplace_back(key);
    }
  }
  return missing;
}

Json EvaluateOne(const Simulation& simulation, const std::string& action, const std::string& resource) {
  const PrincipalFacts facts(simulation.caller, simulation.caller_entry.get(), simulation.context, simulation.now);
  const Caller caller{simulation.caller.account,
                      simulation.caller.arn,
                      simulation.caller.identity_arn,
                      {},
                      simulation.caller_entry == nullptr ? "" : std::string_view(simulation.caller_entry->id)};
  std::vector<AppliedStatement> applied;
  const Decision decision = Decide({action, resource, caller, facts}, simulation.policies, &applied);
  JsonArray statements;
  for (const auto& statement : applied) {
    const bool allows = statement.policy->statements()[statement.index].allow;
    // Only what led to the decision: AWS leaves out an allow that a deny overruled.
    if (allows != (decision.verdict == Verdict::kAllowed)) continue;
    statements.push_back(
        JsonObject{{"SourcePolicyId", NameOf(simulation, statement.policy)}, {"SourcePolicyType", "IAM Policy"}});
  }
  return JsonObject{{"EvalActionName", action},
                    {"EvalResourceName", resource},
                    {"EvalDecision", DecisionName(decision.verdict)},
                    {"MatchedStatements", std::move(statements)},
                    {"MissingContextValues", MissingKeys(simulation, facts)}};
}

Json Run(const Json& input, const Simulation& simulation) {
  std::vector<std::string> resources;
  for (const auto& resource : List(input, "ResourceArns")) resources.emplace_back(resource.as_string());
  if (resources.empty()) resources.emplace_back("*");
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& action : List(input, "ActionNames")) {
    const std::string name(action.as_string());
    if (name.find(':') == std::string::npos) {
      throw Error(kInvalidInput, fmt::format("Invalid Input Action: {} is not of the form service:action.", name));
    }
    for (const auto& resource : resources) {
      rows.emplace_back(fmt::format("{:06}", rows.size()), EvaluateOne(simulation, name, resource));
    }
  }
  return MakePage(input, "EvaluationResults", std::move(rows));
}

Json SimulatePrincipalPolicy(const Identity& identity, const wire::Call& call) {
  Simulation simulation;
  simulation.now = identity.clock().Now();
  const std::string source = GetString(call.input, "PolicySourceArn");
  const auto entry = GetSource(identity, call.account(), source);
  for (const auto& policy : entry->policies) AddIdentityPolicy(simulation, policy);
  if (entry->boundary != nullptr) {
    simulation.kept.push_back({"PermissionsBoundary", entry->boundary});
    simulation.policies.boundary = entry->boundary.get();
  }
  simulation.policies.is_root = entry->is_root;
  const std::string caller = GetString(call.input, "CallerArn", source);
  SetCaller(caller == source ? entry : GetSource(identity, call.account(), caller), simulation);
  ReadPolicies(call.input, simulation);
  ReadContext(call.input, simulation);
  return Run(call.input, simulation);
}

Json SimulateCustomPolicy(const Identity& identity, const wire::Call& call) {
  Simulation simulation;
  simulation.now = identity.clock().Now();
  const std::string caller = GetString(call.input, "CallerArn");
  auto entry = caller.empty() ? nullptr : FindSource(identity, call.account(), caller);
  if (entry != nullptr) {
    SetCaller(std::move(entry), simulation);
  } else {
    simulation.caller.account = call.account();
  }
  ReadPolicies(call.input, simulation);
  ReadContext(call.input, simulation);
  return Run(call.input, simulation);
}

// What a caller of a simulation must give values for: the context keys of the policies, each once.
Json ContextKeys(const Simulation& simulation) {
  JsonArray names;
  for (const auto& named : simulation.kept) {
    for (const auto& key : named.policy->ConditionKeys()) {
      if (std::find(names.begin(), names.end(), Json(key)) == names.end()) names.emplace_back(key);
    }
  }
  return JsonObject{{"ContextKeyNames", std::move(names)}};
}

Json GetContextKeysForCustomPolicy(const Identity&, const wire::Call& call) {
  Simulation simulation;
  ReadPolicies(call.input, simulation);
  return ContextKeys(simulation);
}

Json GetContextKeysForPrincipalPolicy(const Identity& identity, const wire::Call& call) {
  Simulation simulation;
  const auto entry = GetSource(identity, call.account(), GetString(call.input, "PolicySourceArn"));
  for (const auto& policy : entry->policies) AddIdentityPolicy(simulation, policy);
  ReadPolicies(call.input, simulation);
  return ContextKeys(simulation);
}

}  // namespace

void AddSimulationOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"SimulateCustomPolicy", SimulateCustomPolicy},
           {"SimulatePrincipalPolicy", SimulatePrincipalPolicy},
           {"GetContextKeysForCustomPolicy", GetContextKeysForCustomPolicy},
           {"GetContextKeysForPrincipalPolicy", GetContextKeysForPrincipalPolicy}});
}

}  // namespace sagebrush::identity
