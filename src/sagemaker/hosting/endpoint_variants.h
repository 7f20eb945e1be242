#pragma once

#include <string>
#include <vector>

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// What an endpoint runs, copied from its configuration and models when it is created or updated, so that these may be
// deleted afterwards. An element of spec.Variants and status.Serving.Variants:
//   {VariantName, InstanceType, InstanceCount, Weight, Container: ContainerDefinition, ExecutionRoleArn,
//    EnableNetworkIsolation, VolumeSizeInGB, DownloadSeconds, StartupSeconds, RoutingStrategy, ModelName}
// Throws the "missing" errors of configuration and model, and as CheckInstanceCount.
JsonArray ResolveVariants(const Context& context, const wire::Call& call, const std::string& endpoint_config);

// Throws Error(kResourceLimitExceeded), in the words of AWS's quota, when one variant shall have more instances than
// any machine holds; the model of the service knows no limit.
void CheckInstanceCount(const std::string& instance_type, std::int64_t count);

// The elements of DescribeEndpoint's ProductionVariants. `serving` is what answers now, `desired` what shall.
JsonArray DescribeVariants(const JsonArray& serving, const JsonArray& desired);

}  // namespace sagebrush::sagemaker
