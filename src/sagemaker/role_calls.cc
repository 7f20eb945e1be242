#include "sagemaker/role_calls.h"

#include "base/arn.h"
#include "identity/identity.h"
#include "wire/api.h"

namespace sagebrush::sagemaker {

RoleCalls::RoleCalls(const Context& context, const std::string& role_arn, const std::string& session_name,
                     const std::string& source_arn)
    : context_(context),
      region_(Arn::Parse(source_arn).value().region),
      principal_(
          context.identity
              .AssumeServiceRole(role_arn, session_name, "sagemaker.amazonaws.com", std::chrono::hours(12), source_arn)
              .principal) {}

Json RoleCalls::Call(const std::string& operation, Json input, std::stop_token stop) const {
  return context_.api.Call(principal_, region_, "sagemaker", operation, std::move(input), std::move(stop));
}

}  // namespace sagebrush::sagemaker
