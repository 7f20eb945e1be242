#include "objects/storage_class.h"

#include <algorithm>
#include <array>

#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

constexpr std::string_view kMember = "StorageClass";
constexpr std::string_view kStandard = "STANDARD";

// Those that objects of a general purpose bucket may be put in
// (docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html); the model has others, of Outposts, Snow and FSx.
constexpr std::array<std::string_view, 8> kClasses{"STANDARD",   "REDUCED_REDUNDANCY",  "STANDARD_IA",
                                                   "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
                                                   "GLACIER_IR", "DEEP_ARCHIVE"};

}  // namespace

std::string ReadStorageClass(const Json& input) {
  std::string name = GetString(input, kMember);
  if (name.empty()) return std::string(kStandard);
  if (std::find(kClasses.begin(), kClasses.end(), name) == kClasses.end()) {
    throw Error(kInvalidStorageClass, "The storage class you specified is not valid",
                JsonObject{{"StorageClassRequested", name}});
  }
  return name;
}

void SetStorageClass(Properties& properties, std::string_view name) {
  properties.headers.erase(std::string(kMember));
  if (!name.empty() && name != kStandard) properties.headers.emplace(kMember, name);
}

std::string StorageClassOf(const Properties& properties) {
  const auto found = properties.headers.find(std::string(kMember));
  return found == properties.headers.end() ? std::string(kStandard) : found->second;
}

}  // namespace sagebrush::objects
