#pragma once

#include "base/clock.h"
#include "base/file.h"
#include "objects/object_keys.h"
#include "objects/object_store.h"
#include "wire/call.h"

namespace sagebrush::objects {

struct S3Settings {
  std::string region = "us-east-1";  // The server's own, named where a request gives none that can be.
  std::size_t buckets_max = 10'000;  // Of one account.
  Path scratch = "/tmp";             // Where files without names are made, each as large as an object.
  Milliseconds lifecycle_day = std::chrono::hours(24);  // How long a day of lifecycle rules is.
};

// Adds every operation of the S3 API that we have. What is referred to outlives the table.
// `authorizer` is asked besides the gateway's own check where what is needed shows only in the work: the keys of
// DeleteObjects, and whether a missing key may be called missing.
void AddS3Operations(wire::OperationTable& table, ObjectStore& store, const ObjectKeys& keys,
                     const wire::Authorizer& authorizer, const Clock& clock, const S3Settings& settings = {});

}  // namespace sagebrush::objects
