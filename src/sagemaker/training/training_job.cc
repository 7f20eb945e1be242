#include <fmt/ranges.h>

#include <set>

#include "runtime/image_provider.h"
#include "sagemaker/container_path.h"
#include "sagemaker/experiments/tracking.h"
#include "sagemaker/jobs/channels.h"
#include "sagemaker/jobs/job_operations.h"
#include "sagemaker/jobs/job_step.h"
#include "sagemaker/script_mode.h"
#include "sagemaker/training/training.h"
#include "sagemaker/verbs.h"
#include "telemetry/metric_definitions.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::int64_t kRuntimeSecondsMax = 28 * 86'400;

// What only a stream can be.
void RefuseMembersOfStreams(const Json& channel, const std::string& name) {
  if (GetString(channel, "CompressionType", "None") != "None") {
    throw Error(kValidation, "Channel " + name + ": CompressionType Gzip is for Pipe mode only; leave it out.");
  }
  if (GetString(channel, "RecordWrapperType", "None") != "None") {
    throw Error(kValidation, "Channel " + name + ": RecordWrapperType RecordIO is for Pipe mode only; leave it out.");
  }
  if (Find(channel, "ShuffleConfig") != nullptr) {
    throw Error(kValidation, "Channel " + name + ": ShuffleConfig is for Pipe mode only; leave it out.");
  }
}

void CheckChannel(const Json& channel, InputMode mode) {
  const std::string name = GetString(channel, "ChannelName");
  CheckDirectoryName(name, "ChannelName");
  const Json* source = Find(channel, "DataSource.S3DataSource");
  if (source == nullptr) {
    throw Error(kValidation,
                "Channel " + name + ": DataSource must be an S3DataSource; others are not supported by this server.");
  }
  ParseS3Uri(GetString(*source, "S3Uri"), "S3Uri");
  const std::string type = GetString(*source, "S3DataType");
  if (type != "S3Prefix" && type != "ManifestFile") {
    throw Error(kValidation,
                "Channel " + name + ": S3DataType " + type + " is not supported; use S3Prefix or ManifestFile.");
  }
  // docs.aws.amazon.com/sagemaker/latest/dg/model-access-training-data.html
  if (mode == InputMode::kFastFile && type != "S3Prefix") {
    throw Error(kValidation,
                "Channel " + name + ": S3DataType " + type + " cannot be read in FastFile mode; use S3Prefix.");
  }
  if (Find(*source, "AttributeNames") != nullptr) {
    throw Error(kValidation, "Channel " + name + ": AttributeNames are for augmented manifests, which are not built.");
  }
  if (mode != InputMode::kPipe) RefuseMembersOfStreams(channel, name);
}

// A stream's pipes lie beside the directories of the other channels.
void CheckNames(const Json& spec, const JsonArray& channels) {
  std::set<std::string> names, streams;
  for (const Json& channel : channels) {
    const std::string name = GetString(channel, "ChannelName");
    if (!names.insert(name).second) throw Error(kValidation, "ChannelName " + name + " is given twice.");
    if (ModeOfChannel(spec, channel) == InputMode::kPipe) streams.insert(name);
  }
  for (const std::string& name : names) {
    const std::size_t mark = name.rfind('_');
    if (mark == std::string::npos || !streams.contains(name.substr(0, mark))) continue;
    if (name.find_first_not_of("0123456789", mark + 1) != std::string::npos) continue;
    throw Error(kValidation, "ChannelName " + name + " is also the name of a pipe of channel " + name.substr(0, mark) +
                                 "; give one of them another name.");
  }
}

void CheckChannels(const Json& spec, const runtime::ImageDescription& image, bool own_program) {
  const Json* const given = Find(spec, "InputDataConfig");
  if (given == nullptr) return;
  const JsonArray& channels = given->as_array();
  CheckNames(spec, channels);
  for (const Json& channel : channels) {
    const InputMode mode = ModeOfChannel(spec, channel);
    CheckChannel(channel, mode);
    if (own_program || image.input_modes.contains(std::string(InputModeName(mode)))) continue;
    throw Error(kValidation, fmt::format("Channel {}: the algorithm {} does not read data in {} mode; it takes {}.",
                                         GetString(channel, "ChannelName"), image.algorithm, InputModeName(mode),
                                         fmt::join(image.input_modes, ", ")));
  }
}

void CheckCheckpoints(const Json& spec) {
  if (Find(spec, "CheckpointConfig") == nullptr) return;
  ParseS3Uri(GetString(spec, "CheckpointConfig.S3Uri"), "CheckpointConfig.S3Uri");
  CheckpointPath(spec);
}

// What shows only in the data: AWS looks at it with the job's role before it takes the job.
void CheckInputs(const Context& context, const wire::Call& call, const store::Resource& job) {
  const RoleObjects objects(context, GetString(call.input, "RoleArn"), "CreateTrainingJob",
                            ArnOf(TrainingJobNoun(), job.key));
  const Json* channels = Find(call.input, "InputDataConfig");
  if (channels == nullptr) return;
  for (const Json& channel : channels->as_array()) RequireObjects(objects, channel.at("DataSource").at("S3DataSource"));
}

void CheckStoppingCondition(Json& spec) {
  SetMaxRuntime(spec, kRuntimeSecondsMax);
  const std::int64_t run = GetInt(spec, "StoppingCondition.MaxRuntimeInSeconds");
  const std::int64_t wait = GetInt(spec, "StoppingCondition.MaxWaitTimeInSeconds");
  const bool spot = GetBool(spec, "EnableManagedSpotTraining");
  if (spot && wait < run) {
    throw Error(kValidation,
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds");
  }
  if (!spot && wait != 0) {
    throw Error(kValidation, "MaxWaitTimeInSeconds is only for EnableManagedSpotTraining; leave it out.");
  }
}

// Those that the image brings, then the job's own: as AWS describes a job of a built-in algorithm.
void CompleteMetricDefinitions(const runtime::ImageDescription& image, Json& spec) {
  JsonArray definitions;
  for (const auto& [name, regex] : image.metric_definitions) definitions.push_back({{"Name", name}, {"Regex", regex}});
  if (const Json* own = Find(spec, "AlgorithmSpecification.MetricDefinitions")) {
    for (const Json& definition : own->as_array()) definitions.push_back(definition);
  }
  const telemetry::MetricDefinitions checked(definitions);
  spec.at("AlgorithmSpecification").as_object()["MetricDefinitions"] = std::move(definitions);
}

void Prepare(Edit& edit) {
  const auto& [context, call, job, also, parent] = edit;
  const Json& input = call.input;
  const std::string image = GetString(input, "AlgorithmSpecification.TrainingImage");
  if (image.empty()) throw Error(kValidation, "AlgorithmSpecification.TrainingImage is required.");
  const runtime::ImageDescription resolved = context.images.Describe(image, call.region);
  CompleteMetricDefinitions(resolved, job.spec);
  const bool own_program = Find(input, "AlgorithmSpecification.ContainerEntrypoint") != nullptr;
  if (!own_program) RefuseScriptMode(resolved, Find(input, "HyperParameters"));
  CheckInstances(context, TrainingJobForm(), job);
  CheckChannels(input, resolved, own_program);
  ParseS3Uri(GetString(input, "OutputDataConfig.S3OutputPath"), "S3OutputPath");
  CheckCheckpoints(input);
  CheckStoppingCondition(job.spec);
  CheckInputs(context, call, job);
  job.status = {{"SecondaryStatus", "Starting"},
                {"SecondaryStatusTransitions", JsonArray{{{"Status", "Starting"},
                                                          {"StartTime", job.created.ToEpochSeconds()},
                                                          {"StatusMessage", "Starting the training job"}}}}};
  TrackJob(edit, TrainingJobForm());
}

void DescribeJob(const store::Resource& job, JsonObject& description) {
  if (const JsonObject* status = job.status.if_object()) {
    for (const auto& member : *status) {
      if (!member.value().is_null()) description[member.key()] = member.value();
    }
  }
  if (!description.contains("SecondaryStatus")) {
    description["SecondaryStatus"] = job.state == "InProgress" ? "Starting" : job.state;
  }
  if (!description.contains("ModelArtifacts")) description["ModelArtifacts"] = {{"S3ModelArtifacts", ""}};
  if (JsonObject* output = description["OutputDataConfig"].if_object()) output->emplace("KmsKeyId", "");
  for (const char* flag :
       {"EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"}) {
    if (!description.contains(flag)) description[flag] = false;
  }
  description["ProfilingStatus"] = "Disabled";
}

void Update(Edit& edit) {
  if (Find(edit.input(), "ResourceConfig") != nullptr || Find(edit.input(), "ProfilerRuleConfigurations") != nullptr ||
      GetBool(edit.input(), "RemoteDebugConfig.EnableRemoteDebug")) {
    throw Error(kValidation, "Warm pools, profiler rules and remote debugging are not supported by this server.");
  }
  if (HasEnded(edit.resource)) {
    throw Error(kValidation, "The training job is in status " + edit.resource.state + " and cannot be updated.");
  }
}

Noun MakeNoun() {
  Noun noun("TrainingJob");
  noun.state_member = "TrainingJobStatus";
  noun.list_member = "TrainingJobSummaries";
  noun.filters = {{"WarmPoolStatusEquals", Filter::How::kNever}, {"TrainingPlanArnEquals", Filter::How::kNever}};
  noun.missing = {kValidation, "Requested resource not found."};
  noun.duplicate = {
      kResourceInUse,
      "Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})"};
  noun.role_member = "RoleArn";
  noun.initial_state = "InProgress";
  noun.stored = {"HyperParameters",
                 "ExperimentConfig",
                 "AlgorithmSpecification",
                 "InputDataConfig",
                 "OutputDataConfig",
                 "ResourceConfig",
                 "StoppingCondition",
                 "EnableNetworkIsolation",
                 "EnableInterContainerTrafficEncryption",
                 "EnableManagedSpotTraining",
                 "CheckpointConfig",
                 "DebugHookConfig",
                 "ProfilerConfig",
                 "Environment",
                 "RemoteDebugConfig",
                 "InfraCheckConfig",
                 "SessionChainingConfig"};
  noun.update_operation = "UpdateTrainingJob";
  noun.updates = {{"ProfilerConfig"},
                  {"ProfilerRuleConfigurations", MemberUpdate::How::kRead},
                  {"ResourceConfig", MemberUpdate::How::kRead},
                  {"RemoteDebugConfig"}};
  noun.update = Update;
  noun.stop = [](Edit& edit) {
    StopJob(edit);
    FollowJob(edit.context, TrainingJobForm(), edit.resource, edit.also);
  };
  noun.volume_keys = {"ResourceConfig.VolumeKmsKeyId"};
  noun.refused = {
      {"AlgorithmSpecification.AlgorithmName", "algorithm resources are not built; give TrainingImage."},
      {"AlgorithmSpecification.TrainingImageConfig", "images come from this server's catalogue."},
      {"ResourceConfig.KeepAlivePeriodInSeconds", "there are no warm pools; jobs start in milliseconds without."},
      {"ResourceConfig.InstanceGroups", "a job runs on one instance."},
      {"ResourceConfig.TrainingPlanArn", "there are no training plans."},
      {"ResourceConfig.InstancePlacementConfig", "a job runs on one instance."},
      {"ResourceConfig.InstancePreferences", "give ResourceConfig.InstanceType."},
      {"VpcConfig", "there are no VPCs; use EnableNetworkIsolation to cut a job off."},
      {"DebugHookConfig.CollectionConfigurations", "Debugger is not built."},
      {"DebugRuleConfigurations", "Debugger is not built."},
      {"ProfilerRuleConfigurations", "Debugger is not built."},
      {"TensorBoardOutputConfig", "TensorBoard output is not built."},
      {"RetryStrategy", "a failed job is not retried; create it again."},
      {"RemoteDebugConfig.EnableRemoteDebug", "remote debugging is not built."},
      {"InfraCheckConfig.EnableInfraCheck", "there is no infrastructure of GPUs to check."},
      {"SessionChainingConfig.EnableSessionTagChaining", "session tags are not chained."},
      {"ServerlessJobConfig", "serverless jobs are not built."},
      {"MlflowConfig", "MLflow is not built."},
      {"ModelPackageConfig", "model packages are not built."},
      {"StoppingCondition.MaxPendingTimeInSeconds", "there are no training plans to wait for."},
  };
  noun.search_resource = noun.search_member = "TrainingJob";
  noun.prepare = Prepare;
  noun.describe = DescribeJob;
  noun.erase = EraseEndedJob;
  return noun;
}

}  // namespace

const Noun& TrainingJobNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

InputMode ModeOfChannel(const Json& spec, const Json& channel) {
  return InputModeOf(channel, GetString(spec, "AlgorithmSpecification.TrainingInputMode"));
}

std::string CheckpointPath(const Json& spec) {
  ContainerPaths paths({"/opt/ml/input", "/opt/ml/model", "/opt/ml/output"});
  return paths.Take(GetString(spec, "CheckpointConfig.LocalPath", "/opt/ml/checkpoints"), "CheckpointConfig.LocalPath");
}

}  // namespace sagebrush::sagemaker
