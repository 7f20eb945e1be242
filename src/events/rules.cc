#include "events/rules.h"

#include "base/error.h"
#include "base/log.h"
#include "events/rule.h"

namespace sagebrush::events {
namespace {

// nullptr: it matches nothing, now or ever.
std::shared_ptr<const Rules::Rule> Compiled(const std::shared_ptr<const store::Resource>& rule) {
  if (rule == nullptr || rule->state != kEnabled || Find(rule->spec, "EventPattern") == nullptr) return nullptr;
  try {
    return std::make_shared<const Rules::Rule>(rule, EventPattern(GetString(rule->spec, "EventPattern")));
  } catch (const Error& error) {  // Of another release, which took more.
    LogError("The event rule {} is not followed: {} Put it again.", rule->key.name, error.what());
    return nullptr;
  }
}

}  // namespace

Rules::Rules(store::Store& store) {
  store.Subscribe([table = table_](const store::Change& change) {
    if (change.key().kind == kRuleKind) table->Follow(change);
  });
  for (const auto& rule : store.All(kRuleKind)) table_->Follow({nullptr, rule});
}

void Rules::Table::Follow(const store::Change& change) {
  const store::Key& key = change.key();
  auto rule = Compiled(change.after);
  const std::lock_guard lock(mutex);
  auto& current = lists[{key.account, key.region}];
  auto changed = std::make_shared<List>();
  if (current != nullptr) {
    for (const auto& other : *current) {
      if (other->resource->key != key) changed->push_back(other);
    }
  }
  if (rule != nullptr) changed->push_back(std::move(rule));
  current = changed->empty() ? nullptr : std::move(changed);
}

std::shared_ptr<const Rules::List> Rules::Of(const std::string& account, const std::string& region) const {
  const std::lock_guard lock(table_->mutex);
  const auto found = table_->lists.find({account, region});
  return found == table_->lists.end() ? nullptr : found->second;
}

}  // namespace sagebrush::events
