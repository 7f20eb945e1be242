#include "sagemaker/registry.h"

#include "base/log.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/training/training.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

struct Entry {
  const Noun* noun;
  void (*add_operations)(wire::OperationTable&, const Context&);              // Beyond the four verbs; may be null.
  std::unique_ptr<reconcile::Controller> (*make_controller)(const Context&);  // May be null.
  void (*restore_capacity)(const Context&, const store::Resource&);           // For what of it runs; may be null.
};

const std::vector<Entry>& Entries() {
  static const std::vector<Entry> entries{
      {&TrainingJobNoun(), AddTrainingJobOperations, MakeTrainingJobController, RestoreTrainingJobCapacity},
      {&ModelNoun(), nullptr, nullptr, nullptr},
      {&EndpointConfigNoun(), nullptr, nullptr, nullptr},
      {&EndpointNoun(), AddEndpointOperations, MakeEndpointController, RestoreEndpointCapacity},
  };
  return entries;
}

}  // namespace

const std::vector<const Noun*>& Nouns() {
  static const std::vector<const Noun*> nouns = [] {
    std::vector<const Noun*> all;
    for (const Entry& entry : Entries()) all.push_back(entry.noun);
    return all;
  }();
  return nouns;
}

void AddSageMakerOperations(wire::OperationTable& table, const Context& context) {
  for (const Entry& entry : Entries()) {
    AddVerbs(table, context, *entry.noun);
    if (entry.add_operations != nullptr) entry.add_operations(table, context);
  }
  AddTagVerbs(table, context, Nouns());
}

wire::AccessRule InvocationAccess(const Context& context) {
  return OneResource(context, EndpointNoun(), "InvokeEndpoint");
}

std::vector<std::unique_ptr<reconcile::Controller>> MakeControllers(const Context& context) {
  std::vector<std::unique_ptr<reconcile::Controller>> controllers;
  for (const Entry& entry : Entries()) {
    if (entry.make_controller != nullptr) controllers.push_back(entry.make_controller(context));
  }
  return controllers;
}

void RestoreCapacity(const Context& context) {
  for (const Entry& entry : Entries()) {
    if (entry.restore_capacity == nullptr) continue;
    for (const auto& resource : context.store.All(entry.noun->kind)) {
      try {
        entry.restore_capacity(context, *resource);
      } catch (const Error& error) {  // An instance type that another version knew: no reason not to start.
        LogWarning("{} {}: {}", entry.noun->name, resource->key.name, error.what());
      }
    }
  }
}

}  // namespace sagebrush::sagemaker
