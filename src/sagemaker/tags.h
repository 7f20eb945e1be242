#pragma once

#include <memory>

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

inline constexpr std::size_t kTagsMax = 50;  // Of one resource.

// AddTags, ListTags and DeleteTags for all of `nouns`, which outlive the table.
void AddTagVerbs(wire::OperationTable& table, const Context& context, const std::vector<const Noun*>& nouns);

// Throws Error(kValidation) unless `tags` (AWS's [{Key, Value}]) has unique keys that do not start with "aws:".
void CheckTags(const Json* tags);

// The tags in a resource's own spec.
JsonArray TagsOf(const store::Resource& resource);
// Whose tags are those of `resource`: its own, or its parent's (Noun::tags_of_parent). nullptr: its parent is gone.
std::shared_ptr<const store::Resource> HolderOfTags(const Context& context, const Noun& noun,
                                                    const std::shared_ptr<const store::Resource>& resource);

// Sets and removes tags of the resource at `key`; both may be empty. Returns those that it has then.
// Throws the noun's "missing" error, Error(kValidation) for a bad key or one whose tags are its parent's,
// Error(kResourceLimitExceeded) for too many.
JsonArray ChangeTags(const Context& context, const Noun& noun, const store::Key& key, const JsonArray& added,
                     const JsonArray& removed_keys);

// The noun and key of a resource of this account and region, named by `arn`. It is taken only as this server writes it,
// byte for byte, so one resource has one name. Throws Error(kValidation) when it is none of `nouns`.
struct Target {
  const Noun* noun;
  store::Key key;
};
Target TargetOf(const std::vector<const Noun*>& nouns, const wire::Call& call, const std::string& arn);

}  // namespace sagebrush::sagemaker
