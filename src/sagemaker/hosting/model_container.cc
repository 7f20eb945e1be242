#include "sagemaker/hosting/model_container.h"

#include <fcntl.h>

#include <fmt/format.h>

#include "base/boot_id.h"
#include "inference/model_port.h"
#include "runtime/image_provider.h"
#include "sagemaker/archive.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/jobs/channels.h"
#include "sagemaker/volume.h"
#include "sagemaker/workload_credentials.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

constexpr Seconds kStopGrace{30};

}  // namespace

std::optional<ModelSource> ModelSourceOf(const Json& container) {
  const std::string url = GetString(container, "ModelDataUrl");
  const Json* source = Find(container, "ModelDataSource.S3DataSource");
  if (!url.empty() && source != nullptr) throw Error(kValidation, "Give either ModelDataUrl or ModelDataSource.");
  if (!url.empty()) return ModelSource{ParseS3Uri(url, "ModelDataUrl")};
  if (source == nullptr) return std::nullopt;
  if (Find(*source, "ManifestS3Uri") != nullptr || Find(*source, "HubAccessConfig") != nullptr) {
    throw Error(kValidation, "ManifestS3Uri and HubAccessConfig are not supported by this server; give S3Uri.");
  }
  ModelSource model{ParseS3Uri(GetString(*source, "S3Uri"), "S3Uri")};
  model.prefix = GetString(*source, "S3DataType") == "S3Prefix";
  model.archive = GetString(*source, "CompressionType") == "Gzip";
  if (model.prefix && model.archive) throw Error(kValidation, "S3DataType S3Prefix needs CompressionType None.");
  return model;
}

ModelContainer::ModelContainer(const Context& context, std::string owner_arn, std::string region, const Json& variant,
                               Path directory)
    : context_(context),
      owner_arn_(std::move(owner_arn)),
      region_(std::move(region)),
      variant_(variant),
      directory_(std::move(directory)) {}

void ModelContainer::PlaceModel(const ModelSource& source, const Path& model, const std::stop_token& stop) const {
  const RoleObjects objects(context_, GetString(variant_, "ExecutionRoleArn"), "SageMaker", owner_arn_);
  InputLimits limits{VolumeBytes(variant_), stop};
  if (source.prefix) {
    LinkObjects(objects, {{"S3DataType", "S3Prefix"}, {"S3Uri", source.uri.ToString()}}, model, limits);
    return;
  }
  // A single file has the last part of its key as its name, as AWS gives it.
  const Path name = source.archive ? "model.tar.gz" : PathInChannel(source.uri.key, source.uri.key);
  if (name.empty()) {
    throw Error(kValidation, source.uri.ToString() + " names no object; give the key of the model file.");
  }
  const Path file = (source.archive ? directory_ : model) / name;
  fs::remove(file);
  try {
    objects.Link(source.uri, file, limits.stop, limits.bytes_left);
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
    // AWS's words: github.com/aws-samples/cvat-on-aws-china/issues/3
    throw Error(
        error.kind(),
        fmt::format("Failed to download model data for container \"container_1\" from URL: \"{}\". Please ensure "
                    "that there is an object located at the URL and that the role passed to CreateModel has "
                    "permissions to download the object. {}.",
                    source.uri.ToString(), error.what()));
  }
  if (!source.archive) return;
  try {
    const Directory directory(model);
    UnpackArchive(file, {directory, "/opt/ml/model", VolumeBytes(variant_)}, stop);
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
    throw Error(error.kind(),
                fmt::format("The model data at {} cannot be unpacked: {} Upload a gzip-compressed tar file "
                            "(tar czf model.tar.gz -C DIRECTORY .) and create the model again.",
                            source.uri.ToString(), error.what()));
  }
  fs::remove(file);
}

bool ModelContainer::IsPrepared() const { return ReadFileIfExists(directory_ / "prepared") == BootId(); }

void ModelContainer::Prepare(const std::stop_token& stop) const {
  if (IsPrepared()) return;
  if (!RemoveTree(directory_ / "model", stop))
    throw Error(kInternalFailure, "The files of an earlier try cannot be deleted.");
  fs::create_directories(directory_ / "model");
  if (const auto source = ModelSourceOf(variant_.at("Container"))) PlaceModel(*source, directory_ / "model", stop);
  // Nothing of this is synced: after a power failure the model may have holes, and is placed anew.
  WriteAll(OpenFile(directory_ / "prepared", O_WRONLY | O_CREAT | O_TRUNC).get(), BootId());
}

std::map<std::string, std::string> ModelContainer::Environment(const std::string& workload) const {
  std::map<std::string, std::string> environment;
  if (const Json* given = Find(variant_, "Container.Environment")) {
    for (const auto& member : given->as_object()) environment[std::string(member.key())] = member.value().as_string();
  }
  AddApiAccess(context_, {workload, GetString(variant_, "ExecutionRoleArn"), owner_arn_}, region_, environment);
  return environment;
}

runtime::WorkloadSpec ModelContainer::Workload(const std::string& id, const runtime::Room& room,
                                               const Path& log_file) const {
  const runtime::PreparedImage image =
      runtime::ReadyImage(context_.images, GetString(variant_, "Container.Image"), region_);
  runtime::WorkloadSpec spec;
  spec.root = runtime::RootFor(image, directory_ / "root");
  spec.command = image.serve_command;
  spec.environment = image.environment;
  for (auto& [name, value] : Environment(id)) spec.environment.insert_or_assign(name, value);
  spec.working_directory = "/opt/ml";
  spec.mounts = image.mounts;
  spec.mounts.push_back({directory_ / "model", "/opt/ml/model", true});
  spec.cpus = room.cpus;
  spec.gpus = room.gpus;
  spec.memory_bytes_max = room.memory_bytes;
  spec.network = !GetBool(variant_, "EnableNetworkIsolation");
  spec.api_address = context_.api_address;
  spec.stop_grace = kStopGrace;
  spec.log_file = log_file;
  spec.ports = {inference::kModelPort};
  return spec;
}

}  // namespace sagebrush::sagemaker
