#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"
#include "sagemaker/lineage/lineage.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kIdSize = 32;

// AWS writes an artifact's ARN as artifact/${HashOfArtifactSource} (docs.aws.amazon.com/service-authorization, Amazon
// SageMaker): one source is one artifact. The source's types are a set; their order says nothing.
std::string IdOf(const Json& source) {
  std::vector<std::string> parts{GetString(source, "SourceUri")};
  if (const Json* types = Find(source, "SourceTypes")) {
    for (const Json& type : types->as_array()) {
      parts.push_back(ToText(JsonArray{GetString(type, "SourceIdType"), GetString(type, "Value")}));
    }
  }
  std::sort(parts.begin() + 1, parts.end());
  std::string text;
  for (const std::string& part : parts) text += std::to_string(part.size()) + ":" + part;
  return ToHex(ComputeDigest(DigestAlgorithm::kSha256, text)).substr(0, kIdSize);
}

// DeleteArtifact names one by its ARN or by its source. Others name it by ARN; CreateArtifact names none.
std::string FindName(const Context&, const wire::Call& call) {
  const std::string arn = GetString(call.input, "ArtifactArn");
  const Json* source = Find(call.input, "Source");
  if (call.operation.name == "DeleteArtifact") {
    if (arn.empty() == (source == nullptr)) throw Error(kValidation, "Either ArtifactArn or Source must be specified.");
    if (source != nullptr) return IdOf(*source);
  }
  return KeyNamed(ArtifactNoun(), call, arn).name;
}

Noun MakeNoun() {
  using How = MemberUpdate::How;
  Noun noun("Artifact");
  noun.key_members = {"ArtifactArn"};
  noun.find_name = FindName;
  noun.make_name = [](Edit& edit) { return IdOf(edit.input().at("Source")); };
  noun.list_member = "ArtifactSummaries";
  noun.list_descending = true;
  noun.missing = {kResourceNotFound, "Artifact '{arn}' does not exist."};
  noun.duplicate = {kValidation,
                    "Artifact sources must be unique within an AWS account and region. Artifact '{arn}' "
                    "with this source already exists."};
  // The name is a label: the SDK's own tests give many artifacts one name.
  // github.com/aws/sagemaker-python-sdk/blob/v2/tests/integ/sagemaker/lineage/conftest.py
  noun.stored = {"ArtifactName", "Source", "ArtifactType", "Properties", "MetadataProperties"};
  noun.update_operation = "UpdateArtifact";
  noun.updates = {
      {"ArtifactName"}, {"Properties", How::kMerge}, {"PropertiesToRemove", How::kRemoveKeys, "Properties"}};
  noun.update = [](Edit& edit) { CheckEntries(edit.spec(), "Properties", kPropertiesMax); };
  noun.words = {{"SourceUri", "spec.Source.SourceUri"}, {"ArtifactType", "spec.ArtifactType"}};
  noun.filters = {{"SourceUri"}, {"ArtifactType"}};
  noun.erase = [](Edit& edit) {
    RefuseAssociated(ArtifactNoun(), edit.resource);
    return true;
  };
  return noun;
}

}  // namespace

const Noun& ArtifactNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
