#include "sagemaker/training/training_container.h"

#include <fcntl.h>

#include "identity/identity.h"
#include "runtime/images.h"
#include "sagemaker/archive.h"
#include "sagemaker/training/channels.h"
#include "sagemaker/training/checkpoints.h"
#include "sagemaker/training/training.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kGigabyte = 1'000'000'000;
constexpr std::int64_t kVolumeGigabytesDefault = 30;
constexpr Seconds kCredentialsMargin{3600};
constexpr std::int64_t kFailureBytesMax = 4096;
constexpr std::int64_t kLargeOutputBytes = 64 << 20;

void WriteJson(const Path& path, const Json& value) {
  fs::remove(path);
  const FileDescriptor file = OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  WriteAll(file.get(), ToText(value));
}

Json InputDataConfiguration(const Json& spec) {
  JsonObject channels;
  const Json* given = Find(spec, "InputDataConfig");
  if (given == nullptr) return channels;
  for (const Json& channel : given->as_array()) {
    JsonObject entry{
        {"TrainingInputMode", "File"},
        {"S3DistributionType", GetString(channel, "DataSource.S3DataSource.S3DataDistributionType", "FullyReplicated")},
        {"RecordWrapperType", "None"}};
    if (const std::string type = GetString(channel, "ContentType"); !type.empty()) entry["ContentType"] = type;
    channels[GetString(channel, "ChannelName")] = std::move(entry);
  }
  return channels;
}

Json ResourceConfiguration(const Json& spec) {
  const std::string type = GetString(spec, "ResourceConfig.InstanceType");
  const JsonArray hosts{"algo-1"};
  return {{"current_host", "algo-1"},
          {"current_instance_type", type},
          {"current_group_name", "homogeneousCluster"},
          {"hosts", hosts},
          {"instance_groups",
           JsonArray{{{"instance_group_name", "homogeneousCluster"}, {"instance_type", type}, {"hosts", hosts}}}},
          {"network_interface_name", "lo"}};
}

std::int64_t TreeBytes(const Path& directory) {
  std::int64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && !entry.is_symlink()) bytes += static_cast<std::int64_t>(entry.file_size());
  }
  return bytes;
}

std::vector<std::string> Strings(const Json* array) {
  std::vector<std::string> out;
  if (array != nullptr && array->is_array()) {
    for (const Json& element : array->get_array()) out.emplace_back(element.as_string());
  }
  return out;
}

}  // namespace

TrainingContainer::TrainingContainer(const Context& context, const store::Resource& job)
    : context_(context),
      job_(job),
      name_(GetString(job.spec, "TrainingJobName")),
      arn_(ArnOf(TrainingJobNoun(), job.key)),
      root_(context.data / "jobs" / job.uid) {}

RoleObjects TrainingContainer::Objects() const {
  return RoleObjects(context_, GetString(job_.spec, "RoleArn"), "SageMaker");
}

void TrainingContainer::WriteConfiguration() const {
  const Path config = root_ / "input/config";
  fs::create_directories(config);
  const Json* hyperparameters = Find(job_.spec, "HyperParameters");
  WriteJson(config / "hyperparameters.json", hyperparameters == nullptr ? Json(JsonObject()) : *hyperparameters);
  WriteJson(config / "inputdataconfig.json", InputDataConfiguration(job_.spec));
  WriteJson(config / "resourceconfig.json", ResourceConfiguration(job_.spec));
}

void TrainingContainer::Prepare() const {
  for (const char* directory : {"input/data", "model", "output/data", "checkpoints"})
    fs::create_directories(root_ / directory);
  WriteConfiguration();
  const RoleObjects objects = Objects();
  if (const Json* channels = Find(job_.spec, "InputDataConfig")) {
    for (const Json& channel : channels->as_array()) {
      PlaceChannel(objects, channel, root_ / "input/data" / GetString(channel, "ChannelName"));
    }
  }
  if (const std::string uri = GetString(job_.spec, "CheckpointConfig.S3Uri"); !uri.empty()) {
    RestoreCheckpoints(objects, ParseS3Uri(uri, "CheckpointConfig.S3Uri"), root_ / "checkpoints");
  }
}

std::map<std::string, std::string> TrainingContainer::Environment() const {
  std::map<std::string, std::string> environment;
  if (const Json* given = Find(job_.spec, "Environment")) {
    for (const auto& member : given->as_object()) environment[std::string(member.key())] = member.value().as_string();
  }
  const Seconds run_time_max(static_cast<double>(GetInt(job_.spec, "StoppingCondition.MaxRuntimeInSeconds")));
  // The job cannot ask for new credentials, so these last as long as it may run.
  const auto role =
      context_.identity.AssumeServiceRole(GetString(job_.spec, "RoleArn"), "SageMaker", "sagemaker.amazonaws.com",
                                          std::chrono::duration_cast<Milliseconds>(run_time_max + kCredentialsMargin));
  environment["TRAINING_JOB_NAME"] = name_;
  environment["TRAINING_JOB_ARN"] = arn_;
  environment["AWS_REGION"] = environment["AWS_DEFAULT_REGION"] = job_.key.region;
  environment["AWS_ACCESS_KEY_ID"] = role.credentials.access_key_id;
  environment["AWS_SECRET_ACCESS_KEY"] = role.credentials.secret_key;
  environment["AWS_SESSION_TOKEN"] = role.credentials.session_token;
  environment["AWS_ENDPOINT_URL"] = "http://" + context_.api_address;
  return environment;
}

runtime::WorkloadSpec TrainingContainer::Workload(const runtime::Room& room, const Path& log_file) const {
  const runtime::ImageInfo image =
      context_.images.Resolve(GetString(job_.spec, "AlgorithmSpecification.TrainingImage"), job_.key.region);
  runtime::WorkloadSpec spec;
  spec.command = Strings(Find(job_.spec, "AlgorithmSpecification.ContainerEntrypoint"));
  const bool own_entrypoint = !spec.command.empty();
  if (!own_entrypoint) spec.command = image.train_command;
  const std::vector<std::string> arguments = Strings(Find(job_.spec, "AlgorithmSpecification.ContainerArguments"));
  spec.command.insert(spec.command.end(), arguments.begin(), arguments.end());
  spec.environment = image.environment;
  for (auto& [name, value] : Environment()) spec.environment.insert_or_assign(name, value);
  spec.working_directory = "/opt/ml";
  spec.mounts = image.mounts;
  spec.mounts.push_back({root_ / "input", "/opt/ml/input", true});
  spec.mounts.push_back({root_ / "model", "/opt/ml/model", false});
  spec.mounts.push_back({root_ / "output", "/opt/ml/output", false});
  if (Find(job_.spec, "CheckpointConfig") != nullptr) {
    spec.mounts.push_back(
        {root_ / "checkpoints", GetString(job_.spec, "CheckpointConfig.LocalPath", "/opt/ml/checkpoints"), false});
  }
  spec.cpus = room.cpus;
  spec.memory_bytes_max = room.memory_bytes;
  spec.disk_bytes_max = GetInt(job_.spec, "ResourceConfig.VolumeSizeInGB", kVolumeGigabytesDefault) * kGigabyte;
  spec.network = !GetBool(job_.spec, "EnableNetworkIsolation");
  spec.api_address = context_.api_address;
  spec.run_time_max = Seconds(static_cast<double>(GetInt(job_.spec, "StoppingCondition.MaxRuntimeInSeconds")));
  spec.log_file = log_file;
  return spec;
}

void TrainingContainer::SaveCheckpoints() const {
  const std::string uri = GetString(job_.spec, "CheckpointConfig.S3Uri");
  if (uri.empty()) return;
  sagemaker::SaveCheckpoints(Objects(), ParseS3Uri(uri, "CheckpointConfig.S3Uri"), root_ / "checkpoints",
                             root_ / "checkpoint.upload");
}

void TrainingContainer::UploadTree(const RoleObjects& objects, const Path& directory, const S3Uri& target) const {
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    objects.Put(target / entry.path().lexically_relative(directory).string(), entry.path());
  }
}

std::string TrainingContainer::Upload() const {
  const S3Uri output =
      ParseS3Uri(GetString(job_.spec, "OutputDataConfig.S3OutputPath"), "S3OutputPath") / name_ / "output";
  const RoleObjects objects = Objects();
  const bool output_data = !fs::is_empty(root_ / "output/data");
  if (GetString(job_.spec, "OutputDataConfig.CompressionType") == "NONE") {
    UploadTree(objects, root_ / "model", output / "model");
    if (output_data) UploadTree(objects, root_ / "output/data", output / "output");
    return (output / "model/").ToString();
  }
  PackDirectory(root_ / "model", root_ / "model.tar.gz");
  objects.Put(output / "model.tar.gz", root_ / "model.tar.gz");
  if (output_data) {
    PackDirectory(root_ / "output/data", root_ / "output.tar.gz");
    objects.Put(output / "output.tar.gz", root_ / "output.tar.gz");
  }
  return (output / "model.tar.gz").ToString();
}

bool TrainingContainer::HasLargeOutput() const {
  return TreeBytes(root_ / "model") + TreeBytes(root_ / "output") > kLargeOutputBytes;
}

std::string TrainingContainer::FailureFile() const {
  // The job may have put a link or a pipe there.
  const FileDescriptor file(::open((root_ / "output/failure").c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return "";
  std::string text(kFailureBytesMax, '\0');
  const ssize_t n = ::read(file.get(), text.data(), text.size());
  text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text;
}

void TrainingContainer::DropOutput() const {
  std::error_code ignored;
  for (const char* name : {"model", "output/data"}) fs::remove_all(root_ / name, ignored);
}

void TrainingContainer::Remove() const {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

std::vector<std::string> TrainingContainer::Notices() const {
  std::vector<std::string> notices;
  const auto notice = [&](const char* member, const char* text) {
    if (Find(job_.spec, member) != nullptr) notices.push_back(std::string("[sagebrush] ") + text);
  };
  notice("DebugHookConfig", "DebugHookConfig: Debugger is not built; no tensors are saved.");
  if (!GetBool(job_.spec, "ProfilerConfig.DisableProfiler")) {
    notice("ProfilerConfig", "ProfilerConfig: the profiler is not built; nothing is profiled.");
  }
  if (GetBool(job_.spec, "EnableManagedSpotTraining")) {
    notice("EnableManagedSpotTraining",
           "EnableManagedSpotTraining: this machine is never taken away; the full time is billed.");
  }
  if (GetBool(job_.spec, "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries")) {
    notice("AlgorithmSpecification", "EnableSageMakerMetricsTimeSeries: only the final values of metrics are kept.");
  }
  return notices;
}

}  // namespace sagebrush::sagemaker
