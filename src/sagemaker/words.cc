#include "sagemaker/words.h"

#include <map>

#include "base/digest.h"
#include "base/encoding.h"
#include "sagemaker/registry.h"
#include "sagemaker/request_keys.h"
#include "sagemaker/tags.h"

namespace sagebrush::sagemaker {
namespace {

constexpr int kForm = 1;  // Goes up with every change of what is below.

const Noun* NounOfKind(const std::string& kind) {
  static const auto nouns = [] {
    std::map<std::string, const Noun*, std::less<>> by_kind;
    for (const Noun* noun : Nouns()) by_kind[noun->kind] = noun;
    return by_kind;
  }();
  const auto found = nouns.find(kind);
  return found == nouns.end() ? nullptr : found->second;
}

}  // namespace

std::vector<std::string> TextsAt(const store::Resource& resource, std::string_view path) {
  const std::size_t dot = path.find('.');
  const Json& document = path.substr(0, dot) == "status" ? resource.status : resource.spec;
  return ValuesAt(document, path.substr(dot + 1));
}

std::vector<store::Attribute> WordsOf(const store::Resource& resource) {
  std::vector<store::Attribute> words;
  const Noun* noun = NounOfKind(resource.key.kind);
  if (noun == nullptr) return words;
  for (const auto& [name, path] : noun->words) {
    for (std::string& text : TextsAt(resource, path)) words.push_back({name, std::move(text)});
  }
  if (!noun->token_member.empty()) {
    words.push_back({noun->token_member, GetString(resource.spec, noun->token_member)});
  }
  for (const Json& tag : TagsOf(resource)) words.push_back({"Tags." + GetString(tag, "Key"), GetString(tag, "Value")});
  return words;
}

std::string WordsVersion() {
  JsonArray all{kForm};
  for (const Noun* noun : Nouns()) {
    for (const auto& [name, path] : noun->words) all.push_back(JsonArray{noun->kind, name, path});
    all.push_back(JsonArray{noun->kind, noun->token_member});
  }
  return ToHex(ComputeDigest(DigestAlgorithm::kSha256, ToText(all)));
}

}  // namespace sagebrush::sagemaker
