#include "sagemaker/experiments/tracking.h"
#include "sagemaker/processing/processing.h"

namespace sagebrush::sagemaker {
namespace {

JsonObject Artifacts(const Json& spec, const char* list, const char* name, const char* uri) {
  JsonObject artifacts;
  const Json* given = Find(spec, list);
  if (given == nullptr) return artifacts;
  for (const Json& one : given->as_array()) artifacts[GetString(one, name)] = {{"Value", GetString(one, uri)}};
  return artifacts;
}

JsonObject Shown(const store::Resource& job) {
  return {{"InputArtifacts", Artifacts(job.spec, "ProcessingInputs", "InputName", "S3Input.S3Uri")},
          {"OutputArtifacts", Artifacts(job.spec, "ProcessingOutputConfig.Outputs", "OutputName", "S3Output.S3Uri")}};
}

}  // namespace

const JobTracking& ProcessingJobTracking() {
  static const JobTracking tracking{"-aws-processing-job", "SageMakerProcessingJob", Shown,
                                    "AppSpecification.ImageUri"};
  return tracking;
}

}  // namespace sagebrush::sagemaker
