#include <charconv>
#include <cmath>

#include "sagemaker/experiments/tracking.h"
#include "sagemaker/training/training.h"

namespace sagebrush::sagemaker {
namespace {

// AWS shows a hyperparameter that reads as a number as one.
JsonObject ParameterOf(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
  return is_number ? JsonObject{{"NumberValue", number}} : JsonObject{{"StringValue", text}};
}

JsonObject Shown(const store::Resource& job) {
  JsonObject parameters, inputs, outputs;
  if (const Json* given = Find(job.spec, "HyperParameters")) {
    for (const auto& [name, value] : given->as_object()) parameters[name] = ParameterOf(std::string(value.as_string()));
  }
  if (const Json* channels = Find(job.spec, "InputDataConfig")) {
    for (const Json& channel : channels->as_array()) {
      const std::string uri = GetString(channel, "DataSource.S3DataSource.S3Uri");
      inputs[GetString(channel, "ChannelName")] = {{"Value", uri}};
    }
  }
  const std::string model = GetString(job.status, "ModelArtifacts.S3ModelArtifacts");
  if (!model.empty()) outputs["SageMaker.ModelArtifact"] = {{"Value", model}};
  return {{"Parameters", std::move(parameters)},
          {"InputArtifacts", std::move(inputs)},
          {"OutputArtifacts", std::move(outputs)}};
}

}  // namespace

const JobTracking& TrainingJobTracking() {
  static const JobTracking tracking{"-aws-training-job", "SageMakerTrainingJob", Shown,
                                    "AlgorithmSpecification.TrainingImage"};
  return tracking;
}

}  // namespace sagebrush::sagemaker
