#pragma once

#include <string>
#include <string_view>

#include "wire/http.h"

namespace sagebrush::wire {

// The bucket that the Host header names (virtual-host addressing); empty: path style. Hosts known: *.amazonaws.com,
// localhost and those of SetHostNames.
std::string BucketOfHost(std::string_view host_header);

// Whether that is a host of S3 itself, or of one of its buckets: s3.amazonaws.com, s3-us-west-2.amazonaws.com,
// bucket.s3.dualstack.eu-west-1.amazonaws.com, ... and those of SetHostNames.
bool IsS3Host(std::string_view host_header);

// The path of an S3 request as if it had been sent in path style: "/bucket/key", still percent-encoded.
std::string PathStylePath(const HttpRequest& request);

}  // namespace sagebrush::wire
