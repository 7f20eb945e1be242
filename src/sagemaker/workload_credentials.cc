#include "sagemaker/workload_credentials.h"

#include "base/encoding.h"
#include "base/error.h"
#include "identity/identity.h"
#include "runtime/runtime.h"
#include "runtime/workload_address.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::string_view kPurpose = "credentials of a workload";
// What was issued lives on when its role loses a policy, not its rights: those are asked for at each call.
constexpr Milliseconds kLifetime = std::chrono::hours(1);

identity::ServiceSession Assume(const Context& context, const WorkloadRole& role) {
  return context.identity.AssumeServiceRole(role.role_arn, "SageMaker", "sagemaker.amazonaws.com", kLifetime,
                                            role.source_arn);
}

std::string TokenOf(const Context& context, const WorkloadRole& role) {
  const JsonArray content{Json(role.workload), Json(role.role_arn), Json(role.source_arn)};
  return ToBase64(context.identity.server_key().Seal(ToText(content), kPurpose));
}

WorkloadRole RoleIn(const Context& context, std::string_view token) {
  std::string sealed;
  const auto content =
      FromBase64(token, sealed) ? context.identity.server_key().Unseal(sealed, kPurpose) : std::nullopt;
  if (!content) throw Error(kAccessDenied, "The authorization token is none that this server gave to a workload.");
  const Json parsed = ParseJson(*content);
  const auto at = [&](std::size_t i) { return std::string(parsed.as_array().at(i).as_string()); };
  return {at(0), at(1), at(2)};
}

}  // namespace

void AddApiAccess(const Context& context, const WorkloadRole& role, const std::string& region,
                  std::map<std::string, std::string>& environment) {
  const std::string api = "http://" + runtime::AddressInside(context.api_address);
  environment["AWS_REGION"] = environment["AWS_DEFAULT_REGION"] = region;
  environment["AWS_ENDPOINT_URL"] = api;
  if (role.role_arn.empty()) return;
  Assume(context, role);  // Better that the workload does not start than that it fails at its first call.
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = api + std::string(kCredentialsPath);
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = TokenOf(context, role);
}

Json CredentialsFor(const Context& context, std::string_view token) {
  const WorkloadRole role = RoleIn(context, token);
  const auto state = context.runtime.Inspect(role.workload);
  if (!state || !state->running) {
    throw Error(kAccessDenied, "The workload that the authorization token was given to does not run any more.");
  }
  const identity::ServiceSession session = Assume(context, role);
  return JsonObject{{"AccessKeyId", session.credentials.access_key_id},
                    {"SecretAccessKey", session.credentials.secret_key},
                    {"Token", session.credentials.session_token},
                    {"Expiration", ToIso8601(session.expires)},
                    {"RoleArn", role.role_arn}};
}

}  // namespace sagebrush::sagemaker
