// links: identity
// A policy document from the fuzzer, of each type: it is refused with an Error or it can be evaluated.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "identity/evaluation.h"

using namespace sagebrush;

namespace {
class NoFacts : public identity::RequestFacts {
 public:
  std::optional<std::vector<std::string>> Values(std::string_view key) const override {
    if (key.size() % 2) return std::nullopt;
    return std::vector<std::string>{"10.0.0.1", "x"};
  }
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto type :
       {identity::PolicyType::kIdentity, identity::PolicyType::kResource, identity::PolicyType::kTrust}) {
    try {
      const auto policy = identity::Policy::Parse(text, type);
      identity::PolicySet policies;
      policies.resource = policy.get();
      policies.identity = {policy.get()};
      const NoFacts facts;
      identity::Decide({"s3:GetObject",
                        "arn:aws:s3:::bucket/key",
                        {"123456789012", "arn:aws:iam::123456789012:user/u", "arn:aws:iam::123456789012:user/u", ""},
                        facts},
                       policies);
    } catch (const Error&) {
    }
  }
  return 0;
}
