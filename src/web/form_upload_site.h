#pragma once

#include "base/clock.h"
#include "gateway/site.h"
#include "identity/identity.h"
#include "web/s3_caller.h"

namespace sagebrush::web {

// Uploads by HTML forms: POST of multipart/form-data to a bucket, allowed by a policy that its writer signed, or
// anonymous where the bucket lets anybody write. docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
class FormUploadSite : public gateway::Site {
 public:
  // What a browser's form is, and no request of an API, which is signed.
  static bool IsForm(const wire::HttpRequest& request);

  // The arguments outlive it.
  FormUploadSite(const identity::Identity& identity, const S3Caller& s3, const Clock& clock)
      : identity_(identity), s3_(s3), clock_(clock) {}
  wire::HttpReply Handle(const wire::HttpRequest& request, wire::BodyReader& body, std::stop_token stop) const override;

 private:
  wire::HttpReply Upload(const wire::HttpRequest& request, wire::BodyReader& body, std::stop_token stop) const;

  const identity::Identity& identity_;
  const S3Caller& s3_;
  const Clock& clock_;
};

}  // namespace sagebrush::web
