#pragma once

#include <string>

#include "wire/http.h"

namespace sagebrush::web {

// The bucket and key that a request to S3 is for, whichever way it is addressed.
struct S3Location {
  std::string bucket;
  std::string key;

  static S3Location Of(const wire::HttpRequest& request);
};

}  // namespace sagebrush::web
