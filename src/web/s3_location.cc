#include "web/s3_location.h"

#include "base/encoding.h"
#include "wire/s3_address.h"

namespace sagebrush::web {

S3Location S3Location::Of(const wire::HttpRequest& request) {
  const std::string path = wire::PathStylePath(request).substr(1);
  const std::size_t slash = path.find('/');
  if (slash == std::string::npos) return {UriDecode(path), ""};
  return {UriDecode(std::string_view(path).substr(0, slash)), UriDecode(std::string_view(path).substr(slash + 1))};
}

}  // namespace sagebrush::web
