// AddTags, ListTags and DeleteTags: the same for every noun. Tags live in the resource's spec.
#include "sagemaker/tags.h"

#include <algorithm>
#include <set>

#include "base/arn.h"
#include "sagemaker/request_keys.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

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
  return {{"Tags", ChangeTags(context, *target.noun, target.key, call.input.at("Tags").as_array(), {})}};
}

Json DeleteTags(const Context& context, const Target& target, wire::Call& call) {
  ChangeTags(context, *target.noun, target.key, {}, call.input.at("TagKeys").as_array());
  return JsonObject();
}

// All tags fit one page: a resource has at most 50, and MaxResults is at least 50.
Json ListTags(const Context& context, const Target& target, wire::Call& call) {
  if (!GetString(call.input, "NextToken").empty())
    throw Error(kValidation, "Invalid NextToken: there is no next page.");
  const auto holder = HolderOfTags(context, *target.noun, Require(context, *target.noun, target.key));
  return {{"Tags", holder == nullptr ? JsonArray() : TagsOf(*holder)}};
}

}  // namespace

void CheckTags(const Json* tags) {
  if (tags == nullptr || !tags->is_array()) return;
  std::set<std::string> keys;
  for (const Json& tag : tags->get_array()) {
    const std::string key = GetString(tag, "Key");
    if (key.starts_with("aws:")) {
      throw Error(kValidation, "Tag key " + key + " starts with aws:, which is reserved; choose another key.");
    }
    if (!keys.insert(key).second) throw Error(kValidation, "Tag key " + key + " is given twice; give each key once.");
  }
}

JsonArray TagsOf(const store::Resource& resource) {
  const Json* tags = Find(resource.spec, "Tags");
  return tags == nullptr || !tags->is_array() ? JsonArray() : tags->get_array();
}

std::shared_ptr<const store::Resource> HolderOfTags(const Context& context, const Noun& noun,
                                                    const std::shared_ptr<const store::Resource>& resource) {
  const std::string parent = noun.tags_of_parent ? GetString(resource->spec, noun.parent_member) : "";
  if (parent.empty()) return resource;
  return context.store.Get(KeyOf(noun.parent(), resource->key.account, resource->key.region, parent));
}

JsonArray ChangeTags(const Context& context, const Noun& noun, const store::Key& key, const JsonArray& added,
                     const JsonArray& removed_keys) {
  const Json checked = added;
  CheckTags(&checked);
  const store::Resource changed = Rewrite(context, noun, key, [&](store::Resource& resource) {
    if (noun.tags_of_parent && !GetString(resource.spec, noun.parent_member).empty()) {
      throw Error(kValidation,
                  fmt::format("{} has the tags of its {}: change those.", ArnOf(noun, key), noun.parent().name));
    }
    JsonArray tags;
    for (const Json& tag : TagsOf(resource)) {
      if (std::ranges::find(removed_keys, tag.at("Key")) == removed_keys.end()) tags.push_back(tag);
    }
    for (const Json& tag : added) Merge(tags, tag);
    if (tags.size() > kTagsMax) {
      throw Error(kResourceLimitExceeded, fmt::format("A resource has at most {} tags.", kTagsMax));
    }
    resource.spec.as_object()["Tags"] = std::move(tags);
  });
  return TagsOf(changed);
}

Target TargetOf(const std::vector<const Noun*>& nouns, const wire::Call& call, const std::string& text) {
  const auto arn = Arn::Parse(text);
  if (!arn || arn->service != "sagemaker") throw Error(kValidation, "Invalid ARN: " + text + ".");
  if (arn->account != call.account() || arn->region != call.region) {
    throw Error(kValidation,
                "ResourceArn " + text + " is not of account " + call.account() + " in region " + call.region + ".");
  }
  const std::size_t slash = arn->resource.find('/');
  const std::string kind = arn->resource.substr(0, slash);
  for (const Noun* noun : nouns) {
    if (noun->kind != kind || noun->arn_member.empty() || slash == std::string::npos) continue;
    const Target target{noun, KeyOf(*noun, arn->account, arn->region, arn->resource.substr(slash + 1))};
    if (ArnOf(*noun, target.key) == text) return target;
    throw Error(kValidation, "Invalid ARN: " + text + ". Give it as it was answered, in lower case.");
  }
  throw Error(kValidation, "Invalid ARN: " + text + ". No such kind of resource: " + kind + ".");
}

void AddTagVerbs(wire::OperationTable& table, const Context& context, const std::vector<const Noun*>& nouns) {
  const auto add = [&](const std::string& operation, auto function) {
    const auto access = [&context, nouns, operation, keys = KeysOf(operation)](const wire::Call& call) {
      const Target target = TargetOf(nouns, call, GetString(call.input, "ResourceArn"));
      JsonObject facts = RequestContext(keys, call);
      const auto resource = context.store.Get(target.key);
      const auto holder = resource == nullptr ? nullptr : HolderOfTags(context, *target.noun, resource);
      if (holder != nullptr) AddResourceTags(*holder, facts);
      return std::vector<wire::Access>{
          {"sagemaker:" + operation, ArnOf(*target.noun, target.key), std::move(facts), nullptr}};
    };
    table.Add("sagemaker", operation,
              {[&context, nouns, function](wire::Call& call) {
                 return function(context, TargetOf(nouns, call, GetString(call.input, "ResourceArn")), call);
               },
               access});
  };
  add("AddTags", AddTags);
  add("DeleteTags", DeleteTags);
  add("ListTags", ListTags);
}

}  // namespace sagebrush::sagemaker
