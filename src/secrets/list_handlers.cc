#include "secrets/filters.h"
#include "secrets/random_password.h"
#include "secrets/secret_handlers.h"

namespace sagebrush::secrets {
namespace {

constexpr std::int64_t kPageDefault = 100;

JsonObject Listed(const store::Resource& secret) {
  JsonObject out = Describe(secret);
  out.erase("VersionIdsToStages");
  out["SecretVersionsToStages"] = StagesByVersion(secret);
  return out;
}

}  // namespace

// A page may have fewer than MaxResults where filters leave some out; the client follows NextToken all the same.
Json ListSecrets(const SecretsContext& context, wire::Call& call) {
  const bool with_deleted = GetBool(call.input, "IncludePlannedDeletion");
  const store::Page page = PageOfSecrets(context.store, call, kPageDefault);
  JsonArray secrets;
  for (const auto& secret : page.resources) {
    if ((with_deleted || !IsDeleted(*secret)) && FitsFilters(*secret, call)) secrets.push_back(Listed(*secret));
  }
  JsonObject out{{"SecretList", std::move(secrets)}};
  if (!page.next_token.empty()) out["NextToken"] = page.next_token;
  return out;
}

Json GetRandomPassword(const SecretsContext&, wire::Call& call) {
  const Json& input = call.input;
  return {{"RandomPassword", MakePassword({.length = static_cast<std::size_t>(GetInt(input, "PasswordLength", 32)),
                                           .excluded = GetString(input, "ExcludeCharacters"),
                                           .lower_case = !GetBool(input, "ExcludeLowercase"),
                                           .upper_case = !GetBool(input, "ExcludeUppercase"),
                                           .digits = !GetBool(input, "ExcludeNumbers"),
                                           .punctuation = !GetBool(input, "ExcludePunctuation"),
                                           .space = GetBool(input, "IncludeSpace"),
                                           .each_type = GetBool(input, "RequireEachIncludedType", true)})}};
}

}  // namespace sagebrush::secrets
