#pragma once

#include "wire/http.h"

namespace sagebrush::gateway {

// Lets pages of other origins read a reply, where whoever owns what it tells of said so. Safe to call from any thread;
// does not block.
class CrossOrigin {
 public:
  virtual ~CrossOrigin() = default;
  // `request` has an Origin; the reply may be an error.
  virtual void Allow(const wire::HttpRequest& request, wire::HttpReply& reply) const = 0;
};

}  // namespace sagebrush::gateway
