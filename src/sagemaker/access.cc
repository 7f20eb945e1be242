// What the caller of a verb must be allowed.
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

// What a verb does to the resource that the call names, and to all else that it takes into its hands.
std::vector<wire::Access> AccessesOf(const Context& context, const Noun& noun, const Asked& asked,
                                     const wire::Call& call) {
  const store::Key key = KeyIn(context, noun, call);
  const std::string arn = ArnAskedFor(noun, call, key);
  const JsonObject request = RequestContext(asked.keys, call);
  const auto on = [&](const Noun& of, const std::string& action, const std::string& resource_arn,
                      const store::Key& resource_key) {
    JsonObject facts = request;
    if (const auto resource = context.store.Get(resource_key)) {
      if (const auto tagged = HolderOfTags(context, of, resource)) AddResourceTags(*tagged, facts);
      if (of.facts) of.facts(*resource, facts);
    }
    return wire::Access{action, resource_arn, std::move(facts), nullptr};
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
