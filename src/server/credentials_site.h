#pragma once

#include "gateway/site.h"
#include "sagemaker/context.h"

namespace sagebrush::server {

// Where workloads ask for the credentials of their roles (sagemaker/workload_credentials.h).
class CredentialsSite : public gateway::Site {
 public:
  explicit CredentialsSite(const sagemaker::Context& context) : context_(context) {}
  wire::HttpReply Handle(const wire::HttpRequest& request, wire::BodyReader& body, std::stop_token stop) const override;

 private:
  const sagemaker::Context& context_;
};

}  // namespace sagebrush::server
