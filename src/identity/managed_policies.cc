#include "identity/managed_policies.h"

#include <unordered_map>

#include "base/digest.h"

namespace sagebrush::identity {

std::string ManagedPolicy::Id() const {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id = "ANPA";
  const auto digest = Sha256(name);
  for (std::size_t i = 0; i < 17; ++i) id += kAlphabet[digest[i] % kAlphabet.size()];
  return id;
}

const ManagedPolicy* FindManagedPolicy(std::string_view arn) {
  static const auto by_arn = [] {
    std::unordered_map<std::string_view, const ManagedPolicy*> index;
    for (const auto& policy : ManagedPolicies()) index.emplace(policy.arn, &policy);
    return index;
  }();
  const auto found = by_arn.find(arn);
  return found == by_arn.end() ? nullptr : found->second;
}

}  // namespace sagebrush::identity
