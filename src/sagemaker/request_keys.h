#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// A condition key of SageMaker and the members of requests that give it its values. It is set for the actions that AWS
// documents it for (identity/access_reference.h).
struct RequestKey {
  std::string_view key;                 // "sagemaker:InstanceTypes"
  std::vector<std::string_view> paths;  // "ProductionVariants[].InstanceType": of each element.
  // What the server takes when no member is given: a policy decides on what will be.
  std::string otherwise{};
  bool names_models = false;  // The members are names of models; the key holds their ARNs.
                              // A key that ends in "/" is one for each entry of a map.
};
const std::vector<RequestKey>& RequestKeys();
// Further keys that this folder sets: of tags.
std::span<const std::string_view> OtherKeys();

// The rows of RequestKeys that AWS documents for `operation`.
using OperationKeys = std::span<const RequestKey* const>;
OperationKeys KeysOf(const std::string& operation);
// The condition keys that follow from the call's input, tags included.
JsonObject RequestContext(OperationKeys keys, const wire::Call& call);
// Those that follow from the tags of what the call is for.
void AddResourceTags(const store::Resource& resource, JsonObject& context);

// The texts, numbers and booleans at `path`, which may go through lists, as a policy compares them.
std::vector<std::string> ValuesAt(const Json& document, std::string_view path);

}  // namespace sagebrush::sagemaker
