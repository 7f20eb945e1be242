#pragma once

#include "gateway/site.h"
#include "objects/object_store.h"

namespace sagebrush::web {

// Answers browsers that ask whether a page may send a request to a bucket (OPTIONS), before they send it.
class PreflightSite : public gateway::Site {
 public:
  static bool IsPreflight(const wire::HttpRequest& request) { return request.method == "OPTIONS"; }
  explicit PreflightSite(const objects::ObjectStore& store) : store_(store) {}
  wire::HttpReply Handle(const wire::HttpRequest& request, wire::BodyReader& body, std::stop_token stop) const override;

 private:
  const objects::ObjectStore& store_;
};

}  // namespace sagebrush::web
