#include "sagemaker/training/training_container.h"

#include <fcntl.h>

#include "base/error.h"
#include "base/tree_walk.h"
#include "sagemaker/container_path.h"
#include "sagemaker/jobs/channels.h"
#include "sagemaker/training/training.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFailureBytesMax = 4096;
constexpr const char* kStreams = "streams";  // What is streamed, a directory a channel. The job does not see it.

Json InputDataConfiguration(const Json& spec) {
  JsonObject channels;
  const Json* given = Find(spec, "InputDataConfig");
  if (given == nullptr) return channels;
  for (const Json& channel : given->as_array()) {
    JsonObject entry{
        {"TrainingInputMode", InputModeName(ModeOfChannel(spec, channel))},
        {"S3DistributionType", GetString(channel, "DataSource.S3DataSource.S3DataDistributionType", "FullyReplicated")},
        {"RecordWrapperType", GetString(channel, "RecordWrapperType", "None")}};
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

// The channels of a job that come as streams.
std::vector<runtime::PipeInput> PipeInputs(const Json& spec, const Path& root) {
  std::vector<runtime::PipeInput> inputs;
  const Json* const channels = Find(spec, "InputDataConfig");
  if (channels == nullptr) return inputs;
  for (const Json& channel : channels->as_array()) {
    if (ModeOfChannel(spec, channel) != InputMode::kPipe) continue;
    const std::string name = GetString(channel, "ChannelName");
    runtime::PipeInput input{.name = name, .objects = root / kStreams / name, .pipes = root / "input/data"};
    if (const Json* seed = Find(channel, "ShuffleConfig.Seed")) input.shuffle_seed = seed->to_number<std::int64_t>();
    input.gzip = GetString(channel, "CompressionType") == "Gzip";
    input.record_io = GetString(channel, "RecordWrapperType") == "RecordIO";
    inputs.push_back(std::move(input));
  }
  return inputs;
}

}  // namespace

TrainingContainer::TrainingContainer(const Context& context, const store::Resource& job)
    : context_(context), job_(job), files_(context, TrainingJobForm(), job) {}

void TrainingContainer::WriteConfiguration() const {
  fs::create_directories(files_.root() / "input/config");
  const Json* hyperparameters = Find(job_.spec, "HyperParameters");
  files_.WriteJson("input/config/hyperparameters.json",
                   hyperparameters == nullptr ? Json(JsonObject()) : *hyperparameters);
  files_.WriteJson("input/config/inputdataconfig.json", InputDataConfiguration(job_.spec));
  files_.WriteJson("input/config/resourceconfig.json", ResourceConfiguration(job_.spec));
}

void TrainingContainer::Prepare(const std::stop_token& stop) const {
  for (const char* directory : {"input/data", "model", "output/data", "checkpoints"})
    fs::create_directories(files_.root() / directory);
  WriteConfiguration();
  const RoleObjects objects = files_.Objects();
  objects.CheckPut(OutputUri() / "model.tar.gz");  // Better now than after hours of training.
  if (const Json* channels = Find(job_.spec, "InputDataConfig")) {
    InputLimits limits{VolumeBytes(), stop};
    for (const Json& channel : channels->as_array()) PlaceChannel(objects, channel, limits);
  }
  RestoreCheckpoints(objects, stop);
}

void TrainingContainer::PlaceChannel(const RoleObjects& objects, const Json& channel, InputLimits& limits) const {
  const std::string name = GetString(channel, "ChannelName");
  CheckDirectoryName(name, "ChannelName");
  const Json& source = channel.at("DataSource").at("S3DataSource");
  if (ModeOfChannel(job_.spec, channel) == InputMode::kPipe) {
    LinkObjectsInOrder(objects, source, files_.root() / kStreams / name, limits);
  } else {
    LinkObjects(objects, source, files_.root() / "input/data" / name, limits);
  }
}

runtime::WorkloadSpec TrainingContainer::Workload(const runtime::Room& room, const Path& log_file) const {
  const Json& algorithm = job_.spec.at("AlgorithmSpecification");
  const runtime::PreparedImage image =
      runtime::ReadyImage(context_.images, GetString(algorithm, "TrainingImage"), job_.key.region);
  runtime::WorkloadSpec spec = files_.Workload(image, algorithm, image.train_command, room, log_file);
  spec.environment["TRAINING_JOB_NAME"] = files_.name();
  spec.environment["TRAINING_JOB_ARN"] = files_.arn();
  spec.working_directory = "/opt/ml";
  spec.mounts.push_back({files_.root() / "input", "/opt/ml/input", true});
  spec.pipes = PipeInputs(job_.spec, files_.root());
  spec.mounts.push_back({files_.root() / "model", "/opt/ml/model", false});
  spec.mounts.push_back({files_.root() / "output", "/opt/ml/output", false});
  if (Find(job_.spec, "CheckpointConfig") != nullptr) {
    spec.mounts.push_back({files_.root() / "checkpoints", CheckpointPath(job_.spec), false});
  }
  spec.network = !GetBool(job_.spec, "EnableNetworkIsolation");
  return spec;
}

std::int64_t TrainingContainer::VolumeBytes() const { return VolumeBytesOf(TrainingJobForm(), job_); }

void TrainingContainer::RestoreCheckpoints(const RoleObjects& objects, const std::stop_token& stop) const {
  const std::string uri = GetString(job_.spec, "CheckpointConfig.S3Uri");
  if (uri.empty()) return;
  const S3Uri folder = FolderOf(ParseS3Uri(uri, "CheckpointConfig.S3Uri"));
  ChannelLayout layout;
  for (const RoleObject& object : objects.List(folder)) {
    layout.Add({folder.bucket, object.key}, PathInChannel(folder.key, object.key));
  }
  layout.Place(files_.root() / "checkpoints",
               [&](const S3Uri& object, const Path& target) { objects.Copy(object, target, stop); });
}

void TrainingContainer::SaveCheckpoints(const std::stop_token& stop) const {
  const std::string uri = GetString(job_.spec, "CheckpointConfig.S3Uri");
  if (uri.empty()) return;
  const Directory checkpoints(files_.root() / "checkpoints");
  UploadChanges(files_.Objects(), {checkpoints, CheckpointPath(job_.spec), VolumeBytes()},
                ParseS3Uri(uri, "CheckpointConfig.S3Uri"), OtherObjects::kDelete, files_.root() / "checkpoint.upload",
                stop);
}

struct TrainingContainer::Output {
  WorkloadTree tree;
  const char* name;  // "model": of the archive, and of the folder of single files.
};

S3Uri TrainingContainer::OutputUri() const {
  return ParseS3Uri(GetString(job_.spec, "OutputDataConfig.S3OutputPath"), "S3OutputPath") / files_.name() / "output";
}

void TrainingContainer::UploadPacked(const Output& what, const S3Uri& target, const std::stop_token& stop,
                                     const Notice& notice) const {
  const Path tar_gz = files_.root() / (std::string(what.name) + ".tar.gz");
  PackDirectory(what.tree, tar_gz, notice, stop);
  files_.Objects().Put(target, OpenFile(tar_gz, O_RDONLY), stop);
}

std::string TrainingContainer::Upload(const std::stop_token& stop, const Notice& notice) const {
  const S3Uri target = OutputUri();
  const Directory model(files_.root() / "model"), written(files_.root() / "output");
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
      UploadFiles(files_.Objects(), output.tree, target / output.name, notice, stop);
    }
  }
  return (target / (packed ? "model.tar.gz" : "model/")).ToString();
}

std::string TrainingContainer::FailureFile() const {
  std::string text = files_.ReadBeginning("output", "failure", kFailureBytesMax);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text;
}

void TrainingContainer::DropOutput() const {
  for (const char* name : {"model", "output/data"}) RemoveTree(files_.root() / name);
}

}  // namespace sagebrush::sagemaker
