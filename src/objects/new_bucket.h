#pragma once

#include <string>

#include "objects/object.h"

namespace sagebrush::objects {

// A bucket as it is when nothing is said of it, as every new one since April 2023: no ACLs, and nothing of it is public
// until the public access block is lifted (docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html).
Bucket NewBucket(const std::string& name, const std::string& account, const std::string& region, Time created);

}  // namespace sagebrush::objects
