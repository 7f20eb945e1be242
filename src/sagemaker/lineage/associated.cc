#include "sagemaker/lineage/lineage.h"

namespace sagebrush::sagemaker {
namespace {

constexpr char kAssociations[] = "Associations";

}  // namespace

void RefuseAssociated(const Noun& noun, const store::Resource& resource) {
  const std::int64_t count = GetInt(resource.status, kAssociations);
  if (count == 0) return;
  throw Error(kValidation, fmt::format("{} '{}' has {} association(s) and cannot be deleted; delete those first.",
                                       noun.name, ArnOf(noun, resource.key), count));
}

void CountAssociation(store::Resource& end, std::int64_t more) {
  JsonObject& status = end.status.as_object();
  status[kAssociations] = GetInt(end.status, kAssociations) + more;
}

void CheckEntries(const JsonObject& spec, const char* member, std::size_t entries_max) {
  const Json* map = spec.if_contains(member);
  const std::size_t entries = map == nullptr || !map->is_object() ? 0 : map->get_object().size();
  if (entries <= entries_max) return;
  throw Error(kValidation, fmt::format("{} would have {} entries; the limit is {}.", member, entries, entries_max));
}

}  // namespace sagebrush::sagemaker
