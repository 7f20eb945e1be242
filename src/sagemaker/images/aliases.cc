#include "base/encoding.h"
#include "sagemaker/images/images.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kAliasesMax = 1000;  // Of an image: all are in its document.
constexpr std::int64_t kPageSizeDefault = 10;

// The version that the call is about; nullopt: all. Throws the "missing" error of a version that is not there.
std::optional<std::int64_t> VersionIn(const Context& context, const wire::Call& call) {
  const bool of_all = Find(call.input, "Version") == nullptr && Find(call.input, "Alias") == nullptr;
  if (of_all) return std::nullopt;
  const store::Key key = KeyIn(context, ImageVersionNoun(), call);
  const auto version = context.store.Get(key);
  if (version == nullptr) throw ImageVersionNoun().missing_for(call);
  return GetInt(version->spec, "Version");
}

// A token is the last alias of the page before.
std::string AliasIn(const std::string& token) {
  std::string alias;
  if (!FromHex(token, alias)) throw Error(kValidation, "Invalid NextToken.");
  return alias;
}

Json ListAliases(const Context& context, const wire::Call& call) {
  const auto image = Require(context, ImageNoun(), KeyIn(context, ImageNoun(), call));
  const std::optional<std::int64_t> version = VersionIn(context, call);
  const Aliases aliases = AliasesOf(*image);
  const auto limit = static_cast<std::size_t>(GetInt(call.input, "MaxResults", kPageSizeDefault));
  const std::string token = GetString(call.input, "NextToken");
  JsonObject output;
  JsonArray page;
  for (auto alias = token.empty() ? aliases.begin() : aliases.upper_bound(AliasIn(token)); alias != aliases.end();
       ++alias) {
    if (version && alias->second != *version) continue;
    if (page.size() == limit) {
      output["NextToken"] = ToHex(page.back().as_string());
      break;
    }
    page.emplace_back(alias->first);
  }
  output["SageMakerImageVersionAliases"] = std::move(page);
  return output;
}

}  // namespace

Aliases AliasesOf(const store::Resource& image) {
  Aliases aliases;
  const Json* kept = Find(image.spec, "Aliases");
  if (kept == nullptr || !kept->is_object()) return aliases;
  for (const auto& [alias, version] : kept->get_object()) aliases[alias] = version.as_int64();
  return aliases;
}

void SetAliases(store::Resource& image, const Aliases& aliases) {
  if (aliases.size() > kAliasesMax) {
    throw Error(kResourceLimitExceeded, fmt::format("An image has at most {} aliases.", kAliasesMax));
  }
  JsonObject kept;
  for (const auto& [alias, version] : aliases) kept[alias] = version;
  image.spec.as_object()["Aliases"] = std::move(kept);
}

void AddImageVersionOperations(wire::OperationTable& table, const Context& context) {
  const std::string operation = "ListAliases";
  const auto access = [on_image = OneResource(context, ImageNoun(), operation),
                       on_version = OneResource(context, ImageVersionNoun(), operation)](const wire::Call& call) {
    std::vector<wire::Access> both = on_image(call);
    for (wire::Access& one : on_version(call)) both.push_back(std::move(one));
    return both;
  };
  table.Add("sagemaker", operation, {[&](wire::Call& call) { return ListAliases(context, call); }, access});
}

}  // namespace sagebrush::sagemaker
