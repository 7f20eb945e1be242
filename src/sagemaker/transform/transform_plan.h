#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "sagemaker/transform/records.h"

namespace sagebrush::sagemaker {

// How a transform job's inputs become requests.
struct TransformPlan {
  std::size_t concurrent_max = 1;
  std::size_t payload_max = 0;  // Bytes of a request's body, when DataProcessing leaves them alone.
  bool single_record = false;
  SplitType split = SplitType::kNone;
  bool gzip = false;
  bool lines = false;  // AssembleWith Line.
  Milliseconds time_max{};
  int retries_max = 0;
  std::string content_type, accept;  // Empty: not sent.
};

// Of a job's specification. What it leaves open, the container says (the answer to GET /execution-parameters, or null),
// else SageMaker's defaults hold: API_CreateTransformJob, your-algorithms-batch-code.
TransformPlan PlanOf(const Json& spec, const Json& execution_parameters);

// Throws Error(kValidation) for what CreateTransformJob does not take.
void CheckTransform(const Json& spec);

}  // namespace sagebrush::sagemaker
