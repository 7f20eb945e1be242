#pragma once

#include "algorithms/algorithm.h"
#include "serving/http_server.h"
#include "serving/request_rows.h"
#include "serving/serve.h"

namespace sagebrush::serving {

// The endpoints of a hosting container for one model.
class ModelService : public RequestHandler {
 public:
  // All outlive the service.
  ModelService(const algorithms::Model& model, const algorithms::Declaration& declaration, const ServeOptions& options,
               int threads);

  void Handle(const Request& request, Reply& reply) override;

 private:
  void Invoke(const Request& request, Reply& reply) const;
  void DescribeExecution(Reply& reply) const;

  const algorithms::Model& model_;
  const ServeOptions& options_;
  const RequestTypes types_;
  const std::string default_accept_;
  int threads_;
};

}  // namespace sagebrush::serving
