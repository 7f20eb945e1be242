#include "identity/service_roles.h"

#include <algorithm>
#include <array>

namespace sagebrush::identity {
namespace {

constexpr std::array<ServiceRole, 3> kServiceRoles{{
    {"sagemaker.amazonaws.com", "AWSServiceRoleForAmazonSageMakerNotebooks",
     "arn:aws:iam::aws:policy/aws-service-role/AmazonSageMakerNotebooksServiceRolePolicy"},
    {"hyperpod.sagemaker.amazonaws.com", "AWSServiceRoleForSageMakerHyperPod",
     "arn:aws:iam::aws:policy/aws-service-role/AmazonSageMakerHyperPodServiceRolePolicy"},
    {"sagemaker.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
     "arn:aws:iam::aws:policy/aws-service-role/AWSApplicationAutoscalingSageMakerEndpointPolicy"},
}};

}  // namespace

const ServiceRole* FindServiceRole(std::string_view service) {
  const auto row = std::find_if(kServiceRoles.begin(), kServiceRoles.end(),
                                [service](const ServiceRole& role) { return role.service == service; });
  return row == kServiceRoles.end() ? nullptr : &*row;
}

std::string ServiceRoleIn(std::string_view service) {
  const ServiceRole* const role = FindServiceRole(service);
  return std::string(service) + "/" + std::string(role == nullptr ? "*" : role->name);
}

}  // namespace sagebrush::identity
