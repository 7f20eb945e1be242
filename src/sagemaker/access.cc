// What the caller of a verb must be allowed.
#include "sagemaker/registry.h"
#include "sagemaker/request_keys.h"
#include "sagemaker/tags.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

// What of an operation's access is the same in all calls.
struct Asked {
  explicit Asked(const std::string& operation_name)
      : operation(operation_name), action("sagemaker:" + operation_name), keys(KeysOf(operation_name)) {}

  std::string operation, action;
  OperationKeys keys;
};

// The ARN that a verb is asked for: a new resource may have no name yet.
std::string ArnAskedFor(const Noun& noun, const wire::Call& call, const store::Key& key) {
  if (!key.name.empty()) return ArnOf(noun, key);
  return ArnOf(noun, call, noun.name_pattern ? noun.name_pattern(call) : "*");
}

// What conditions can ask about a resource: what is known of the request, and the tags.
JsonObject FactsOf(const Context& context, const Noun& noun, const store::Key& key, const JsonObject& request) {
  JsonObject facts = request;
  if (const auto resource = context.store.Get(key)) {
    if (const auto tagged = HolderOfTags(context, noun, resource)) AddResourceTags(*tagged, facts);
    if (noun.facts) noun.facts(*resource, facts);
  }
  return facts;
}

// Of a noun without an ARN: the operation on all that it joins.
std::vector<wire::Access> AccessesOfJoined(const Context& context, const Noun& noun, const Asked& asked,
                                           const wire::Call& call) {
  std::vector<wire::Access> accesses;
  for (const std::string& member : noun.key_members) {
    const auto [joined, key] = TargetOf(Nouns(), call, GetString(call.input, member));
    accesses.push_back(
        {asked.action, ArnOf(*joined, key), FactsOf(context, *joined, key, RequestContext(asked.keys, call)), nullptr});
  }
  return accesses;
}

// What a verb does to the resource that the call names, and to all else that it takes into its hands.
std::vector<wire::Access> AccessesOf(const Context& context, const Noun& noun, const Asked& asked,
                                     const wire::Call& call) {
  if (noun.arn_member.empty()) return AccessesOfJoined(context, noun, asked, call);
  const store::Key key = KeyIn(context, noun, call);
  const std::string arn = ArnAskedFor(noun, call, key);
  const JsonObject request = RequestContext(asked.keys, call);
  const auto on = [&](const Noun& of, const std::string& action, const std::string& resource_arn,
                      const store::Key& resource_key) {
    return wire::Access{action, resource_arn, FactsOf(context, of, resource_key, request), nullptr};
  };
  std::vector<wire::Access> accesses;
  accesses.push_back(on(noun, asked.action, arn, key));
  for (const auto& [member, other] : noun.uses) {
    const std::string name = GetString(call.input, member);
    if (name.empty()) continue;
    const store::Key used = KeyNamed(other(), call, name);
    accesses.push_back(on(other(), asked.action, ArnOf(other(), used), used));
  }
  if (request.contains("aws:TagKeys")) {  // Tags on creation need the right to tag.
    accesses.push_back(on(noun, "sagemaker:AddTags", arn, key));
    accesses.back().context["sagemaker:TaggingAction"] = asked.operation;
  }
  const std::string role = noun.role_member.empty() ? "" : GetString(call.input, noun.role_member);
  if (!role.empty()) {
    const JsonObject passed{{"iam:PassedToService", "sagemaker.amazonaws.com"}, {"iam:AssociatedResourceArn", arn}};
    accesses.push_back({"iam:PassRole", role, passed, nullptr});
  }
  return accesses;
}

}  // namespace

wire::AccessRule OneResource(const Context& context, const Noun& noun, const std::string& operation) {
  return [&context, &noun, asked = Asked(operation)](const wire::Call& call) {
    return AccessesOf(context, noun, asked, call);
  };
}

}  // namespace sagebrush::sagemaker
