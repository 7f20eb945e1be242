#pragma once

#include <string>
#include <string_view>

#include "parameters/parameter.h"
#include "parameters/parameters_context.h"

// The value of a SecureString. KMS encrypts that of a standard parameter itself, and a data key for that of an advanced
// one, with the parameter's ARN as encryption context (docs.aws.amazon.com/kms/latest/developerguide/
// services-parameter-store.html): whoever puts or reads it must be allowed to do that.
namespace sagebrush::parameters {

inline constexpr char kDefaultKey[] = "alias/aws/ssm";

// What is kept and shown of a value. `spec`: of the version, with its Type, Tier and KeyId. Throws Error(InvalidKeyId),
// Error(AccessDeniedException).
Json KeepValue(const ParametersContext& context, const wire::Call& call, const store::Key& parameter, const Json& spec,
               std::string_view value);
// The value of a kept version, opened if `decrypt`. Throws the same.
std::string ShowValue(const ParametersContext& context, const wire::Call& call, const store::Key& parameter,
                      const Json& spec, bool decrypt);

}  // namespace sagebrush::parameters
