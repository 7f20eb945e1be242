#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "sagemaker/context.h"

namespace sagebrush::sagemaker {

// How a workload reaches the server's API, and acts there as the role of the resource that it runs for. It is given no
// keys, but an address and a token, under which it asks for keys that last an hour, and for the next ones in time: in
// the form that every AWS SDK follows (docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).

// Where the server answers it: no bucket has such a name.
inline constexpr std::string_view kCredentialsPath = "/_sagebrush/credentials";

struct WorkloadRole {
  std::string workload;    // Its id in the runtime.
  std::string role_arn;    // Empty: it acts as nobody.
  std::string source_arn;  // The resource.
};

// Adds what SDKs inside the workload read. Throws Error when the role cannot be assumed now.
void AddApiAccess(const Context& context, const WorkloadRole& role, const std::string& region,
                  std::map<std::string, std::string>& environment);

// The credentials that such a token is good for while its workload runs. Throws Error(kAccessDenied) when the token is
// not ours or the workload has ended, and an Error that says so when the role cannot be assumed any more.
Json CredentialsFor(const Context& context, std::string_view token);

}  // namespace sagebrush::sagemaker
