// What users, groups and roles have in common: inline and attached policies, permissions boundaries.
#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/policy_size.h"

namespace sagebrush::identity {
namespace {

constexpr std::size_t kAttachedMax = 10;

JsonObject& Inline(store::Resource& entity) { return entity.spec.as_object()["InlinePolicies"].as_object(); }
JsonArray& Attached(store::Resource& entity) { return entity.spec.as_object()["AttachedPolicies"].as_array(); }

std::string InlineMissing(const EntityKind& kind, const std::string& name) {
  return fmt::format("The {} policy with name {} cannot be found.", kind.noun, name);
}

Json PutPolicy(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  const std::string text = GetString(call.input, "PolicyDocument");
  Policy::Parse(text, PolicyType::kIdentity);
  const std::string name = NameIn(call, kind);
  ChangeEntity(identity, kind, call.account(), name, [&](store::Resource& entity) {
    RequireModifiable(entity);
    Inline(entity)[GetString(call.input, "PolicyName")] = text;
    CheckInlineSize(Inline(entity), kind.noun, name);
  });
  return JsonObject();
}

Json GetPolicy(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  const std::string name = NameIn(call, kind);
  const std::string policy = GetString(call.input, "PolicyName");
  const auto entity = GetEntity(identity, kind, call.account(), name);
  const Json* const text = entity->spec.at("InlinePolicies").as_object().if_contains(policy);
  if (text == nullptr) throw Error(kNoSuchEntity, InlineMissing(kind, policy));
  return JsonObject{
      {kind.name_member, name}, {"PolicyName", policy}, {"PolicyDocument", UriEncode(std::string(text->as_string()))}};
}

Json DeletePolicy(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  const std::string policy = GetString(call.input, "PolicyName");
  ChangeEntity(identity, kind, call.account(), NameIn(call, kind), [&](store::Resource& entity) {
    RequireModifiable(entity);
    if (Inline(entity).erase(policy) == 0) throw Error(kNoSuchEntity, InlineMissing(kind, policy));
  });
  return JsonObject();
}

Json ListPolicies(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  const auto entity = GetEntity(identity, kind, call.account(), NameIn(call, kind));
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& member : entity->spec.at("InlinePolicies").as_object()) {
    rows.emplace_back(std::string(member.key()), std::string(member.key()));
  }
  return MakePage(call.input, "PolicyNames", std::move(rows));
}

Json AttachPolicy(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  const std::string arn = GetString(call.input, "PolicyArn");
  RequirePolicy(identity, call.account(), arn);
  ChangeEntity(identity, kind, call.account(), NameIn(call, kind), [&](store::Resource& entity) {
    RequireModifiable(entity);
    JsonArray& attached = Attached(entity);
    if (std::any_of(attached.begin(), attached.end(), [&](const Json& item) { return item.as_string() == arn; }))
      return;
    if (attached.size() >= kAttachedMax) {
      throw Error(kLimitExceeded, fmt::format("Cannot exceed quota for PoliciesPer{}: {}", kind.title, kAttachedMax));
    }
    attached.emplace_back(arn);
  });
  return JsonObject();
}

Json DetachPolicy(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  const std::string arn = GetString(call.input, "PolicyArn");
  ChangeEntity(identity, kind, call.account(), NameIn(call, kind), [&](store::Resource& entity) {
    RequireModifiable(entity);
    JsonArray& attached = Attached(entity);
    const auto at =
        std::find_if(attached.begin(), attached.end(), [&](const Json& item) { return item.as_string() == arn; });
    if (at == attached.end()) throw Error(kNoSuchEntity, fmt::format("Policy {} was not found.", arn));
    attached.erase(at);
  });
  return JsonObject();
}

Json ListAttached(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  const auto entity = GetEntity(identity, kind, call.account(), NameIn(call, kind));
  const std::string prefix = "policy" + GetString(call.input, "PathPrefix", "/");
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& item : entity->spec.at("AttachedPolicies").as_array()) {
    const std::string arn(item.as_string());
    if (arn.substr(arn.rfind(':') + 1).starts_with(prefix)) {
      rows.emplace_back(arn, JsonObject{{"PolicyName", arn.substr(arn.rfind('/') + 1)}, {"PolicyArn", arn}});
    }
  }
  return MakePage(call.input, "AttachedPolicies", std::move(rows));
}

Json PutBoundary(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  ChangeEntity(identity, kind, call.account(), NameIn(call, kind), [&](store::Resource& entity) {
    RequireModifiable(entity);
    SetBoundary(identity, call, entity);
  });
  return JsonObject();
}

Json DeleteBoundary(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  ChangeEntity(identity, kind, call.account(), NameIn(call, kind), [&](store::Resource& entity) {
    RequireModifiable(entity);
    if (entity.spec.as_object().erase("PermissionsBoundary") > 0) return;
    throw Error(kNoSuchEntity, fmt::format("The {} has no permissions boundary.", kind.noun));
  });
  return JsonObject();
}

}  // namespace

void AddAttachmentOperations(wire::OperationTable& table, const Identity& identity) {
  for (const EntityKind* const kind : {&kUserEntity, &kGroupEntity, &kRoleEntity}) {
    AddForKind(table, identity, *kind,
               {{"Put{}Policy", PutPolicy},
                {"Get{}Policy", GetPolicy},
                {"Delete{}Policy", DeletePolicy},
                {"List{}Policies", ListPolicies},
                {"Attach{}Policy", AttachPolicy},
                {"Detach{}Policy", DetachPolicy},
                {"ListAttached{}Policies", ListAttached}});
  }
  for (const EntityKind* const kind : {&kUserEntity, &kRoleEntity}) {
    AddForKind(table, identity, *kind,
               {{"Put{}PermissionsBoundary", PutBoundary}, {"Delete{}PermissionsBoundary", DeleteBoundary}});
  }
}

}  // namespace sagebrush::identity
