#include "web/bucket_origins.h"

#include "objects/cors.h"
#include "web/s3_location.h"

namespace sagebrush::web {

void BucketOrigins::Allow(const wire::HttpRequest& request, wire::HttpReply& reply) const {
  const auto bucket = store_.FindBucket(S3Location::Of(request).bucket);
  const Json* const configuration = bucket == nullptr ? nullptr : ConfigurationOf(*bucket, objects::kCors);
  if (configuration == nullptr) return;
  const auto headers =
      objects::AllowOrigin(*configuration, {.origin = request.headers.GetOr("origin", ""), .method = request.method});
  if (!headers) return;
  for (const auto& [name, value] : *headers) reply.headers.Set(name, value);
}

}  // namespace sagebrush::web
