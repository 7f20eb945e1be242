#pragma once

#include <string>

#include "parameters/parameter.h"
#include "parameters/parameters_context.h"

namespace sagebrush::parameters {

// nullptr: there is none of that name in the call's account and region.
ParameterPointer FindParameter(const ParametersContext& context, const wire::Call& call, const std::string& name);
// Throws Error(ParameterNotFound).
ParameterPointer RequireParameter(const ParametersContext& context, const wire::Call& call, const std::string& name);
// Deletes it with all its versions; nothing when it is gone.
void Delete(const ParametersContext& context, const wire::Call& call, const std::string& name);
// As GetParameter shows a version of it.
JsonObject Show(const ParametersContext& context, const wire::Call& call, const store::Resource& parameter,
                const std::string& selector);

Json PutParameter(const ParametersContext& context, wire::Call& call);
Json GetParameter(const ParametersContext& context, wire::Call& call);
Json GetParameters(const ParametersContext& context, wire::Call& call);
Json GetParametersByPath(const ParametersContext& context, wire::Call& call);
Json GetParameterHistory(const ParametersContext& context, wire::Call& call);
Json DescribeParameters(const ParametersContext& context, wire::Call& call);
Json DeleteParameter(const ParametersContext& context, wire::Call& call);
Json DeleteParameters(const ParametersContext& context, wire::Call& call);
Json LabelParameterVersion(const ParametersContext& context, wire::Call& call);
Json UnlabelParameterVersion(const ParametersContext& context, wire::Call& call);
Json AddTagsToResource(const ParametersContext& context, wire::Call& call);
Json RemoveTagsFromResource(const ParametersContext& context, wire::Call& call);
Json ListTagsForResource(const ParametersContext& context, wire::Call& call);

}  // namespace sagebrush::parameters
