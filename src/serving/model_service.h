#pragma once

#include <span>

#include "algorithms/algorithm.h"
#include "serving/http_server.h"
#include "serving/reply_body.h"
#include "serving/serve.h"

namespace sagebrush::serving {

// The endpoints of a hosting container for one model.
class ModelService : public RequestHandler {
 public:
  // Both outlive the service.
  ModelService(const algorithms::Model& model, const ServeOptions& options, int threads)
      : model_(model), options_(options), threads_(threads) {}

  void Handle(const Request& request, Reply& reply) override;

 private:
  void Invoke(const Request& request, Reply& reply) const;
  void Select(ReplyFormat format, std::span<const float> predictions, std::string& out) const;
  void DescribeExecution(Reply& reply) const;

  const algorithms::Model& model_;
  const ServeOptions& options_;
  int threads_;
};

}  // namespace sagebrush::serving
