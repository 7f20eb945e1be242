#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "events/event.h"
#include "events/rule_counts.h"
#include "events/rules.h"
#include "store/store.h"

namespace sagebrush::events {

// The event that a change of a resource is; nullopt: none. Quick, and reads nothing else: it is asked before the change
// is made.
using EventSource = std::function<std::optional<Event>(const store::Change& change)>;

// A store that writes, with each change that rules are for, the deliveries of its event: in the same commit, so that
// neither is ever there without the other. Whoever writes through it knows nothing of that. Without rules it costs
// nothing.
//
// On a full disk, updates and deletes that the store still makes from its reserve go before their events, which are
// then lost: the log says so and they count as failed. So do events beyond kWaitingMax deliveries that wait.
class OutboxStore : public store::Store {
 public:
  static constexpr std::size_t kWaitingMax = 10'000;

  // All outlive it.
  OutboxStore(store::Store& store, const Clock& clock, RuleCounts& counts, std::vector<EventSource> sources);

  std::shared_ptr<const store::Resource> Get(const store::Key& key) const override { return store_.Get(key); }
  store::Page List(const store::ListQuery& query) const override { return store_.List(query); }
  std::vector<std::shared_ptr<const store::Resource>> All(const std::string& kind) const override {
    return store_.All(kind);
  }
  std::optional<std::size_t> Commit(std::span<const store::Write> writes) override;
  void Subscribe(std::function<void(const store::Change&)> listener) override { store_.Subscribe(std::move(listener)); }

  std::size_t Waiting() const { return static_cast<std::size_t>(std::max<std::int64_t>(*waiting_, 0)); }

  // Takes in events that are no change here, each as the document that DocumentOf makes. Durable on return.
  // Throws Error(kThrottling) when too many wait already.
  void Put(const std::string& account, const std::string& region, std::span<const Json> events);

 private:
  struct Found {
    std::vector<store::Resource> deliveries;
    std::vector<store::Key> matched;  // Rules, one for each event.
  };

  void Match(const Rules::List& rules, const Json& event, Time now, Found& found) const;
  Found EventsOf(std::span<const store::Write> writes) const;
  std::optional<std::size_t> CommitBoth(std::span<const store::Write> writes, Found& found);
  void Count(const Found& found, RuleCounts::What what);

  store::Store& store_;
  const Clock& clock_;
  RuleCounts& counts_;
  const std::vector<EventSource> sources_;
  const Rules rules_;
  const std::shared_ptr<std::atomic<std::int64_t>> waiting_;  // Deliveries in the store; the listener shares it.
};

}  // namespace sagebrush::events
