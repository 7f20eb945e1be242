#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/worker_pool.h"
#include "inference/invocation_counters.h"
#include "runtime/runtime.h"

namespace sagebrush::inference {

struct Instance {
  std::string workload_id;
};

// How an instance of a variant is chosen (RoutingConfig.RoutingStrategy).
enum class Routing { kLeastLoaded, kRandom };

struct Variant {
  std::string name;
  double weight = 1;  // Its share of the traffic, relative to the others'. All zero: equal shares.
  std::vector<Instance> instances;
  Routing routing = Routing::kLeastLoaded;
};

// What went through one variant of one endpoint since it was last taken.
struct VariantCounts {
  std::string account;
  std::string region;
  std::string endpoint;
  std::string variant;
  telemetry::Datapoint model_latency;     // In microseconds: a sample for each invocation.
  telemetry::Datapoint overhead_latency;  // In microseconds.
  double client_errors = 0;               // 4xx of the model.
  double server_errors = 0;               // 5xx of the model, and no answer at all.
  double instances = 0;                   // Of the variant now.
};

// One running container of a variant, whichever endpoints and configurations name it.
struct InstanceState {
  explicit InstanceState(std::string id) : workload_id(std::move(id)) {}
  const std::string workload_id;
  std::atomic<int> outstanding{0};
  std::atomic<bool> routed{true};  // False: no endpoint names it any more.
};

struct VariantState {
  std::string name;
  double weight = 1;
  std::vector<std::shared_ptr<InstanceState>> instances;
  Routing routing = Routing::kLeastLoaded;
  std::shared_ptr<InvocationCounters> counters;
};

struct EndpointState {
  std::vector<VariantState> variants;
  mutable std::atomic<std::uint64_t> turn{0};
};

// Where one invocation goes. Counts as outstanding at the instance while it lives.
class Target {
 public:
  Target(std::shared_ptr<const EndpointState> endpoint, const VariantState& variant,
         std::shared_ptr<InstanceState> instance);
  Target(Target&&) = default;
  Target& operator=(Target&&) = delete;
  ~Target();

  const VariantState& variant() const { return *variant_; }
  const std::shared_ptr<InstanceState>& instance() const { return instance_; }

 private:
  std::shared_ptr<const EndpointState> endpoint_;
  const VariantState* variant_;
  std::shared_ptr<InstanceState> instance_;
};

// Knows which workloads answer for which endpoint, and chooses one for each invocation. The endpoints' controller tells
// it; a change takes effect at once for new invocations and leaves those under way alone. Safe to use from any thread.
// Must outlive the gateway that runs its operations.
class Router {
 public:
  explicit Router(runtime::Runtime& runtime);

  // Replaces what the endpoint had before, as one step.
  void SetEndpoint(const std::string& account, const std::string& region, const std::string& name,
                   const std::vector<Variant>& variants);
  // Does nothing if there is no such endpoint.
  void RemoveEndpoint(const std::string& account, const std::string& region, const std::string& name);

  // Invocations under way at a workload. Zero, after an update that no longer names it: it can be stopped.
  int Outstanding(const std::string& workload_id) const;
  // Of every variant, also of endpoints that were removed meanwhile; counting begins anew.
  std::vector<VariantCounts> TakeCounts();

  // By weight, or the variant asked for; in it, the instance with the fewest invocations under way or any, as its
  // routing says. Throws Error(kInvalidRequest) for an unknown endpoint or variant, Error(kNoInstance) when nothing
  // runs.
  Target Choose(std::string_view account, std::string_view region, std::string_view name,
                std::string_view target_variant) const;

  runtime::Runtime& runtime() { return runtime_; }
  // Threads for Runtime::Connect, which may block.
  WorkerPool& connectors() { return connectors_; }

 private:
  struct Key {
    std::string account, region, name;
    auto operator<=>(const Key&) const = default;
  };
  using CountersByVariant = std::map<std::string, std::shared_ptr<InvocationCounters>>;

  std::shared_ptr<InstanceState> StateOf(const std::string& workload_id);
  // Marks the instances that no endpoint names any more, and forgets those that are gone.
  void MarkUnrouted();

  runtime::Runtime& runtime_;
  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<const EndpointState>> endpoints_;
  std::map<Key, CountersByVariant> counters_;  // Until they are taken, also of endpoints that are gone.
  std::unordered_map<std::string, std::weak_ptr<InstanceState>> instances_;
  WorkerPool connectors_{8, 1024};
};

}  // namespace sagebrush::inference
