#include "events/outbox_store.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "events/delivery.h"
#include "events/rule.h"

namespace sagebrush::events {
namespace {

// What the write would change; nullopt: its condition does not hold.
std::optional<store::Change> ChangeOf(const store::Store& store, const store::Write& write) {
  store::Change change;
  if (write.what != store::Write::What::kInsert) {
    change.before = store.Get(write.given->key);
    if (change.before == nullptr || change.before->version != write.given->version) return std::nullopt;
  }
  if (write.what != store::Write::What::kDelete) {
    change.after = {std::shared_ptr<const store::Resource>(), write.given};  // It lives as long as the commit.
  }
  return change;
}

// A source that cannot tell is a bug of ours, for which nobody's change is refused.
std::optional<Event> EventOf(const EventSource& source, const store::Change& change) {
  try {
    return source(change);
  } catch (const std::exception& error) {
    LogError("A change of {} {} makes no event: {}", change.key().kind, change.key().name, error.what());
    return std::nullopt;
  }
}

bool HasInsert(std::span<const store::Write> writes) {
  return std::ranges::any_of(writes, [](const auto& write) { return write.what == store::Write::What::kInsert; });
}

std::shared_ptr<std::atomic<std::int64_t>> CountDeliveries(store::Store& store) {
  auto waiting = std::make_shared<std::atomic<std::int64_t>>(0);
  store.Subscribe([waiting](const store::Change& change) {
    if (change.key().kind != kDeliveryKind) return;
    if (change.before == nullptr) ++*waiting;
    if (change.after == nullptr) --*waiting;
  });
  *waiting += static_cast<std::int64_t>(store.All(kDeliveryKind).size());
  return waiting;
}

}  // namespace

OutboxStore::OutboxStore(store::Store& store, const Clock& clock, RuleCounts& counts, std::vector<EventSource> sources)
    : store_(store),
      clock_(clock),
      counts_(counts),
      sources_(std::move(sources)),
      rules_(store),
      waiting_(CountDeliveries(store)) {}

void OutboxStore::Match(const Rules::List& rules, const Json& event, Time now, Found& found) const {
  for (const auto& rule : rules) {
    if (!rule->pattern.Matches(event)) continue;
    found.matched.push_back(rule->resource->key);
    for (const Json& target : TargetsOf(*rule->resource)) {
      found.deliveries.push_back(MakeDelivery(*rule->resource, target, event, now));
    }
  }
}

OutboxStore::Found OutboxStore::EventsOf(std::span<const store::Write> writes) const {
  Found found;
  for (const store::Write& write : writes) {
    const store::Key& key = write.given->key;
    const auto rules = rules_.Of(key.account, key.region);
    if (rules == nullptr) continue;
    const auto change = ChangeOf(store_, write);
    if (!change) continue;
    for (const EventSource& source : sources_) {
      auto event = EventOf(source, *change);
      if (!event) continue;
      event->time = clock_.Now();
      Match(*rules, DocumentOf(*event), event->time, found);
    }
  }
  return found;
}

void OutboxStore::Count(const Found& found, RuleCounts::What what) {
  if (what == RuleCounts::What::kMatched) {
    for (const store::Key& rule : found.matched) counts_.Add(rule, what);
  } else {
    for (const store::Resource& delivery : found.deliveries) counts_.Add(RuleOf(delivery), what);
  }
}

std::optional<std::size_t> OutboxStore::CommitBoth(std::span<const store::Write> writes, Found& found) {
  std::vector<store::Write> both(writes.begin(), writes.end());
  for (store::Resource& delivery : found.deliveries) both.push_back(store::Write::Insert(delivery));
  const auto refused = store_.Commit(both);
  if (!refused) Count(found, RuleCounts::What::kMatched);
  return refused;
}

std::optional<std::size_t> OutboxStore::Commit(std::span<const store::Write> writes) {
  Found found = EventsOf(writes);
  if (found.matched.empty()) return store_.Commit(writes);
  const bool room = *waiting_ < static_cast<std::int64_t>(kWaitingMax);
  try {
    if (room) return CommitBoth(writes, found);
  } catch (const Error& error) {
    if (error.kind().code != kServiceUnavailable.code || HasInsert(writes)) throw;
  }
  // The store inserts nothing on a full disk, but lets what runs be recorded as ended, and be deleted.
  const auto refused = store_.Commit(writes);
  if (refused || found.deliveries.empty()) return refused;
  LogError("{} deliveries of events about {} {} are lost: {}.", found.deliveries.size(), writes[0].given->key.kind,
           writes[0].given->key.name, room ? "the disk is full" : "too many wait already");
  Count(found, RuleCounts::What::kFailed);
  return refused;
}

void OutboxStore::Put(const std::string& account, const std::string& region, std::span<const Json> events) {
  const auto rules = rules_.Of(account, region);
  if (rules == nullptr) return;
  Found found;
  for (const Json& event : events) Match(*rules, event, clock_.Now(), found);
  if (found.deliveries.empty()) return Count(found, RuleCounts::What::kMatched);
  if (*waiting_ >= static_cast<std::int64_t>(kWaitingMax)) {
    throw Error(kThrottling, "Too many events wait to be delivered. Retry the request later.");
  }
  CommitBoth({}, found);
}

}  // namespace sagebrush::events
