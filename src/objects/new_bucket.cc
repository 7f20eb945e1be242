#include "objects/new_bucket.h"

#include "objects/acl.h"
#include "objects/public_access_block.h"

namespace sagebrush::objects {

Bucket NewBucket(const std::string& name, const std::string& account, const std::string& region, Time created) {
  Bucket bucket{.name = name, .account = account, .region = region, .created = created};
  bucket.configurations.emplace(kOwnershipControls, OwnershipRule(kBucketOwnerEnforced));
  bucket.configurations.emplace(kPublicAccessBlock, BlockedPublicAccess());
  return bucket;
}

}  // namespace sagebrush::objects
