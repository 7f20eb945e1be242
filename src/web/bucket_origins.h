#pragma once

#include "gateway/cross_origin.h"
#include "objects/object_store.h"

namespace sagebrush::web {

// What buckets say of other origins, on the replies of S3's operations.
class BucketOrigins : public gateway::CrossOrigin {
 public:
  explicit BucketOrigins(const objects::ObjectStore& store) : store_(store) {}
  void Allow(const wire::HttpRequest& request, wire::HttpReply& reply) const override;

 private:
  const objects::ObjectStore& store_;
};

}  // namespace sagebrush::web
