#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/worker_pool.h"
#include "inference/invocation_counters.h"
#include "inference/route.h"
#include "runtime/runtime.h"

namespace sagebrush::inference {

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

// One running container, whichever routes name it.
struct ContainerState {
  const std::string workload_id;
  const std::string name;
  std::atomic<bool> routed{true};  // False: no route names it any more.
};

struct InstanceState {
  const std::string id;
  const std::vector<std::shared_ptr<ContainerState>> containers;
  std::atomic<int> outstanding{0};  // Invocations under way.
};

struct VariantState {
  std::string name;
  double weight = 1;
  std::vector<std::shared_ptr<InstanceState>> instances;
  Routing routing = Routing::kLeastLoaded;
  std::shared_ptr<InvocationCounters> counters;
};

// A route, with what is known of the parts that it names.
struct RouteState {
  Route route;
  std::vector<VariantState> variants;
  mutable std::atomic<std::uint64_t> turn{0};
};

// All routes at one moment.
struct RouteTable {
  using Name = std::tuple<std::string, std::string, std::string>;  // Account, region, endpoint.
  std::uint64_t version = 0;                                       // No other table of the process has the same.
  std::map<Name, std::shared_ptr<const RouteState>, std::less<>> routes;
};

// Where one invocation goes. Counts as outstanding at the instance while it lives.
class Target {
 public:
  Target(std::shared_ptr<const RouteTable> table, const RouteState& route, const VariantState& variant,
         std::shared_ptr<InstanceState> instance);
  Target(Target&&) = default;
  Target& operator=(Target&&) = delete;
  ~Target();

  const VariantState& variant() const { return *variant_; }
  const InstanceState& instance() const { return *instance_; }
  const ModelLimits& limits() const { return route_->route.limits; }

 private:
  std::shared_ptr<const RouteTable> table_;  // Holds route and variant.
  const RouteState* route_;
  const VariantState* variant_;
  std::shared_ptr<InstanceState> instance_;
};

// Has the route of each endpoint, and chooses an instance for each invocation. The endpoints' controller sets the
// routes; a change takes effect at once for new invocations and leaves those under way alone. Safe to use from any
// thread. Must outlive the gateway that runs its operations.
class Router {
 public:
  explicit Router(runtime::Runtime& runtime);

  // Replaces what the endpoint had before, as one step. Once it has returned, every invocation that was given an
  // instance of the former route is counted as outstanding there.
  void SetRoute(const std::string& account, const std::string& region, const std::string& endpoint, const Route& route);
  // The same for an endpoint that is to have no route any more. Does nothing if it has none.
  void RemoveRoute(const std::string& account, const std::string& region, const std::string& endpoint);

  // Invocations under way at an instance. Zero, after an update that no longer names it: it can be stopped.
  int Outstanding(const std::string& instance_id) const;
  // Of every variant, also of endpoints that were removed meanwhile; counting begins anew.
  std::vector<VariantCounts> TakeCounts();

  // By weight, or the variant asked for; in it, the instance with the fewest invocations under way or any, as its
  // routing says. Takes no lock unless a route was set since the thread called it last. Throws Error(kInvalidRequest)
  // for an unknown endpoint or variant, Error(kNoInstance) when nothing runs.
  Target Choose(std::string_view account, std::string_view region, std::string_view endpoint,
                std::string_view target_variant) const;

  runtime::Runtime& runtime() { return runtime_; }
  // Threads for Runtime::Connect, which may block.
  WorkerPool& connectors() { return connectors_; }

 private:
  using Name = RouteTable::Name;
  using CountersByVariant = std::map<std::string, std::shared_ptr<InvocationCounters>>;

  std::shared_ptr<const RouteTable> Table() const;
  // Both need mutex_.
  std::shared_ptr<const RouteState> Link(const Name& name, const Route& route);
  // nullptr: it has none any more.
  void Replace(const Name& name, std::shared_ptr<const RouteState> route);

  runtime::Runtime& runtime_;
  mutable std::mutex mutex_;  // For writing, and for reading a table for the first time.
  std::shared_ptr<const RouteTable> table_;
  std::atomic<std::uint64_t> version_;          // Of table_.
  std::map<Name, CountersByVariant> counters_;  // Until they are taken, also of endpoints that are gone.
  std::unordered_map<std::string, std::weak_ptr<InstanceState>> instances_;
  WorkerPool connectors_{8, 1024};
};

}  // namespace sagebrush::inference
