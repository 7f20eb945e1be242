#pragma once

#include <string>
#include <string_view>

namespace sagebrush::identity {

// A role that a service makes for itself (docs.aws.amazon.com/IAM/latest/UserGuide/
// reference_aws-services-that-work-with-iam.html and SageMaker's pages of its service-linked roles).
struct ServiceRole {
  std::string_view service;  // "sagemaker.amazonaws.com"
  std::string_view name;     // "AWSServiceRoleForAmazonSageMakerNotebooks"
  std::string_view policy;   // The ARN of what AWS manages for it.
};

const ServiceRole* FindServiceRole(std::string_view service);  // nullptr: no such service makes one.
// "sagemaker.amazonaws.com/AWSServiceRoleForAmazonSageMakerNotebooks"; with "*" for a name that nobody knows.
std::string ServiceRoleIn(std::string_view service);

}  // namespace sagebrush::identity
