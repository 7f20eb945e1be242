#pragma once

#include <optional>
#include <stop_token>

#include "runtime/capacity.h"
#include "runtime/runtime.h"
#include "sagemaker/role_objects.h"
#include "store/store.h"

namespace sagebrush::sagemaker {

// Where a container's model comes from, and how it is packed there.
struct ModelSource {
  S3Uri uri;
  bool prefix = false;  // All objects below uri, as they are; else the one object.
  bool archive = true;  // The object is a .tar.gz to unpack; else it is the model file itself.
};

// Of a ContainerDefinition: ModelDataUrl or ModelDataSource; nullopt: it brings no model data. Throws
// Error(kValidation).
std::optional<ModelSource> ModelSourceOf(const Json& container);

// One server of a model, of an endpoint or a transform job: its model files on the host and what the runtime is to run.
// sagemaker-behaviour 3.5. `variant` is an element of the endpoint's spec.Variants (endpoint_variants.h).
class ModelContainer {
 public:
  // `owner_arn`: what it serves for, in `region`.
  ModelContainer(const Context& context, std::string owner_arn, std::string region, const Json& variant,
                 Path directory);

  // Whether Prepare was done.
  bool IsPrepared() const;
  // Puts the model's files below `directory`, once for all instances of the variant. May be repeated; does nothing when
  // it is done already. Throws Error that says what is wrong with the model data.
  // Stops soon, with Error(kServiceUnavailable), once a stop is asked for.
  void Prepare(const std::stop_token& stop) const;
  // `id`: of the workload in the runtime.
  runtime::WorkloadSpec Workload(const std::string& id, const runtime::Room& room, const Path& log_file) const;

 private:
  void PlaceModel(const ModelSource& source, const Path& model, const std::stop_token& stop) const;
  std::map<std::string, std::string> Environment(const std::string& workload) const;

  const Context& context_;
  const std::string owner_arn_, region_;
  const Json& variant_;
  Path directory_;
};

}  // namespace sagebrush::sagemaker
