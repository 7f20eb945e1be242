#include "identity/identity.h"
#include "objects/object_store.h"
#include "runtime/image_provider.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/hosting/model_container.h"
#include "sagemaker/model_registry/model_registry.h"
#include "sagemaker/role_objects.h"
#include "sagemaker/script_mode.h"

namespace sagebrush::sagemaker {
namespace {

constexpr char kContainer[] = "Container";  // In the spec: the one that runs, whatever way it was given.

void RefuseMembers(const Json& container) {
  const auto refuse = [&](const char* member, const char* why) {
    if (Find(container, member) != nullptr) {
      throw Error(kValidation, std::string(member) + " is not supported by this server: " + why);
    }
  };
  refuse("AdditionalModelDataSources", "put all files in one model archive.");
  refuse("ContainerMetricsConfig", "metrics are not read from containers.");
  refuse("ImageConfig.RepositoryAuthConfig", "images come from this server's catalogue.");
  refuse("MultiModelConfig", "multi-model endpoints are not built.");
  if (GetString(container, "Mode", "SingleModel") != "SingleModel") {
    throw Error(kValidation, "Mode MultiModel is not supported by this server: give one model for each container.");
  }
  if (GetString(container, "ImageConfig.RepositoryAccessMode", "Platform") != "Platform") {
    throw Error(kValidation,
                "ImageConfig.RepositoryAccessMode Vpc is not supported by this server: there are no VPCs.");
  }
}

void CheckContainer(const Context& context, const wire::Call& call, const Json& container) {
  const std::string image = GetString(container, "Image");
  if (image.empty()) throw Error(kValidation, "A container needs an Image.");
  RefuseScriptMode(context.images.Describe(image, call.region), Find(container, "Environment"));
}

// AWS's words: github.com/philschmid/llm-sagemaker-sample/issues/2 shows the whole message.
Error NoAccess(const ModelSource& source, const std::string& role, const std::string& region) {
  return {
      kValidation,
      fmt::format("Could not access model data at {}. Please ensure that the role \"{}\" exists and that its trust "
                  "relationship policy allows the action \"sts:AssumeRole\" for the service principal "
                  "\"sagemaker.amazonaws.com\". Also ensure that the role has \"s3:GetObject\" permissions and that "
                  "the object is located in {}. If your Model uses multiple models or uncompressed models, please "
                  "ensure that the role has \"s3:ListBucket\" permission.",
                  source.uri.ToString(), role, region)};
}

// The object, or for a prefix any object below it, must be there, as the model's role sees it.
void CheckModelData(const Context& context, const wire::Call& call, const ModelSource& source) {
  const std::string role = GetString(call.input, "ExecutionRoleArn");
  if (role.empty()) throw Error(kValidation, "ExecutionRoleArn is required to read model data.");
  bool found = false;
  try {
    const RoleObjects objects(context, role, "CreateModel",
                              ArnOf(ModelNoun(), call, GetString(call.input, "ModelName")));
    found = source.prefix ? objects.HasAny(source.uri) : objects.Exists(source.uri);
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
    throw NoAccess(source, role, call.region);
  }
  // github.com/aws/aws-step-functions-data-science-sdk-python/issues/61
  if (!found) throw Error(kValidation, "Could not find model data at " + source.uri.ToString() + ".");
}

void Prepare(Edit& edit) {
  const auto& [context, call, model, also, parent] = edit;
  const Json* primary = Find(call.input, "PrimaryContainer");
  const Json* several = Find(call.input, "Containers");
  if ((primary == nullptr) == (several == nullptr || several->as_array().empty())) {
    throw Error(kValidation, "Give either PrimaryContainer or Containers.");
  }
  if (several != nullptr && several->as_array().size() > 1) {
    throw Error(kValidation,
                "Containers holds more than one container: inference pipelines are not supported by this server.");
  }
  const Json& given = primary != nullptr ? *primary : several->as_array()[0];
  RefuseMembers(given);
  Json container = given;
  if (Find(given, "ModelPackageName") != nullptr) {
    for (const char* member : {"Image", "ModelDataUrl", "ModelDataSource"}) {
      if (Find(given, member) != nullptr) {
        throw Error(kValidation, std::string("Give either ModelPackageName or ") + member + ", not both.");
      }
    }
    container = ContainerFromPackage(context, call, given);
  }
  edit.spec()[kContainer] = container;
  CheckContainer(context, call, container);
  if (const auto source = ModelSourceOf(container)) CheckModelData(context, call, *source);
}

Noun MakeNoun() {
  Noun noun("Model");
  noun.list_member = "Models";
  noun.list_descending = true;
  noun.missing = {kValidation, "Could not find model \"{arn}\"."};
  noun.duplicate = {kValidation, "Cannot create already existing model \"{arn}\"."};
  noun.role_member = "ExecutionRoleArn";
  noun.stored = {"PrimaryContainer", "Containers", "EnableNetworkIsolation"};
  noun.refused = {
      {"VpcConfig", "there are no VPCs; use EnableNetworkIsolation to cut a model off."},
      {"InferenceExecutionConfig", "inference pipelines are not built."},
  };
  noun.search_resource = noun.search_member = "Model";
  noun.prepare = Prepare;
  noun.describe = [](const store::Resource&, JsonObject& description) {
    if (!description.contains("EnableNetworkIsolation")) description["EnableNetworkIsolation"] = false;
  };
  return noun;
}

}  // namespace

Json ContainerOf(const store::Resource& model) {
  if (const Json* container = Find(model.spec, kContainer)) return *container;
  // As an earlier release stored it.
  const Json* primary = Find(model.spec, "PrimaryContainer");
  return primary != nullptr ? *primary : model.spec.at("Containers").as_array()[0];
}

const Noun& ModelNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
