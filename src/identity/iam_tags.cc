// Tags of whatever has them. Those of managed policies are in iam_policies.cc: AWS's own cannot be changed.
#include "identity/entities.h"
#include "identity/iam_operations.h"

namespace sagebrush::identity {
namespace {

Json Tag(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  ChangeEntity(identity, kind, call.account(), NameIn(call, kind), [&](store::Resource& entity) {
    entity.spec.as_object()["Tags"] = MergeTags(entity.spec, call.input.at("Tags").as_array());
  });
  return JsonObject();
}

Json Untag(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  ChangeEntity(identity, kind, call.account(), NameIn(call, kind), [&](store::Resource& entity) {
    entity.spec.as_object()["Tags"] = RemoveTags(entity.spec, call.input.at("TagKeys").as_array());
  });
  return JsonObject();
}

Json ListTags(const Identity& identity, const wire::Call& call, const EntityKind& kind) {
  const auto entity = GetEntity(identity, kind, call.account(), NameIn(call, kind));
  std::vector<std::pair<std::string, Json>> rows;
  for (const auto& tag : entity->spec.at("Tags").as_array()) rows.emplace_back(GetString(tag, "Key"), tag);
  return MakePage(call.input, "Tags", std::move(rows));
}

}  // namespace

void AddTagOperations(wire::OperationTable& table, const Identity& identity) {
  for (const EntityKind* const kind :
       {&kUserEntity, &kRoleEntity, &kInstanceProfileEntity, &kOidcProviderEntity, &kSamlProviderEntity}) {
    AddForKind(table, identity, *kind, {{"Tag{}", Tag}, {"Untag{}", Untag}, {"List{}Tags", ListTags}});
  }
}

}  // namespace sagebrush::identity
