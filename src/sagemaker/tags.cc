// AddTags, ListTags and DeleteTags: the same for every noun. Tags live in the resource's spec.
#include "base/arn.h"
#include "sagemaker/request_keys.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kTagsMax = 50;

struct Target {
  const Noun* noun;
  store::Key key;
};

// The resource that the call's ARN names: what the check asks about and the work is done on. An ARN is taken only as
// this server writes it, byte for byte, so one resource has one name. Throws Error(kValidation) when it is none of this
// account's and region's nouns.
Target TargetOf(const std::vector<const Noun*>& nouns, const wire::Call& call) {
  const std::string text = GetString(call.input, "ResourceArn");
  const auto arn = Arn::Parse(text);
  if (!arn || arn->service != "sagemaker") throw Error(kValidation, "Invalid ARN: " + text + ".");
  if (arn->account != call.account() || arn->region != call.region) {
    throw Error(kValidation,
                "ResourceArn " + text + " is not of account " + call.account() + " in region " + call.region + ".");
  }
  const std::size_t slash = arn->resource.find('/');
  const std::string kind = arn->resource.substr(0, slash);
  for (const Noun* noun : nouns) {
    if (noun->kind != kind || slash == std::string::npos) continue;
    const Target target{noun, KeyOf(*noun, arn->account, arn->region, arn->resource.substr(slash + 1))};
    if (ArnOf(*noun, target.key) == text) return target;
    throw Error(kValidation, "Invalid ARN: " + text + ". Give it as it was answered, in lower case.");
  }
  throw Error(kValidation, "Invalid ARN: " + text + ". No such kind of resource: " + kind + ".");
}

JsonArray TagsOf(const store::Resource& resource) {
  const Json* tags = Find(resource.spec, "Tags");
  return tags == nullptr || !tags->is_array() ? JsonArray() : tags->get_array();
}

void Merge(JsonArray& tags, const Json& added) {
  const std::string key = GetString(added, "Key");
  for (Json& tag : tags) {
    if (GetString(tag, "Key") != key) continue;
    tag = added;
    return;
  }
  tags.push_back(added);
}

Json AddTags(const Context& context, const Target& target, wire::Call& call) {
  CheckTags(Find(call.input, "Tags"));
  const store::Resource changed = Change(context, *target.noun, target.key, [&](store::Resource& resource) {
    JsonArray tags = TagsOf(resource);
    for (const Json& tag : call.input.at("Tags").as_array()) Merge(tags, tag);
    if (tags.size() > kTagsMax) {
      throw Error(kResourceLimitExceeded, fmt::format("A resource has at most {} tags.", kTagsMax));
    }
    resource.spec.as_object()["Tags"] = std::move(tags);
  });
  return {{"Tags", TagsOf(changed)}};
}

Json DeleteTags(const Context& context, const Target& target, wire::Call& call) {
  const JsonArray& keys = call.input.at("TagKeys").as_array();
  Change(context, *target.noun, target.key, [&](store::Resource& resource) {
    JsonArray kept;
    for (const Json& tag : TagsOf(resource)) {
      if (std::find(keys.begin(), keys.end(), tag.at("Key")) == keys.end()) kept.push_back(tag);
    }
    resource.spec.as_object()["Tags"] = std::move(kept);
  });
  return JsonObject();
}

// All tags fit one page: a resource has at most 50, and MaxResults is at least 50.
Json ListTags(const Context& context, const Target& target, wire::Call& call) {
  if (!GetString(call.input, "NextToken").empty())
    throw Error(kValidation, "Invalid NextToken: there is no next page.");
  const auto resource = context.store.Get(target.key);
  if (resource == nullptr) throw MissingError(*target.noun, target.key);
  return {{"Tags", TagsOf(*resource)}};
}

}  // namespace

void AddTagVerbs(wire::OperationTable& table, const Context& context, const std::vector<const Noun*>& nouns) {
  const auto add = [&](const std::string& operation, auto function) {
    const auto access = [&context, nouns, operation, keys = KeysOf(operation)](const wire::Call& call) {
      const Target target = TargetOf(nouns, call);
      JsonObject facts = RequestContext(keys, call);
      AddResourceTags(context.store.Get(target.key).get(), facts);
      return std::vector<wire::Access>{
          {"sagemaker:" + operation, ArnOf(*target.noun, target.key), std::move(facts), nullptr}};
    };
    table.Add("sagemaker", operation,
              {[&context, nouns, function](wire::Call& call) { return function(context, TargetOf(nouns, call), call); },
               access});
  };
  add("AddTags", AddTags);
  add("DeleteTags", DeleteTags);
  add("ListTags", ListTags);
}

}  // namespace sagebrush::sagemaker
