#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/http.h"
#include "wire/model.h"

namespace sagebrush::wire {

// The path by which a request finds its operation of a REST service and names its resources: the one that was signed.
// With the bucket in front for S3, without empty and dot segments for the others. Percent-encoded.
std::string RestPath(const Service& service, const HttpRequest& request);

// The operation of a REST service for method, path and query; nullptr: none. `path` is percent-encoded.
const Operation* MatchRestPath(const Service& service, const HttpRequest& request, std::string_view path);

// The values of the labels in `operation.uri`, in order, percent-decoded. `path` is one that MatchRestPath accepted.
std::vector<std::pair<std::string_view, std::string>> ReadLabels(const Operation& operation, std::string_view path);

}  // namespace sagebrush::wire
