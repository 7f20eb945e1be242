#include "sagemaker/processing/processing_container.h"

#include "base/error.h"
#include "base/text.h"
#include "runtime/gang_network.h"
#include "sagemaker/container_path.h"
#include "sagemaker/processing/processing.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMessageBytesMax = 1024;
constexpr std::size_t kCharacterBytesMax = 4;

// "/opt/ml/processing/input/code" -> "input/code"
std::string BelowRoot(std::string_view local_path, std::string_view member) {
  return PlainPathBelow(kProcessingRoot, local_path, member).substr(kProcessingRoot.size() + 1);
}

// `value`, or null: the documented file names the members that were not given, too.
Json OrNull(const Json* value) { return value == nullptr ? Json() : *value; }

Json InputConfiguration(const Json& input) {
  JsonObject entry = input.as_object();
  entry.emplace("AppManaged", false);
  JsonObject& source = entry["S3Input"].as_object();
  source.emplace("S3InputMode", "File");
  source.emplace("S3DataDistributionType", "FullyReplicated");
  source.emplace("S3CompressionType", "None");
  source.emplace("S3DownloadMode", "StartOfJob");
  entry.emplace("DatasetDefinition", nullptr);
  return entry;
}

Json OutputConfiguration(const Json& output) {
  JsonObject entry = output.as_object();
  entry.emplace("AppManaged", false);
  entry.emplace("FeatureStoreOutput", nullptr);
  return entry;
}

// Each element of the list at `path`, as `configure` gives it.
JsonArray Configured(const Json& spec, std::string_view path, Json (*configure)(const Json&)) {
  JsonArray list;
  if (const Json* given = Find(spec, path)) {
    for (const Json& element : given->as_array()) list.push_back(configure(element));
  }
  return list;
}

// processingjobconfig.json: docs.aws.amazon.com/sagemaker/latest/dg/byoc-config.html
Json JobConfiguration(const JobFiles& files, const Json& spec) {
  JsonObject cluster = spec.at("ProcessingResources").at("ClusterConfig").as_object();
  cluster.emplace("VolumeKmsKeyId", nullptr);
  return {{"ProcessingJobArn", files.arn()},
          {"ProcessingJobName", files.name()},
          {"AppSpecification",
           {{"ImageUri", GetString(spec, "AppSpecification.ImageUri")},
            {"ContainerEntrypoint", OrNull(Find(spec, "AppSpecification.ContainerEntrypoint"))},
            {"ContainerArguments", OrNull(Find(spec, "AppSpecification.ContainerArguments"))}}},
          {"Environment", OrNull(Find(spec, "Environment"))},
          {"ProcessingInputs", Configured(spec, "ProcessingInputs", InputConfiguration)},
          {"ProcessingOutputConfig",
           {{"Outputs", Configured(spec, "ProcessingOutputConfig.Outputs", OutputConfiguration)},
            {"KmsKeyId", OrNull(Find(spec, "ProcessingOutputConfig.KmsKeyId"))}}},
          {"ProcessingResources", {{"ClusterConfig", std::move(cluster)}}},
          {"NetworkConfig", OrNull(Find(spec, "NetworkConfig"))},
          {"RoleArn", GetString(spec, "RoleArn")},
          {"StoppingCondition", spec.at("StoppingCondition")}};
}

}  // namespace

ProcessingContainer::ProcessingContainer(const Context& context, const store::Resource& job, std::size_t host)
    : context_(context), job_(job), host_(host), files_(context, ProcessingJobForm(), job, host) {}

std::vector<ProcessingContainer::Output> ProcessingContainer::Outputs(std::string_view upload_mode) const {
  std::vector<Output> outputs;
  const Json* const given = Find(job_.spec, "ProcessingOutputConfig.Outputs");
  if (given == nullptr) return outputs;
  for (const Json& output : given->as_array()) {
    const Json& s3 = output.at("S3Output");
    if (GetString(s3, "S3UploadMode") != upload_mode) continue;
    outputs.push_back({PlainPathBelow(kProcessingRoot, GetString(s3, "LocalPath"), "LocalPath"),
                       ParseS3Uri(GetString(s3, "S3Uri"), "S3Uri")});
  }
  return outputs;
}

// Of what is distributed by key, every host gets as many objects as another, or one more.
void ProcessingContainer::AddInput(const RoleObjects& objects, const Json& source, ChannelLayout& layout) const {
  const Path folder = BelowRoot(GetString(source, "LocalPath"), "LocalPath");
  if (GetString(source, "S3DataDistributionType") != "ShardedByS3Key") {
    AddObjects(objects, source, folder, layout);
    return;
  }
  ChannelLayout all;
  AddObjects(objects, source, folder, all);
  const std::size_t hosts = HostsOf(ProcessingJobForm(), job_);
  for (std::size_t i = host_; i < all.files().size(); i += hosts)
    layout.Add(all.files()[i].object, all.files()[i].path);
}

void ProcessingContainer::PlaceInputs(const RoleObjects& objects, const std::stop_token& stop) const {
  std::vector<std::string> folders;  // One is empty whose share has no objects.
  ChannelLayout layout;  // Of all inputs: one may lie in another's directory, as the SDK's code does in its data's.
  if (const Json* inputs = Find(job_.spec, "ProcessingInputs")) {
    for (const Json& input : inputs->as_array()) {
      const Json& source = input.at("S3Input");
      AddInput(objects, source, layout);
      folders.push_back(BelowRoot(GetString(source, "LocalPath"), "LocalPath"));
    }
  }
  std::int64_t bytes_left = VolumeBytesOf(ProcessingJobForm(), job_);
  layout.Place(files_.root() / "processing", [&](const S3Uri& object, const Path& target) {
    bytes_left -= objects.Copy(object, target, stop, bytes_left);
  });
  for (const std::string& folder : folders) fs::create_directories(files_.root() / "processing" / folder);
}

void ProcessingContainer::MakeOutputs(const RoleObjects& objects) const {
  for (const char* mode : {"EndOfJob", "Continuous"}) {
    for (const Output& output : Outputs(mode)) {
      objects.CheckPut(output.target / "output");  // Better now than after hours of work.
      std::error_code failure;
      fs::create_directories(files_.root() / "processing" / BelowRoot(output.local_path, "LocalPath"), failure);
      if (!failure) continue;
      throw Error(kValidation,
                  fmt::format("The output directory {} cannot be made: a file of an input is in its place. "
                              "Choose another LocalPath for one of them.",
                              output.local_path));
    }
  }
}

void ProcessingContainer::Prepare(const std::stop_token& stop) const {
  for (const char* directory : {"config", "output"}) fs::create_directories(files_.root() / directory);
  files_.WriteJson("config/processingjobconfig.json", JobConfiguration(files_, job_.spec));
  JsonArray hosts;
  for (std::size_t i = 0; i < HostsOf(ProcessingJobForm(), job_); ++i) hosts.push_back(Json(runtime::GangHostName(i)));
  files_.WriteJson("config/resourceconfig.json", {{"current_host", runtime::GangHostName(host_)}, {"hosts", hosts}});
  const RoleObjects objects = files_.Objects();
  PlaceInputs(objects, stop);
  MakeOutputs(objects);
}

runtime::WorkloadSpec ProcessingContainer::Workload(const runtime::Room& room, const Path& log_file) const {
  const Json& application = job_.spec.at("AppSpecification");
  const runtime::PreparedImage image =
      runtime::ReadyImage(context_.images, GetString(application, "ImageUri"), job_.key.region);
  runtime::WorkloadSpec spec = files_.Workload(image, application, {}, room, log_file);
  spec.working_directory = Path(kProcessingRoot);
  spec.mounts.push_back({files_.root() / "config", "/opt/ml/config", true});
  spec.mounts.push_back({files_.root() / "output", "/opt/ml/output", false});
  spec.mounts.push_back({files_.root() / "processing", Path(kProcessingRoot), false});
  spec.network = !GetBool(job_.spec, "NetworkConfig.EnableNetworkIsolation");
  return spec;
}

std::optional<Directory> ProcessingContainer::OpenOutput(const Output& output) const {
  return Directory(files_.root() / "processing").Open(BelowRoot(output.local_path, "LocalPath"));
}

void ProcessingContainer::UploadContinuousOutputs(const std::stop_token& stop) const {
  for (const Output& output : Outputs("Continuous")) {
    const std::optional<Directory> directory = OpenOutput(output);
    if (!directory) continue;  // The next time is soon.
    UploadChanges(files_.Objects(), {*directory, output.local_path, VolumeBytesOf(ProcessingJobForm(), job_)},
                  output.target, OtherObjects::kKeep, files_.root() / "output.upload", stop);
  }
}

void ProcessingContainer::UploadOutputs(const Notice& notice, const std::stop_token& stop) const {
  struct Found {
    Output output;
    Directory directory;
  };
  std::vector<Found> found;
  std::int64_t bytes_left = VolumeBytesOf(ProcessingJobForm(), job_);
  for (const Output& output : Outputs("EndOfJob")) {
    std::optional<Directory> directory = OpenOutput(output);
    if (!directory) {
      notice(fmt::format("{} was not uploaded: it is no directory.", output.local_path));
      continue;
    }
    // All of them first, so that what is too much fails at once and leaves no half.
    bytes_left -= TreeBytes({*directory, output.local_path, bytes_left}, stop);
    found.push_back({output, std::move(*directory)});
  }
  const RoleObjects objects = files_.Objects();
  for (const Found& each : found) {
    UploadFiles(objects, {each.directory, each.output.local_path}, each.output.target, notice, stop);
  }
}

std::optional<std::string> ProcessingContainer::ExitMessage() const {
  // The KB may end inside a character.
  const std::string text = files_.ReadBeginning("output", "message", kMessageBytesMax + kCharacterBytesMax);
  const std::string_view message = FirstBytes(text, kMessageBytesMax);
  return IsUtf8(message) ? std::optional(std::string(message)) : std::nullopt;
}

void ProcessingContainer::DropOutputs() const { RemoveTree(files_.root() / "processing"); }

}  // namespace sagebrush::sagemaker
