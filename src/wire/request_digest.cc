#include "wire/request_digest.h"

#include "base/digest.h"
#include "base/encoding.h"

namespace sagebrush::wire {

std::string RequestDigest(std::string_view about, const Json& input, std::initializer_list<const char*> members) {
  JsonArray asked{about};
  for (const char* member : members) {
    const Json* value = Find(input, member);
    asked.push_back(value == nullptr ? Json(nullptr) : *value);
  }
  return ToHex(ComputeDigest(DigestAlgorithm::kSha256, ToText(asked))).substr(0, 16);
}

}  // namespace sagebrush::wire
