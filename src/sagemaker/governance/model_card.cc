#include "sagemaker/governance/governance.h"
#include "sagemaker/governance/model_card_content.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

constexpr ErrorKind kConflict{"ConflictException", 400, Fault::kClient};
constexpr std::int64_t kVersionsMax = 1000;  // Of a card: all go in one commit.

store::Key VersionKey(const store::Key& card, std::int64_t version) {
  return KeyOf(ModelCardVersionNoun(), card.account, card.region, fmt::format("{}/{:010}", card.name, version));
}

void SetContent(const Edit& edit) {
  const std::string content = GetString(edit.input(), "Content");
  const Json document = ReadModelCardContent(content);
  JsonObject& spec = edit.spec();
  spec["Content"] = content;
  // What Search shows of it.
  spec["ModelId"] = GetString(document, "model_overview.model_id");
  spec["RiskRating"] = GetString(document, "intended_uses.risk_rating");
  spec["ModelPackageGroupName"] = GetString(document, "model_package_details.model_package_group_name");
  for (const char* member : {"ModelId", "RiskRating", "ModelPackageGroupName"}) {
    if (spec[member].as_string().empty()) spec.erase(member);
  }
}

// Keeps what the card says now as its next version.
void AddVersion(const Edit& edit) {
  const std::int64_t number = GetInt(edit.resource.spec, "ModelCardVersion") + 1;
  if (number > kVersionsMax) {
    throw Error(kResourceLimitExceeded, fmt::format("A model card has at most {} versions.", kVersionsMax));
  }
  JsonObject& spec = edit.spec();
  spec["ModelCardVersion"] = number;
  store::Resource version;
  version.key = VersionKey(edit.resource.key, number);
  version.spec = {{"ModelCardName", spec["ModelCardName"]},
                  {"ModelCardVersion", number},
                  {"VersionOrder", fmt::format("{:010}", number)},
                  {"Content", spec["Content"]}};
  if (const Json* by = Find(edit.resource.spec, "LastModifiedBy")) version.spec.as_object()["LastModifiedBy"] = *by;
  version.status = JsonObject();
  version.state = edit.resource.state;
  version.created = version.modified = number == 1 ? edit.resource.created : edit.context.clock.Now();
  edit.also.Insert(std::move(version));
}

// The status is the latest version's, too: those before keep what they had.
void SetStatus(const Edit& edit, const std::string& status) {
  edit.resource.state = status;
  const store::Key key = VersionKey(edit.resource.key, GetInt(edit.resource.spec, "ModelCardVersion"));
  store::Resource version = *Require(edit.context, ModelCardVersionNoun(), key);
  version.state = status;
  version.modified = edit.context.clock.Now();
  if (const Json* by = Find(edit.resource.spec, "LastModifiedBy")) version.spec.as_object()["LastModifiedBy"] = *by;
  edit.also.Update(std::move(version));
}

void Prepare(Edit& edit) {
  SetContent(edit);
  edit.resource.state = GetString(edit.input(), "ModelCardStatus");
  AddVersion(edit);
}

void Update(Edit& edit) {
  const Json* content = Find(edit.input(), "Content");
  const std::string status = GetString(edit.input(), "ModelCardStatus");
  if (content != nullptr && !status.empty()) {
    throw Error(kValidation, "You cannot update both model card content and model card status in a single call.");
  }
  if (!status.empty()) SetStatus(edit, status);
  if (content == nullptr) return;
  if (edit.resource.state == "Archived") throw Error(kConflict, "Model Card is in Archived state");
  const bool is_new = *content != edit.spec()["Content"];
  SetContent(edit);
  if (is_new) AddVersion(edit);
}

void DescribeFor(const Context& context, const wire::Call& call, const store::Resource& card, JsonObject& description) {
  if (Find(call.input, "ModelCardVersion") != nullptr) {
    const std::int64_t number = GetInt(call.input, "ModelCardVersion");
    const auto version = context.store.Get(VersionKey(card.key, number));
    if (version == nullptr) {
      throw Error(kResourceNotFound,
                  fmt::format("ModelCard {} has no version {}.", NameOf(ModelCardNoun(), card), number));
    }
    for (const char* member : {"Content", "ModelCardVersion", "LastModifiedBy"}) {
      description.erase(member);
      if (const Json* value = Find(version->spec, member)) description[member] = *value;
    }
    description["ModelCardStatus"] = version->state;
    description["LastModifiedTime"] = version->modified.ToEpochSeconds();
  }
  if (GetString(call.input, "IncludedData") == "MetadataOnly") {
    Json& content = description["Content"];
    content = ToText(MetadataOfModelCard(ParseStoredJson(content.as_string(), "The content of a model card")));
  }
}

Noun MakeNoun() {
  Noun noun("ModelCard");
  noun.state_member = "ModelCardStatus";
  noun.list_member = "ModelCardSummaries";
  noun.words = {{"ModelId", "spec.ModelId"},
                {"RiskRating", "spec.RiskRating"},
                {"ModelPackageGroupName", "spec.ModelPackageGroupName"}};
  noun.filters = {{"ModelCardStatus", Filter::How::kState}};
  noun.missing = {kResourceNotFound, "ModelCard {name} does not exist."};
  noun.duplicate = {kConflict, "ModelCard {name} already exists."};
  noun.stored = {"Content"};
  noun.read = {"ModelCardStatus", "SecurityConfig"};
  noun.refused = {{"SecurityConfig.KmsKeyId", "model cards are not encrypted by KMS keys."}};
  noun.prepare = Prepare;
  noun.update_operation = "UpdateModelCard";
  noun.updates = {{"Content", MemberUpdate::How::kRead}, {"ModelCardStatus", MemberUpdate::How::kRead}};
  noun.update = Update;
  noun.erase = [](Edit& edit) {
    DeleteParts(edit, ModelCardVersionNoun());
    return true;
  };
  noun.describe_for = DescribeFor;
  noun.search_resource = noun.search_member = "ModelCard";
  return noun;
}

Noun MakeVersionNoun() {
  Noun noun("ModelCardVersion");
  for (auto* operation : {&noun.create_operation, &noun.describe_operation, &noun.delete_operation}) operation->clear();
  noun.arn_member = "";
  noun.state_member = "ModelCardStatus";
  noun.key_members = {"ModelCardName"};
  noun.name_member = noun.parent_member = "ModelCardName";
  noun.parent = ModelCardNoun;
  noun.tags_of_parent = true;
  noun.list_member = "ModelCardVersionSummaryList";
  noun.list_order = "Version";
  noun.words = {{"ModelCardName", "spec.ModelCardName"}, {"Version", "spec.VersionOrder"}};
  noun.filters = {{"ModelCardName", Filter::How::kEquals, "", ModelCardNoun}, {"ModelCardStatus", Filter::How::kState}};
  noun.orders = {{"Version", "Version"}};
  noun.missing = {kResourceNotFound, "ModelCardVersion {name} does not exist."};
  noun.describe = [](const store::Resource& version, JsonObject& description) {
    const std::string card = version.key.name.substr(0, version.key.name.find('/'));
    description["ModelCardArn"] =
        ArnOf(ModelCardNoun(), KeyOf(ModelCardNoun(), version.key.account, version.key.region, card));
  };
  return noun;
}

}  // namespace

const Noun& ModelCardNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

const Noun& ModelCardVersionNoun() {
  static const Noun noun = MakeVersionNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
