#include "keys/managed_keys.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "keys/key.h"
#include "keys/key_material.h"
#include "keys/key_rotation.h"

namespace sagebrush::keys {
namespace {

constexpr std::string_view kPrefix = "alias/aws/";
constexpr std::array<std::string_view, 4> kServices{"s3", "sagemaker", "secretsmanager", "ssm"};

// As AWS's own keys have it (docs.aws.amazon.com/kms/latest/developerguide/concepts.html, "AWS managed keys").
std::string PolicyFor(const std::string& account, const std::string& region, std::string_view service) {
  const Json through_service{
      {"StringEquals", JsonObject{{"kms:CallerAccount", account},
                                  {"kms:ViaService", fmt::format("{}.{}.amazonaws.com", service, region)}}}};
  return ToText(JsonObject{
      {"Version", "2012-10-17"},
      {"Id", fmt::format("auto-{}", service)},
      {"Statement",
       JsonArray{JsonObject{{"Sid", "Use by everyone of the account through the service"},
                            {"Effect", "Allow"},
                            {"Principal", JsonObject{{"AWS", "*"}}},
                            {"Action", JsonArray{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                                                 "kms:CreateGrant", "kms:DescribeKey"}},
                            {"Resource", "*"},
                            {"Condition", through_service}},
                 JsonObject{{"Sid", "Look at the key"},
                            {"Effect", "Allow"},
                            {"Principal", JsonObject{{"AWS", fmt::format("arn:aws:iam::{}:root", account)}}},
                            {"Action", JsonArray{"kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"}},
                            {"Resource", "*"}}}}});
}

}  // namespace

std::optional<std::string_view> ServiceOfAlias(std::string_view alias) {
  if (!alias.starts_with(kPrefix)) return std::nullopt;
  const auto* const service = std::find(kServices.begin(), kServices.end(), alias.substr(kPrefix.size()));
  return service == kServices.end() ? std::nullopt : std::optional(*service);
}

store::Resource NewManagedKey(const std::string& account, const std::string& region, std::string_view service,
                              Time now) {
  store::Resource key =
      NewKey(account, region,
             {.manager = "AWS",
              .description = fmt::format("Default key that protects what {} keeps when no other key is given", service),
              .policy = PolicyFor(account, region, service)},
             now);
  key.spec.at("Aliases").as_array().emplace_back(std::string(kPrefix).append(service));
  key.spec.as_object()["Rotation"] = {{"PeriodInDays", kRotationDays}, {"Since", now.milliseconds}};
  return key;
}

std::shared_ptr<const store::Resource> KeptKey(const KeysContext& context,
                                               std::shared_ptr<const store::Resource> given) {
  if (given->version != 0) return given;
  store::Resource key = *given;
  AddMaterial(context.server_key, MakeMaterial(SpecOf(key.spec)), key.created, key);
  store::Resource alias;
  alias.key = {kAliasKind, key.key.account, key.key.region, std::string(AliasesOf(key)[0].as_string())};
  alias.spec = {{"TargetKeyId", key.key.name}};
  alias.created = alias.modified = key.created;
  const std::array<store::Write, 2> writes{store::Write::Insert(alias), store::Write::Insert(key)};
  context.store.Commit(writes);
  const auto kept = context.store.Get(alias.key);
  store::Key target = key.key;
  target.name = GetString(kept->spec, "TargetKeyId");
  return context.store.Get(target);
}

}  // namespace sagebrush::keys
