#pragma once

#include <exception>

#include "wire/http.h"

namespace sagebrush::web {

// An error as S3 answers it, under a request id of its own. Logs what is our own fault.
wire::HttpReply S3Error(const wire::HttpRequest& request, const std::exception_ptr& failure);

}  // namespace sagebrush::web
