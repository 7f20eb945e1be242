#pragma once

#include "gateway/site.h"
#include "objects/object_store.h"
#include "web/s3_caller.h"

namespace sagebrush::web {

// Buckets as web sites, at hosts "<bucket>.s3-website...": documents that nobody needs to sign for, index and error
// documents, redirects. What is not public is not shown.
class WebsiteSite : public gateway::Site {
 public:
  // Both outlive it.
  WebsiteSite(const objects::ObjectStore& store, const S3Caller& s3) : store_(store), s3_(s3) {}
  wire::HttpReply Handle(const wire::HttpRequest& request, wire::BodyReader& body, std::stop_token stop) const override;

 private:
  wire::HttpReply Answer(const wire::HttpRequest& request, const std::string& bucket, const Json& configuration,
                         const std::stop_token& stop) const;
  wire::HttpReply Document(const wire::HttpRequest& request, const std::string& bucket, const std::string& key,
                           const std::stop_token& stop) const;
  wire::HttpReply ErrorPage(const wire::HttpRequest& request, const std::string& bucket, const Json& configuration,
                            const Error& error, const std::stop_token& stop) const;

  const objects::ObjectStore& store_;
  const S3Caller& s3_;
};

}  // namespace sagebrush::web
