#include "runtime/image_provider.h"
#include "sagemaker/container_path.h"
#include "sagemaker/experiments/tracking.h"
#include "sagemaker/jobs/channels.h"
#include "sagemaker/jobs/job_operations.h"
#include "sagemaker/processing/processing.h"
#include "sagemaker/role_objects.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::int64_t kRuntimeSecondsMax = 777'600;  // ProcessingMaxRuntimeInSeconds of the service model.

// A member of an input or output that is refused unless it has the value which changes nothing.
struct OnlyValue {
  std::string_view path, value, why;
};

constexpr OnlyValue kOnlyValues[] = {
    {"S3Input.S3InputMode", "File", "use File; it needs no waiting here, for the data are on this machine"},
    {"S3Input.S3CompressionType", "None", "Gzip is for S3InputMode Pipe only; leave it out"},
};

void CheckValues(const Json& element, const std::string& name) {
  for (const OnlyValue& only : kOnlyValues) {
    const std::string given = GetString(element, only.path, only.value);
    if (given == only.value) continue;
    throw Error(kValidation,
                fmt::format("{}: {} {} is not supported by this server: {}.", name, only.path, given, only.why));
  }
  if (GetBool(element, "AppManaged")) {
    throw Error(kValidation, fmt::format("{}: AppManaged is not supported by this server: no application manages data "
                                         "here. Give S3Input or S3Output.",
                                         name));
  }
  for (const char* member : {"DatasetDefinition", "FeatureStoreOutput"}) {
    if (Find(element, member) == nullptr) continue;
    throw Error(kValidation, fmt::format("{}: {} is not supported by this server: there is no Athena, Redshift or "
                                         "feature store. Give S3Input or S3Output.",
                                         name, member));
  }
}

// The LocalPaths of a request, each in the form in which it is compared with the others.
class LocalPaths {
 public:
  void Take(const Json& s3, const std::string& name) {
    const std::string path = GetString(s3, "LocalPath");
    if (path.empty()) throw Error(kValidation, name + ": LocalPath is required when AppManaged is false.");
    if (!taken_.insert(PlainPathBelow(kProcessingRoot, path, name + ": LocalPath")).second) {
      throw Error(kValidation,
                  fmt::format("{}: LocalPath {} is that of another input or output. Give each its own.", name, path));
    }
  }

 private:
  std::set<std::string> taken_;
};

const JsonArray& ListAt(const Json& input, std::string_view path) {
  static const JsonArray none;
  const Json* const list = Find(input, path);
  return list == nullptr ? none : list->as_array();
}

const Json& RequireMember(const Json& element, std::string_view member, const std::string& name) {
  const Json* const value = Find(element, member);
  if (value == nullptr) throw Error(kValidation, fmt::format("{}: {} is required.", name, member));
  return *value;
}

// docs.aws.amazon.com/sagemaker/latest/dg/byoc-input-and-output.html, API_ProcessingS3Input, API_ProcessingS3Output.
void CheckInputsAndOutputs(const Json& request) {
  LocalPaths paths;
  for (const Json& input : ListAt(request, "ProcessingInputs")) {
    const std::string name = "Input " + GetString(input, "InputName");
    CheckValues(input, name);
    const Json& s3 = RequireMember(input, "S3Input", name);
    ParseS3Uri(GetString(s3, "S3Uri"), "S3Uri");
    paths.Take(s3, name);
  }
  for (const Json& output : ListAt(request, "ProcessingOutputConfig.Outputs")) {
    const std::string name = "Output " + GetString(output, "OutputName");
    CheckValues(output, name);
    const Json& s3 = RequireMember(output, "S3Output", name);
    ParseS3Uri(GetString(s3, "S3Uri"), "S3Uri");
    paths.Take(s3, name);
  }
}

void CheckProgram(const Context& context, const wire::Call& call) {
  const Json& application = call.input.at("AppSpecification");
  const runtime::ImageDescription image = context.images.Describe(GetString(application, "ImageUri"), call.region);
  if (!ListAt(application, "ContainerEntrypoint").empty()) return;
  throw Error(kValidation,
              fmt::format("AppSpecification.ContainerEntrypoint is required: the image of {} has a program "
                          "for training and hosting only.",
                          image.algorithm));
}

void Prepare(Edit& edit) {
  CheckProgram(edit.context, edit.call);
  CheckInstances(edit.context, ProcessingJobForm(), edit.resource);
  CheckInputsAndOutputs(edit.input());
  SetMaxRuntime(edit.resource.spec, kRuntimeSecondsMax);
  const RoleObjects objects(edit.context, GetString(edit.input(), "RoleArn"), "CreateProcessingJob",
                            ArnOf(ProcessingJobNoun(), edit.resource.key));
  for (const Json& input : ListAt(edit.input(), "ProcessingInputs")) RequireObjects(objects, input.at("S3Input"));
  TrackJob(edit, ProcessingJobForm());
}

void DescribeJob(const store::Resource& job, JsonObject& description) {
  for (const char* member : {"ProcessingStartTime", "ProcessingEndTime", "FailureReason", "ExitMessage"}) {
    if (const Json* value = Find(job.status, member); value != nullptr && !value->is_null()) {
      description[member] = *value;
    }
  }
}

Noun MakeNoun() {
  Noun noun("ProcessingJob");
  noun.state_member = "ProcessingJobStatus";
  noun.list_member = "ProcessingJobSummaries";
  noun.missing = {kValidation, "Could not find requested job with name: {name}"};
  noun.duplicate = {
      kResourceInUse,
      "Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})"};
  noun.role_member = "RoleArn";
  noun.initial_state = "InProgress";
  noun.stored = {"ExperimentConfig", "AppSpecification",       "Environment",         "NetworkConfig",
                 "ProcessingInputs", "ProcessingOutputConfig", "ProcessingResources", "StoppingCondition"};
  noun.volume_keys = {"ProcessingResources.ClusterConfig.VolumeKmsKeyId"};
  noun.refused = {
      {"ProcessingResources.ClusterConfig.InstancePreferences", "give InstanceType and InstanceCount."},
      {"ProcessingResources.ClusterConfig.SelectedInstanceType", "give InstanceType."},
      {"ProcessingResources.ClusterConfig.SelectedInstanceCount", "give InstanceCount."},
      {"NetworkConfig.VpcConfig", "there are no VPCs; use EnableNetworkIsolation to cut a job off."},
  };
  noun.prepare = Prepare;
  noun.describe = DescribeJob;
  noun.stop = [](Edit& edit) {
    StopJob(edit);
    FollowJob(edit.context, ProcessingJobForm(), edit.resource, edit.also);
  };
  noun.erase = EraseEndedJob;
  return noun;
}

}  // namespace

const Noun& ProcessingJobNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
