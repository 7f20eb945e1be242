#include "runtime/image_provider.h"
#include "sagemaker/images/images.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {
namespace {

constexpr char kLastVersion[] = "LastVersion";  // Of the image's status: a number is given once.

std::string NameOfVersion(std::string_view image, std::int64_t version) { return fmt::format("{}/{}", image, version); }

// Of the version with the highest number; empty: the image has none.
std::string LatestName(const Context& context, const wire::Call& call, const std::string& image) {
  const store::Key key = KeyOf(ImageNoun(), call.account(), call.region, image);
  store::ListQuery query{.kind = ImageVersionNoun().kind, .account = key.account, .region = key.region};
  query.name_prefix = key.name + "/";
  query.sort_by = store::ListQuery::SortBy::kAttribute;
  query.sort_attribute = "Version";
  query.descending = true;
  query.limit = 1;
  const store::Page page = context.store.List(query);
  return page.resources.empty() ? "" : page.resources.front()->key.name;
}

bool IsCreate(const wire::Call& call) { return call.operation.name == ImageVersionNoun().create_operation; }

// Describe without a word of the version is of the latest; ListAliases is of all, and who changes one must say which.
std::string FindName(const Context& context, const wire::Call& call) {
  const std::string image = GetString(call.input, "ImageName");
  const std::string alias = GetString(call.input, "Alias");
  const bool by_number = Find(call.input, "Version") != nullptr;
  if (IsCreate(call) || (by_number && !alias.empty())) return "";
  if (by_number) return NameOfVersion(image, GetInt(call.input, "Version"));
  if (alias.empty()) {
    return call.operation.name == ImageVersionNoun().describe_operation ? LatestName(context, call, image) : "";
  }
  const auto found = context.store.Get(KeyOf(ImageNoun(), call.account(), call.region, image));
  if (found == nullptr) return "";
  const Aliases aliases = AliasesOf(*found);
  const auto version = aliases.find(alias);
  return version == aliases.end() ? "" : NameOfVersion(image, version->second);
}

// "Latest ImageVersion with ..." is how AWS words it:
// github.com/aws-samples/sagemaker-studio-custom-image-samples/issues/17
Error Missing(const wire::Call& call) {
  const std::string alias = GetString(call.input, "Alias");
  const bool by_number = Find(call.input, "Version") != nullptr;
  if (by_number && !alias.empty()) return {kValidation, "Version and Alias are both given; give one of them."};
  const std::string of_image = "ImageVersion with ImageName " + GetString(call.input, "ImageName");
  const auto missing = [](const std::string& what, const char* give) {
    return Error(kResourceNotFound, fmt::format("{} does not exist. Please provide a valid {}.", what, give));
  };
  if (by_number) return missing(fmt::format("{} and Version {}", of_image, GetInt(call.input, "Version")), "Version");
  if (!alias.empty()) return missing(fmt::format("{} and Alias {}", of_image, alias), "Alias");
  if (call.operation.name == ImageVersionNoun().describe_operation) return missing("Latest " + of_image, "ImageName");
  return {kValidation, "Version or Alias is required: say which version of the image."};
}

// The next number of the image, which is written with the version.
std::string MakeName(Edit& edit) {
  const std::int64_t number = GetInt(edit.parent->status, kLastVersion) + 1;
  edit.parent->status.as_object()[kLastVersion] = number;
  edit.spec()["Version"] = number;
  edit.spec()["VersionOrder"] = fmt::format("{:010}", number);
  return NameOfVersion(edit.parent->key.name, number);
}

// Gives the version aliases of its image; one that another version has moves.
void AddAliases(store::Resource& image, const Json* added, std::int64_t version) {
  if (added == nullptr) return;
  Aliases aliases = AliasesOf(image);
  for (const Json& alias : added->as_array()) aliases[std::string(alias.as_string())] = version;
  SetAliases(image, aliases);
}

void Prepare(Edit& edit) {
  edit.context.images.Describe(GetString(edit.input(), "BaseImage"),
                               edit.call.region);  // Throws for what is not there.
  AddAliases(*edit.parent, Find(edit.input(), "Aliases"), GetInt(edit.resource.spec, "Version"));
}

void Update(Edit& edit) {
  const Json* added = Find(edit.input(), "AliasesToAdd");
  const Json* deleted = Find(edit.input(), "AliasesToDelete");
  if (added == nullptr && deleted == nullptr) return;
  const store::Key key =
      KeyOf(ImageNoun(), edit.call.account(), edit.call.region, GetString(edit.resource.spec, "ImageName"));
  store::Resource image = *Require(edit.context, ImageNoun(), key);
  const std::int64_t version = GetInt(edit.resource.spec, "Version");
  if (deleted != nullptr) {
    Aliases aliases = AliasesOf(image);
    for (const Json& alias : deleted->as_array()) {
      const auto found = aliases.find(alias.as_string());
      if (found != aliases.end() && found->second == version) aliases.erase(found);
    }
    SetAliases(image, aliases);
  }
  AddAliases(image, added, version);
  edit.also.Update(std::move(image));
}

bool Erase(Edit& edit) {
  if (edit.parent == nullptr) return true;
  Aliases aliases = AliasesOf(*edit.parent);
  std::erase_if(aliases, [&](const auto& alias) { return alias.second == GetInt(edit.resource.spec, "Version"); });
  SetAliases(*edit.parent, aliases);
  return true;
}

void DescribeVersion(const store::Resource& version, JsonObject& description) {
  description["ImageArn"] = ArnOf(ImageNoun(), KeyOf(ImageNoun(), version.key.account, version.key.region,
                                                     version.key.name.substr(0, version.key.name.find('/'))));
  if (const Json* image = Find(version.spec, "BaseImage")) description["ContainerImage"] = *image;
}

Noun MakeNoun() {
  using How = MemberUpdate::How;
  Noun noun("ImageVersion");
  noun.state_member = "ImageVersionStatus";
  noun.initial_state = "CREATED";
  noun.key_members = {"ImageName", "Version", "Alias"};
  noun.name_member = noun.parent_member = "ImageName";
  noun.parent = ImageNoun;
  noun.tags_of_parent = noun.create_on_parent = true;
  noun.find_name = FindName;
  noun.make_name = MakeName;
  noun.name_pattern = [](const wire::Call& call) { return GetString(call.input, "ImageName") + "/*"; };
  noun.token_member = "ClientToken";
  noun.list_member = "ImageVersions";
  noun.list_descending = true;
  noun.words = {{"ImageName", "spec.ImageName"}, {"Version", "spec.VersionOrder"}};
  noun.filters = {{"ImageName", Filter::How::kEquals, "", ImageNoun}};
  noun.orders = {{"VERSION", "Version"}};
  noun.missing = {kResourceNotFound, "ImageVersion {name} does not exist."};
  noun.missing_for = Missing;
  noun.stored = {"BaseImage",       "VendorGuidance", "JobType", "MLFramework",
                 "ProgrammingLang", "Processor",      "Horovod", "ReleaseNotes"};
  noun.read = {"Aliases"};
  noun.prepare = Prepare;
  noun.update_operation = "UpdateImageVersion";
  noun.updates = {{"VendorGuidance"},
                  {"JobType"},
                  {"MLFramework"},
                  {"ProgrammingLang"},
                  {"Processor"},
                  {"Horovod"},
                  {"ReleaseNotes"},
                  {"AliasesToAdd", How::kRead},
                  {"AliasesToDelete", How::kRead}};
  noun.update = Update;
  noun.erase = Erase;
  noun.describe = DescribeVersion;
  return noun;
}

}  // namespace

const Noun& ImageVersionNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
