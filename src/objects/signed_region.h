#pragma once

#include "objects/s3.h"

namespace sagebrush::objects {

// Throws AuthorizationHeaderMalformed, of a presigned URL AuthorizationQueryParametersError, with the Region to sign
// for when the request was signed (by version 4) for another region than its bucket's, or, where there is no bucket to
// go by, for what is no region at all: s3cmd signs its first request for "US" and learns from this answer, as
// botocore's redirector does. Who asks where a bucket is (GetBucketLocation) may ask from anywhere.
void CheckSignedRegion(const S3& s3, const wire::Call& call);

}  // namespace sagebrush::objects
