#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "sagemaker/context.h"
#include "store/store.h"
#include "wire/call.h"

namespace sagebrush::sagemaker {

// How clients learn that a resource is missing or already there: pinned by contract tests, not by the service model.
// `message` may hold {name} and {arn}.
struct NounError {
  ErrorKind kind;
  std::string message;
};

// One kind of resource: what the verbs that are written once (verbs.h) need to know of it, and what is particular.
struct Noun {
  std::string name;              // "TrainingJob", as in CreateTrainingJob.
  std::string kind;              // "training-job": in the ARN and in the store.
  std::string name_member;       // "TrainingJobName"
  std::string arn_member;        // "TrainingJobArn"
  std::string state_member;      // "TrainingJobStatus"; empty: the noun has no states.
  std::string list_operation;    // "ListTrainingJobs"
  std::string list_member;       // "TrainingJobSummaries"
  bool list_descending = false;  // Default SortOrder. SortBy defaults to CreationTime for all.
  std::vector<std::string>
      list_filters_unmatched;  // Filters on what no resource here ever has: given, the list is empty.

  NounError missing;
  NounError duplicate;

  std::string role_member;  // "RoleArn": iam:PassRole is checked for it; empty: none.
  // Members that name other resources which an operation uses as its own: {"EndpointConfigName", EndpointConfigNoun}.
  // The operation must be allowed on those too.
  std::vector<std::pair<std::string, const Noun& (*)()>> uses;
  std::string initial_state;  // State after creation.
  // Members of Create's input that have no effect here, and why: given, the request is refused.
  std::vector<std::pair<std::string, std::string>> refused;

  // Checks what the service model cannot, and completes the spec (defaults, snapshots). Throws Error to refuse.
  std::function<void(const Context&, const wire::Call&, store::Resource&)> prepare;
  // Adds to the description what is not a plain copy of the spec. Pure.
  std::function<void(const store::Resource&, JsonObject&)> describe;
  // Adds to the summary in a list what is not name, ARN, times and state. Pure.
  std::function<void(const store::Resource&, JsonObject&)> summarize;
  // Called by Delete. Empty: the resource is removed at once. Otherwise it decides (throws to refuse) and returns
  // whether to remove the resource now; when false it has said in the spec that it shall go, and its controller removes
  // it.
  std::function<bool(const Context&, const wire::Call&, store::Resource&)> erase;
};

// The key under which the store keeps the resource. Names differ in more than case: ARNs are in lower case.
store::Key KeyOf(const Noun& noun, const std::string& account, const std::string& region, std::string_view name);
// The key of the resource that the call's input names. What an operation may do is asked for this key, and it is what
// the operation works on.
store::Key KeyIn(const Noun& noun, const wire::Call& call);
std::string ArnOf(const Noun& noun, const store::Key& key);
std::string ArnOf(const Noun& noun, const wire::Call& call, std::string_view name);

// The noun's error for this name, ready to throw.
Error MissingError(const Noun& noun, const store::Key& key);

// The resource that the call's name member names. Throws the noun's "missing" error.
std::shared_ptr<const store::Resource> Require(const Context& context, const Noun& noun, const wire::Call& call);

// Reads, lets `change` alter a copy, writes; again when another writer came first. Throws the "missing" error.
// Returns the resource as written. `change` may throw to refuse.
store::Resource Change(const Context& context, const Noun& noun, const store::Key& key,
                       const std::function<void(store::Resource&)>& change);

}  // namespace sagebrush::sagemaker
