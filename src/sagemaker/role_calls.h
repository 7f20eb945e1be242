#pragma once

#include <stop_token>
#include <string>

#include "base/json.h"
#include "sagemaker/context.h"
#include "wire/call.h"

namespace sagebrush::sagemaker {

// The operations of SageMaker as a role may call them: how one resource makes others (a tuning job its training jobs,
// a pipeline its steps). Each call passes what a client's call with the role's credentials passes (wire::Api); besides
// the role's policies, iam:PassRole is asked for where a role is handed on, also the role itself. Not thread-safe.
class RoleCalls {
 public:
  // `source_arn`: the resource that the role is used for, which the role's trust policy may ask for; the calls are for
  // its region. Throws Error when the role does not exist or may not be assumed by sagemaker.amazonaws.com.
  RoleCalls(const Context& context, const std::string& role_arn, const std::string& session_name,
            const std::string& source_arn);

  // Throws the operation's Error. May be repeated only where the operation may (a Create answers ResourceInUse then).
  Json Call(const std::string& operation, Json input, std::stop_token stop = {}) const;

 private:
  const Context& context_;
  std::string region_;
  wire::Principal principal_;
};

}  // namespace sagebrush::sagemaker
