#include <fmt/format.h>

#include "parameters/parameter_errors.h"
#include "parameters/parameter_handlers.h"
#include "tagging/tagged_service.h"

namespace sagebrush::parameters {
namespace {

constexpr std::size_t kTagsMax = 50;

// Throws Error(InvalidResourceType), Error(InvalidResourceId).
ParameterPointer TaggedParameter(const ParametersContext& context, const wire::Call& call) {
  if (const std::string type = GetString(call.input, "ResourceType"); type != "Parameter") {
    throw Error(kInvalidResourceType,
                fmt::format("The ResourceType {} is refused: of Systems Manager only parameters are built.", type));
  }
  auto parameter = FindParameter(context, call, GetString(call.input, "ResourceId"));
  if (parameter == nullptr) {
    throw Error(kInvalidResourceId, fmt::format("There is no parameter {}.", GetString(call.input, "ResourceId")));
  }
  return parameter;
}

template <typename Change>
void ChangeTags(const ParametersContext& context, const wire::Call& call, const Change& change) {
  for (;;) {
    store::Resource parameter = *TaggedParameter(context, call);
    tagging::Tags tags = tagging::FromList(parameter.spec.at("Tags").as_array());
    change(tags);
    if (tags.size() > kTagsMax) throw Error(kTooManyTags, fmt::format("A parameter has at most {} tags.", kTagsMax));
    parameter.spec.at("Tags") = tagging::ToList(tags);
    if (context.store.Update(parameter)) return;
  }
}

}  // namespace

Json AddTagsToResource(const ParametersContext& context, wire::Call& call) {
  ChangeTags(context, call, [&](tagging::Tags& tags) {
    for (const auto& [key, value] : tagging::FromList(call.input.at("Tags").as_array())) {
      if (key.starts_with("aws:"))
        throw Error(kValidation, fmt::format("The tag key {} is reserved: it begins with aws:.", key));
      tags[key] = value;
    }
  });
  return {};
}

Json RemoveTagsFromResource(const ParametersContext& context, wire::Call& call) {
  ChangeTags(context, call, [&](tagging::Tags& tags) {
    for (const Json& key : call.input.at("TagKeys").as_array()) tags.erase(std::string(key.as_string()));
  });
  return {};
}

Json ListTagsForResource(const ParametersContext& context, wire::Call& call) {
  return {{"TagList", TaggedParameter(context, call)->spec.at("Tags")}};
}

}  // namespace sagebrush::parameters
