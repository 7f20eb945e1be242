#include "inference/router.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "inference/error.h"

namespace sagebrush::inference {
namespace {

std::uint64_t NextVersion() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

bool IsNamed(const VariantState& variant, std::string_view name) { return name.empty() || variant.name == name; }

// Shares that hold over any stretch of invocations, not only on average: multiples of the golden ratio fall evenly.
// `name`: only variants of that name, empty: all. nullptr: no instance of these is in service.
const VariantState* ByWeight(const RouteState& route, std::string_view name, std::uint64_t turn) {
  double total = 0, running = 0;
  for (const VariantState& variant : route.variants) {
    if (IsNamed(variant, name)) total += variant.weight;
  }
  const auto weight_of = [&](const VariantState& variant) {
    if (variant.instances.empty() || !IsNamed(variant, name)) return 0.0;
    return total > 0 ? variant.weight : 1.0;
  };
  for (const VariantState& variant : route.variants) running += weight_of(variant);
  double whole = 0;
  double at = std::modf(static_cast<double>(turn) * 0.6180339887498949, &whole) * running;
  const VariantState* chosen = nullptr;
  for (const VariantState& variant : route.variants) {
    if (weight_of(variant) <= 0) continue;
    chosen = &variant;
    at -= weight_of(variant);
    if (at < 0) break;
  }
  return chosen;
}

// The first with the fewest, beginning at a place that moves, so that equals take turns.
const std::shared_ptr<InstanceState>& LeastLoaded(const VariantState& variant, std::uint64_t turn) {
  const auto& instances = variant.instances;
  std::size_t best = turn % instances.size();
  for (std::size_t i = 1; i < instances.size(); ++i) {
    const std::size_t candidate = (turn + i) % instances.size();
    if (instances[candidate]->outstanding < instances[best]->outstanding) best = candidate;
  }
  return instances[best];
}

// Whatever is under way at them. splitmix64: the next of a sequence whose every number is as likely.
const std::shared_ptr<InstanceState>& AtRandom(const VariantState& variant, std::uint64_t turn) {
  std::uint64_t mixed = (turn + 1) * 0x9E3779B97F4A7C15;
  mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
  mixed ^= mixed >> 31;
  return variant.instances[mixed % variant.instances.size()];
}

std::set<ContainerState*> ContainersOf(const RouteState* route) {
  std::set<ContainerState*> containers;
  if (route == nullptr) return containers;
  for (const VariantState& variant : route->variants) {
    for (const auto& instance : variant.instances) {
      for (const auto& container : instance->containers) containers.insert(container.get());
    }
  }
  return containers;
}

// Instances belong to one endpoint, so that only its routes name them.
void MarkRouted(const RouteState* former, const RouteState* route) {
  const auto named = ContainersOf(route);
  for (ContainerState* container : named) container->routed = true;
  for (ContainerState* container : ContainersOf(former)) container->routed = named.contains(container);
}

}  // namespace

Target::Target(std::shared_ptr<const RouteTable> table, const RouteState& route, const VariantState& variant,
               std::shared_ptr<InstanceState> instance)
    : table_(std::move(table)), route_(&route), variant_(&variant), instance_(std::move(instance)) {
  ++instance_->outstanding;
}

Target::~Target() {
  if (instance_) --instance_->outstanding;
}

Router::Router(runtime::Runtime& runtime)
    : runtime_(runtime),
      table_(std::make_shared<RouteTable>(RouteTable{NextVersion(), {}})),
      version_(table_->version) {}

void Router::SetRoute(const std::string& account, const std::string& region, const std::string& endpoint,
                      const Route& route) {
  const Name name{account, region, endpoint};
  const std::lock_guard lock(mutex_);
  const auto now = table_->routes.find(name);
  if (now != table_->routes.end() && now->second->route == route) return;
  Replace(name, Link(name, route));
}

void Router::RemoveRoute(const std::string& account, const std::string& region, const std::string& endpoint) {
  const Name name{account, region, endpoint};
  const std::lock_guard lock(mutex_);
  if (table_->routes.contains(name)) Replace(name, nullptr);
}

std::shared_ptr<const RouteState> Router::Link(const Name& name, const Route& route) {
  auto linked = std::make_shared<RouteState>();
  linked->route = route;
  CountersByVariant& counters = counters_[name];
  for (const auto& [variant, counter] : counters) counter->instances = 0;
  for (const Variant& variant : route.variants) {
    auto& counter = counters[variant.name];
    if (!counter) counter = std::make_shared<InvocationCounters>();
    counter->instances += variant.instances.size();
    VariantState state{variant.name, std::max(0.0, variant.weight), {}, variant.routing, counter};
    for (const Instance& instance : variant.instances) {
      auto& known = instances_[instance.id];
      auto running = known.lock();
      if (!running) {
        std::vector<std::shared_ptr<ContainerState>> containers;
        for (const Container& container : instance.containers) {
          containers.push_back(std::make_shared<ContainerState>(container.workload_id, container.name));
        }
        known = running = std::make_shared<InstanceState>(instance.id, std::move(containers));
      }
      state.instances.push_back(std::move(running));
    }
    linked->variants.push_back(std::move(state));
  }
  return linked;
}

void Router::Replace(const Name& name, std::shared_ptr<const RouteState> route) {
  auto next = std::make_shared<RouteTable>(RouteTable{NextVersion(), table_->routes});
  const auto former = std::exchange(next->routes[name], route);
  if (route == nullptr) next->routes.erase(name);
  table_ = next;
  version_ = next->version;
  MarkRouted(former.get(), route.get());
  std::erase_if(instances_, [](const auto& entry) { return entry.second.expired(); });
}

int Router::Outstanding(const std::string& instance_id) const {
  const std::lock_guard lock(mutex_);
  const auto known = instances_.find(instance_id);
  if (known == instances_.end()) return 0;
  const auto state = known->second.lock();
  return state ? state->outstanding.load() : 0;
}

std::vector<VariantCounts> Router::TakeCounts() {
  const std::lock_guard lock(mutex_);
  std::vector<VariantCounts> out;
  for (const auto& [name, variants] : counters_) {
    const auto& [account, region, endpoint] = name;
    for (const auto& [variant, counters] : variants) {
      out.push_back({account, region, endpoint, variant, counters->model_latency.Take(),
                     counters->overhead_latency.Take(), static_cast<double>(counters->client_errors.exchange(0)),
                     static_cast<double>(counters->server_errors.exchange(0)),
                     static_cast<double>(counters->instances.load())});
    }
  }
  // An invocation that is under way holds them: what it will count is taken the next time.
  for (auto entry = counters_.begin(); entry != counters_.end();) {
    if (!table_->routes.contains(entry->first)) {
      std::erase_if(entry->second, [](const auto& variant) { return variant.second.use_count() == 1; });
    }
    entry = entry->second.empty() ? counters_.erase(entry) : std::next(entry);
  }
  return out;
}

// Each thread remembers the table that it read last, so that all threads only read the version while nothing changes.
// It does not hold the table: a thread that is idle would hold what no route names any more.
std::shared_ptr<const RouteTable> Router::Table() const {
  struct Seen {
    std::uint64_t version = 0;
    std::weak_ptr<const RouteTable> table;
  };
  thread_local Seen seen;
  if (version_ == seen.version) {
    if (auto table = seen.table.lock()) return table;
  }
  const std::lock_guard lock(mutex_);
  seen = {table_->version, table_};
  return table_;
}

Target Router::Choose(std::string_view account, std::string_view region, std::string_view endpoint,
                      std::string_view target_variant) const {
  while (true) {
    auto table = Table();
    const auto found = table->routes.find(std::tuple(account, region, endpoint));
    if (found == table->routes.end()) {
      throw Error(kInvalidRequest, fmt::format("Endpoint {} of account {} not found.", endpoint, account));
    }
    const RouteState& route = *found->second;
    const std::uint64_t turn = route.turn++;
    if (!target_variant.empty() &&
        std::ranges::find(route.variants, target_variant, &VariantState::name) == route.variants.end()) {
      throw Error(kInvalidRequest,
                  fmt::format("Variant {} not found in endpoint {} of account {}.", target_variant, endpoint, account));
    }
    const VariantState* variant = ByWeight(route, target_variant, turn);
    if (variant == nullptr) {
      throw Error(kNoInstance, fmt::format("No instance of endpoint {} is in service.", endpoint));
    }
    const std::uint64_t version = table->version;
    Target target(std::move(table), route, *variant,
                  variant->routing == Routing::kRandom ? AtRandom(*variant, turn) : LeastLoaded(*variant, turn));
    // Either whoever replaced the table meanwhile sees that this one is outstanding, or it is seen here that it was
    // replaced: then the instance may be stopped already.
    if (version_ == version) return target;
  }
}

}  // namespace sagebrush::inference
