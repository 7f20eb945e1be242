// The policy on a secret.
#include "objects/bucket_policy.h"
#include "secrets/secret_errors.h"
#include "secrets/secret_handlers.h"

namespace sagebrush::secrets {
namespace {

void RefuseOtherPolicies(const Json& input) {
  if (GetString(input, "PolicyName", "default") != "default")
    throw Error(kInvalidParameter, "The PolicyName is refused: a secret has one policy here, called default.");
}

std::string Pin(const SecretsContext& context, const std::string& policy) {
  try {
    return context.authorizer.PinPolicy(policy);
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
    throw Error(kSecretPolicyMalformed, error.what());  // Secrets Manager's code for it.
  }
}

}  // namespace

Json PutResourcePolicy(const SecretsContext& context, wire::Call& call) {
  RefuseOtherPolicies(call.input);
  const std::string policy = Pin(context, GetString(call.input, "ResourcePolicy"));
  if (GetBool(call.input, "BlockPublicPolicy") && objects::IsPublicPolicy(ParseJson(policy)))
    throw Error(kPublicPolicy, "The policy gives access to everyone, and BlockPublicPolicy is set.");
  JsonObject out;
  ChangeSecret(context, call, [&](store::Resource& secret) {
    secret.spec.at("Policy") = policy;
    out = Named(secret);
  });
  return out;
}

Json GetResourcePolicy(const SecretsContext& context, wire::Call& call) {
  RefuseOtherPolicies(call.input);
  const SecretPointer secret = LiveSecretIn(context, call);
  JsonObject out = Named(*secret);
  if (const std::string policy = GetString(secret->spec, "Policy"); !policy.empty())
    out["ResourcePolicy"] = context.authorizer.ShowPolicy(policy);
  return out;
}

Json DeleteResourcePolicy(const SecretsContext& context, wire::Call& call) {
  RefuseOtherPolicies(call.input);
  JsonObject out;
  ChangeSecret(context, call, [&](store::Resource& secret) {
    secret.spec.at("Policy") = "";
    out = Named(secret);
  });
  return out;
}

Json ValidateResourcePolicy(const SecretsContext& context, wire::Call& call) {
  const std::string policy = Pin(context, GetString(call.input, "ResourcePolicy"));
  if (!objects::IsPublicPolicy(ParseJson(policy))) return {{"PolicyValidationPassed", true}};
  return {{"PolicyValidationPassed", false},
          {"ValidationErrors", JsonArray{JsonObject{{"CheckName", "public-access"},
                                                    {"ErrorMessage", "The policy gives access to everyone."}}}}};
}

}  // namespace sagebrush::secrets
