#include "sagemaker/training/training_container.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/tree_walk.h"
#include "identity/identity.h"
#include "runtime/images.h"
#include "sagemaker/container_path.h"
#include "sagemaker/training/channels.h"
#include "sagemaker/training/checkpoints.h"
#include "sagemaker/training/training.h"
#include "sagemaker/volume.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

constexpr Seconds kCredentialsMargin{3600};
constexpr std::int64_t kFailureBytesMax = 4096;

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
  return RoleObjects(context_, GetString(job_.spec, "RoleArn"), "SageMaker", arn_);
}

void TrainingContainer::WriteConfigurationFile(const char* name, const Json& value) const {
  const Path path = root_ / "input/config" / name;
  fs::remove(path);
  const FileDescriptor file = OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  WriteAll(file.get(), ToText(value));
}

void TrainingContainer::WriteConfiguration() const {
  fs::create_directories(root_ / "input/config");
  const Json* hyperparameters = Find(job_.spec, "HyperParameters");
  WriteConfigurationFile("hyperparameters.json", hyperparameters == nullptr ? Json(JsonObject()) : *hyperparameters);
  WriteConfigurationFile("inputdataconfig.json", InputDataConfiguration(job_.spec));
  WriteConfigurationFile("resourceconfig.json", ResourceConfiguration(job_.spec));
}

void TrainingContainer::Prepare(const std::stop_token& stop) const {
  for (const char* directory : {"input/data", "model", "output/data", "checkpoints"})
    fs::create_directories(root_ / directory);
  WriteConfiguration();
  const RoleObjects objects = Objects();
  objects.CheckPut(OutputUri() / "model.tar.gz");  // Better now than after hours of training.
  if (const Json* channels = Find(job_.spec, "InputDataConfig")) {
    for (const Json& channel : channels->as_array()) {
      const std::string name = GetString(channel, "ChannelName");
      CheckDirectoryName(name, "ChannelName");
      PlaceChannel(objects, channel, root_ / "input/data" / name);
    }
  }
  if (const std::string uri = GetString(job_.spec, "CheckpointConfig.S3Uri"); !uri.empty()) {
    RestoreCheckpoints(objects, ParseS3Uri(uri, "CheckpointConfig.S3Uri"), root_ / "checkpoints", stop);
  }
}

std::map<std::string, std::string> TrainingContainer::Environment() const {
  std::map<std::string, std::string> environment;
  if (const Json* given = Find(job_.spec, "Environment")) {
    for (const auto& member : given->as_object()) environment[std::string(member.key())] = member.value().as_string();
  }
  const Seconds run_time_max(static_cast<double>(GetInt(job_.spec, "StoppingCondition.MaxRuntimeInSeconds")));
  // The job cannot ask for new credentials, so these last as long as it may run.
  const auto role = context_.identity.AssumeServiceRole(
      GetString(job_.spec, "RoleArn"), "SageMaker", "sagemaker.amazonaws.com",
      std::chrono::duration_cast<Milliseconds>(run_time_max + kCredentialsMargin), arn_);
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
    spec.mounts.push_back({root_ / "checkpoints", CheckpointPath(job_.spec), false});
  }
  spec.cpus = room.cpus;
  spec.memory_bytes_max = room.memory_bytes;
  spec.disk_bytes_max = VolumeBytes();
  spec.network = !GetBool(job_.spec, "EnableNetworkIsolation");
  spec.api_address = context_.api_address;
  spec.run_time_max = Seconds(static_cast<double>(GetInt(job_.spec, "StoppingCondition.MaxRuntimeInSeconds")));
  spec.log_file = log_file;
  return spec;
}

std::int64_t TrainingContainer::VolumeBytes() const {
  return sagemaker::VolumeBytes(job_.spec, "ResourceConfig.VolumeSizeInGB");
}

void TrainingContainer::SaveCheckpoints(const std::stop_token& stop) const {
  const std::string uri = GetString(job_.spec, "CheckpointConfig.S3Uri");
  if (uri.empty()) return;
  const Directory checkpoints(root_ / "checkpoints");
  sagemaker::SaveCheckpoints(Objects(), ParseS3Uri(uri, "CheckpointConfig.S3Uri"),
                             {checkpoints, CheckpointPath(job_.spec), VolumeBytes()}, root_ / "checkpoint.upload",
                             stop);
}

struct TrainingContainer::Output {
  WorkloadTree tree;
  const char* name;  // "model": of the archive, and of the folder of single files.
};

S3Uri TrainingContainer::OutputUri() const {
  return ParseS3Uri(GetString(job_.spec, "OutputDataConfig.S3OutputPath"), "S3OutputPath") / name_ / "output";
}

void TrainingContainer::UploadFiles(const Output& what, const S3Uri& target, const std::stop_token& stop,
                                    const Notice& notice) const {
  const RoleObjects objects = Objects();
  for (TreeWalk walk(what.tree.directory, {.seen_as = what.tree.seen_as.string()}, stop); walk.Next();) {
    const S3Uri object = target / walk.path();
    const FileDescriptor file = walk.IsFile() ? walk.OpenFile() : FileDescriptor();
    if (file.valid() && CanBeKey(object.key)) {
      objects.Put(object, file, stop);
    } else if (!walk.IsDirectory() && notice) {
      notice(fmt::format("{}/{} was not uploaded: {}.", what.tree.seen_as.string(), walk.path(),
                         file.valid() ? "its name cannot be that of an object" : "it is no file"));
    }
  }
}

void TrainingContainer::UploadPacked(const Output& what, const S3Uri& target, const std::stop_token& stop,
                                     const Notice& notice) const {
  const Path tar_gz = root_ / (std::string(what.name) + ".tar.gz");
  PackDirectory(what.tree, tar_gz, notice, stop);
  Objects().Put(target, OpenFile(tar_gz, O_RDONLY), stop);
}

std::string TrainingContainer::Upload(const std::stop_token& stop, const Notice& notice) const {
  const S3Uri target = OutputUri();
  const Directory model(root_ / "model"), written(root_ / "output");
  // The job may have put anything in the place of its directory.
  const std::optional<Directory> data = written.Open("data");
  if (!data && notice && !written.IsMissing("data"))
    notice("/opt/ml/output/data was not uploaded: it is no directory.");
  std::vector<Output> outputs{{{model, "/opt/ml/model", VolumeBytes()}, "model"}};
  if (data && TreeWalk(*data).Next()) outputs.push_back({{*data, "/opt/ml/output/data", VolumeBytes()}, "output"});
  // First, so that what is too much fails at once and leaves no half.
  for (const Output& output : outputs) TreeBytes(output.tree, stop);
  const bool packed = GetString(job_.spec, "OutputDataConfig.CompressionType") != "NONE";
  for (const Output& output : outputs) {
    if (packed) {
      UploadPacked(output, target / (std::string(output.name) + ".tar.gz"), stop, notice);
    } else {
      UploadFiles(output, target / output.name, stop, notice);
    }
  }
  return (target / (packed ? "model.tar.gz" : "model/")).ToString();
}

std::string TrainingContainer::FailureFile() const {
  // The job may have put a link or a pipe there.
  const FileDescriptor file = Directory(root_ / "output").OpenFile("failure");
  if (!file.valid()) return "";
  std::string text(kFailureBytesMax, '\0');
  const ssize_t n = ::read(file.get(), text.data(), text.size());
  text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text;
}

void TrainingContainer::DropOutput() const {
  for (const char* name : {"model", "output/data"}) RemoveTree(root_ / name);
}

void TrainingContainer::Remove(const std::stop_token& stop) const {
  if (!RemoveTree(root_, stop) && stop.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
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
