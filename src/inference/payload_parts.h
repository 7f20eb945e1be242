#pragma once

#include <memory>
#include <string>

#include "inference/model_call.h"
#include "wire/http.h"

namespace sagebrush::inference {

// The reply of InvokeEndpointWithResponseStream: each piece that the model sends becomes a PayloadPart as soon as it is
// there; a model that breaks off or takes too long ends the stream with a ModelStreamError
// (docs.aws.amazon.com: API_runtime_ResponseStream). Lives on one loop.
class PayloadParts : public wire::BodySource, public std::enable_shared_from_this<PayloadParts> {
 public:
  // `container`: as errors call it. The invocation counts as under way at `target` until the stream has ended.
  PayloadParts(ModelAnswer answer, Target target, std::string container);

  void Next(std::function<void(std::exception_ptr failure, std::string bytes)> done) override;

 private:
  // What is sent for what came; nothing at the end.
  std::string Take(ModelAnswer::Outcome outcome, std::string bytes);
  std::string FailureMessage(ModelAnswer::Outcome outcome) const;

  std::shared_ptr<ModelStream> rest_;  // Null: nothing follows.
  std::optional<Target> target_;
  const std::string container_;
};

}  // namespace sagebrush::inference
