#include "sagemaker/hosting/hosting.h"
#include "sagemaker/jobs/channels.h"
#include "sagemaker/jobs/job_operations.h"
#include "sagemaker/role_objects.h"
#include "sagemaker/transform/transform.h"
#include "sagemaker/transform/transform_plan.h"

namespace sagebrush::sagemaker {
namespace {

// The model as it is now: the job goes on with it when it is deleted or made anew.
JsonObject VariantOf(const Edit& edit) {
  const store::Key key =
      KeyOf(ModelNoun(), edit.call.account(), edit.call.region, GetString(edit.input(), "ModelName"));
  const auto model = Require(edit.context, ModelNoun(), key);
  const std::string role = GetString(model->spec, "ExecutionRoleArn");
  if (role.empty()) {
    throw Error(kValidation,
                "The model has no ExecutionRoleArn, which is needed to read the data and write the results. "
                "Create the model with one.");
  }
  return {{"Container", ContainerOf(*model)},
          {"ExecutionRoleArn", role},
          {"EnableNetworkIsolation", GetBool(model->spec, "EnableNetworkIsolation")}};
}

void Prepare(Edit& edit) {
  CheckTransform(edit.input());
  CheckInstances(edit.context, TransformJobForm(), edit.resource);
  edit.spec()["Variant"] = VariantOf(edit);
  const RoleObjects objects(edit.context, GetString(edit.resource.spec, TransformJobForm().role), "CreateTransformJob",
                            ArnOf(TransformJobNoun(), edit.resource.key));
  RequireObjects(objects, edit.input().at("TransformInput").at("DataSource").at("S3DataSource"));
}

void DescribeJob(const store::Resource& job, JsonObject& description) {
  for (const char* member : {"TransformStartTime", "TransformEndTime", "FailureReason"}) {
    if (const Json* value = Find(job.status, member); value != nullptr && !value->is_null()) {
      description[member] = *value;
    }
  }
}

Noun MakeNoun() {
  Noun noun("TransformJob");
  noun.state_member = "TransformJobStatus";
  noun.list_member = "TransformJobSummaries";
  noun.list_descending = true;
  noun.missing = {kValidation, "Could not find requested job with name: {name}"};
  noun.duplicate = {
      kResourceInUse,
      "Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})"};
  noun.initial_state = "InProgress";
  noun.delete_operation = "";  // SageMaker has none: a transform job stays.
  noun.uses = {{"ModelName", ModelNoun}};
  noun.stored = {"ModelName",   "MaxConcurrentTransforms", "ModelClientConfig", "MaxPayloadInMB",     "BatchStrategy",
                 "Environment", "TransformInput",          "TransformOutput",   "TransformResources", "DataProcessing"};
  noun.volume_keys = {"TransformResources.VolumeKmsKeyId"};
  noun.refused = {
      {"TransformResources.TransformAmiVersion", "jobs run on this machine."},
      {"DataCaptureConfig", "data is captured by nothing yet; inputs and outputs are in S3."},
      {"ExperimentConfig", "transform jobs are not tracked in experiments."},
  };
  noun.prepare = Prepare;
  noun.describe = DescribeJob;
  noun.stop = StopJob;
  return noun;
}

}  // namespace

const Noun& TransformJobNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
