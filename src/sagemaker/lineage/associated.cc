#include <algorithm>
#include <map>

#include "base/arn.h"
#include "sagemaker/experiments/experiments.h"
#include "sagemaker/lineage/lineage.h"

namespace sagebrush::sagemaker {
namespace {

constexpr char kAssociations[] = "Associations";
constexpr int kDroppedMax = 1000;  // Of one resource, in one commit.

const Noun* NounOfKind(std::string_view kind) {
  const auto found = std::ranges::find(AssociatedNouns(), kind, &Noun::kind);
  return found == AssociatedNouns().end() ? nullptr : *found;
}

}  // namespace

const std::vector<const Noun*>& AssociatedNouns() {
  static const std::vector<const Noun*> nouns{&ExperimentNoun(), &TrialComponentNoun(), &ArtifactNoun(), &ActionNoun(),
                                              &ContextNoun()};
  return nouns;
}

std::shared_ptr<const store::Resource> AssociatedResource(const Context& context, const std::string& text) {
  const auto arn = Arn::Parse(text);
  const std::size_t slash = arn ? arn->resource.find('/') : std::string::npos;
  const Noun* noun = slash == std::string::npos ? nullptr : NounOfKind(arn->resource.substr(0, slash));
  if (noun == nullptr) return nullptr;
  return context.store.Get(KeyOf(*noun, arn->account, arn->region, arn->resource.substr(slash + 1)));
}

const Noun& NounOfAssociated(const store::Resource& resource) { return *NounOfKind(resource.key.kind); }

std::string TypeOfAssociated(const store::Resource& resource) {
  const Noun& noun = NounOfAssociated(resource);
  if (&noun == &TrialComponentNoun()) return GetString(resource.spec, "Source.SourceType");
  return GetString(resource.spec, noun.name + "Type");  // An experiment has none.
}

void RefuseAssociated(const Noun& noun, const store::Resource& resource) {
  const std::int64_t count = GetInt(resource.status, kAssociations);
  if (count == 0) return;
  throw Error(kValidation, fmt::format("{} '{}' has {} association(s) and cannot be deleted; delete those first.",
                                       noun.name, ArnOf(noun, resource.key), count));
}

void DropAssociations(Edit& edit) {
  if (GetInt(edit.resource.status, kAssociations) == 0) return;
  const std::string arn = ArnOf(NounOfAssociated(edit.resource), edit.resource.key);
  store::ListQuery query{
      .kind = AssociationNoun().kind, .account = edit.resource.key.account, .region = edit.resource.key.region};
  query.where = [&](const store::Outline& outline) {
    return outline.ValueOf("SourceArn") == arn || outline.ValueOf("DestinationArn") == arn;
  };
  query.limit = kDroppedMax;
  const store::Page page = edit.context.store.List(query);
  if (!page.next_token.empty()) {
    throw Error(kValidation,
                fmt::format("{} has more than {} associations; delete some of them first.", arn, kDroppedMax));
  }
  std::map<std::string, store::Resource> others;  // Several may join the same.
  for (const auto& association : page.resources) {
    const std::string source = GetString(association->spec, "SourceArn");
    const std::string other = source == arn ? GetString(association->spec, "DestinationArn") : source;
    if (const auto stored = others.contains(other) ? nullptr : AssociatedResource(edit.context, other)) {
      others.emplace(other, *stored);
    }
    if (const auto end = others.find(other); end != others.end()) CountAssociation(end->second, -1);
    edit.also.Delete(*association);
  }
  for (auto& [other, resource] : others) edit.also.Update(std::move(resource));
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
