#include "secrets/secret_operations.h"

#include "secrets/secret_access.h"
#include "secrets/secret_handlers.h"
#include "wire/model.h"

namespace sagebrush::secrets {
namespace {

using Function = Json (*)(const SecretsContext&, wire::Call&);
enum class ActsOn { kAll, kSecret, kNewSecret };

struct Row {
  const char* name;
  Function function;
  ActsOn acts_on;
};

constexpr Row kRows[] = {
    {"CreateSecret", CreateSecret, ActsOn::kNewSecret},
    {"DescribeSecret", DescribeSecret, ActsOn::kSecret},
    {"UpdateSecret", UpdateSecret, ActsOn::kSecret},
    {"DeleteSecret", DeleteSecret, ActsOn::kSecret},
    {"RestoreSecret", RestoreSecret, ActsOn::kSecret},
    {"TagResource", TagResource, ActsOn::kSecret},
    {"UntagResource", UntagResource, ActsOn::kSecret},
    {"GetSecretValue", GetSecretValue, ActsOn::kSecret},
    {"BatchGetSecretValue", BatchGetSecretValue, ActsOn::kAll},
    {"PutSecretValue", PutSecretValue, ActsOn::kSecret},
    {"UpdateSecretVersionStage", UpdateSecretVersionStage, ActsOn::kSecret},
    {"ListSecretVersionIds", ListSecretVersionIds, ActsOn::kSecret},
    {"ListSecrets", ListSecrets, ActsOn::kAll},
    {"GetRandomPassword", GetRandomPassword, ActsOn::kAll},
    {"PutResourcePolicy", PutResourcePolicy, ActsOn::kSecret},
    {"GetResourcePolicy", GetResourcePolicy, ActsOn::kSecret},
    {"DeleteResourcePolicy", DeleteResourcePolicy, ActsOn::kSecret},
    {"ValidateResourcePolicy", ValidateResourcePolicy, ActsOn::kSecret},
};

std::vector<wire::Access> AccessesOf(const SecretsContext& context, ActsOn acts_on, const wire::Call& call) {
  const std::string action = "secretsmanager:" + std::string(call.operation.name);
  if (acts_on == ActsOn::kAll) return {OtherAccess(context, call, action)};
  const std::string id = GetString(call.input, acts_on == ActsOn::kSecret ? "SecretId" : "Name", "*");
  std::vector<wire::Access> accesses{SecretAccess(context, call, id, action)};
  // With tags of its own a new secret needs the right to tag, too.
  if (acts_on == ActsOn::kNewSecret && Find(call.input, "Tags") != nullptr)
    accesses.push_back(SecretAccess(context, call, id, "secretsmanager:TagResource"));
  return accesses;
}

}  // namespace

void AddSecretsOperations(wire::OperationTable& table, const SecretsContext& context) {
  for (const auto& [name, function, acts_on] : kRows) {
    table.Add("secretsmanager", name,
              {.handler = [context, function](wire::Call& call) { return function(context, call); },
               .access = [context, acts_on](const wire::Call& call) { return AccessesOf(context, acts_on, call); }});
  }
}

}  // namespace sagebrush::secrets
