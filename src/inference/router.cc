#include "inference/router.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "inference/error.h"

namespace sagebrush::inference {
namespace {

// Shares that hold over any stretch of invocations, not only on average: multiples of the golden ratio fall evenly.
const VariantState& ByWeight(const EndpointState& endpoint, std::uint64_t turn) {
  const auto& variants = endpoint.variants;
  double total = 0;
  for (const VariantState& variant : variants) total += variant.weight;
  double whole = 0;
  const double share = std::modf(static_cast<double>(turn) * 0.6180339887498949, &whole);
  if (total <= 0) return variants[static_cast<std::size_t>(share * static_cast<double>(variants.size()))];
  double at = share * total;
  const VariantState* chosen = nullptr;
  for (const VariantState& variant : variants) {
    if (variant.weight <= 0) continue;
    chosen = &variant;
    at -= variant.weight;
    if (at < 0) break;
  }
  return *chosen;
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

}  // namespace

Target::Target(std::shared_ptr<const EndpointState> endpoint, const VariantState& variant,
               std::shared_ptr<InstanceState> instance)
    : endpoint_(std::move(endpoint)), variant_(&variant), instance_(std::move(instance)) {
  ++instance_->outstanding;
}

Target::~Target() {
  if (instance_) --instance_->outstanding;
}

Router::Router(runtime::Runtime& runtime) : runtime_(runtime) {}

void Router::SetEndpoint(const std::string& account, const std::string& region, const std::string& name,
                         const std::vector<Variant>& variants) {
  const std::lock_guard lock(mutex_);
  const Key key{account, region, name};
  auto endpoint = std::make_shared<EndpointState>();
  for (const Variant& variant : variants) {
    auto& counters = counters_[key][variant.name];
    if (!counters) counters = std::make_shared<InvocationCounters>();
    counters->instances = variant.instances.size();
    VariantState state{variant.name, std::max(0.0, variant.weight), {}, variant.routing, counters};
    for (const Instance& instance : variant.instances) state.instances.push_back(StateOf(instance.workload_id));
    endpoint->variants.push_back(std::move(state));
  }
  endpoints_[key] = std::move(endpoint);
  MarkUnrouted();
}

void Router::RemoveEndpoint(const std::string& account, const std::string& region, const std::string& name) {
  const std::lock_guard lock(mutex_);
  endpoints_.erase({account, region, name});
  MarkUnrouted();
}

std::shared_ptr<InstanceState> Router::StateOf(const std::string& workload_id) {
  auto& known = instances_[workload_id];
  auto state = known.lock();
  if (!state) known = state = std::make_shared<InstanceState>(workload_id);
  return state;
}

void Router::MarkUnrouted() {
  std::set<const InstanceState*> routed;
  for (const auto& [key, endpoint] : endpoints_) {
    for (const VariantState& variant : endpoint->variants) {
      for (const auto& instance : variant.instances) routed.insert(instance.get());
    }
  }
  std::erase_if(instances_, [&](const auto& entry) {
    const auto state = entry.second.lock();
    if (state) state->routed = routed.contains(state.get());
    return !state;
  });
}

int Router::Outstanding(const std::string& workload_id) const {
  const std::lock_guard lock(mutex_);
  const auto known = instances_.find(workload_id);
  if (known == instances_.end()) return 0;
  const auto state = known->second.lock();
  return state ? state->outstanding.load() : 0;
}

std::vector<VariantCounts> Router::TakeCounts() {
  const std::lock_guard lock(mutex_);
  std::vector<VariantCounts> out;
  for (const auto& [key, variants] : counters_) {
    for (const auto& [name, counters] : variants) {
      out.push_back({key.account, key.region, key.name, name, counters->model_latency.Take(),
                     counters->overhead_latency.Take(), static_cast<double>(counters->client_errors.exchange(0)),
                     static_cast<double>(counters->server_errors.exchange(0)),
                     static_cast<double>(counters->instances.load())});
    }
  }
  // An invocation that is under way holds them: what it will count is taken the next time.
  for (auto entry = counters_.begin(); entry != counters_.end();) {
    if (!endpoints_.contains(entry->first)) {
      std::erase_if(entry->second, [](const auto& variant) { return variant.second.use_count() == 1; });
    }
    entry = entry->second.empty() ? counters_.erase(entry) : std::next(entry);
  }
  return out;
}

Target Router::Choose(std::string_view account, std::string_view region, std::string_view name,
                      std::string_view target_variant) const {
  // To the end: once SetEndpoint has returned, what was chosen from the former instances is counted as outstanding.
  const std::lock_guard lock(mutex_);
  const auto found = endpoints_.find({std::string(account), std::string(region), std::string(name)});
  const auto endpoint = found == endpoints_.end() ? nullptr : found->second;
  if (!endpoint) {
    throw Error(kInvalidRequest, fmt::format("Endpoint {} of account {} not found.", name, account));
  }
  const std::uint64_t turn = endpoint->turn++;
  const VariantState* variant = nullptr;
  if (!target_variant.empty()) {
    const auto asked = std::ranges::find(endpoint->variants, target_variant, &VariantState::name);
    if (asked == endpoint->variants.end()) {
      throw Error(kInvalidRequest,
                  fmt::format("Variant {} not found in endpoint {} of account {}.", target_variant, name, account));
    }
    variant = &*asked;
  } else if (!endpoint->variants.empty()) {
    variant = &ByWeight(*endpoint, turn);
  }
  if (variant == nullptr || variant->instances.empty()) {
    throw Error(kNoInstance, fmt::format("No instance of endpoint {} is in service.", name));
  }
  return Target(endpoint, *variant,
                variant->routing == Routing::kRandom ? AtRandom(*variant, turn) : LeastLoaded(*variant, turn));
}

}  // namespace sagebrush::inference
