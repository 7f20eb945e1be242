#include "reconcile/work_queue.h"

#include <cassert>

namespace sagebrush::reconcile {

void WorkQueue::Add(const store::Key& key, Moment due) {
  const auto entry = entries_.try_emplace(key).first;
  Entry& state = entry->second;
  if (state.taken) {
    state.added_while_taken = std::min(state.added_while_taken.value_or(due), due);
  } else if (!state.waiting || due < state.due) {
    Wait(entry, due);
  }
}

std::optional<store::Key> WorkQueue::Take(Moment now) {
  if (by_due_.empty() || by_due_.begin()->first.first > now) return std::nullopt;
  store::Key key = std::move(by_due_.begin()->second);
  by_due_.erase(by_due_.begin());
  Entry& state = entries_.at(key);
  state.waiting = false;
  state.taken = true;
  return key;
}

void WorkQueue::Finish(const store::Key& key, std::optional<Moment> again) {
  const auto entry = entries_.find(key);
  assert(entry != entries_.end() && entry->second.taken);
  Entry& state = entry->second;
  if (state.added_while_taken && (!again || *state.added_while_taken < *again)) again = state.added_while_taken;
  if (!again) {
    entries_.erase(entry);
    return;
  }
  state = Entry{};
  Wait(entry, *again);
}

void WorkQueue::FinishFailed(const store::Key& key, Moment again) {
  const auto entry = entries_.find(key);
  assert(entry != entries_.end() && entry->second.taken);
  entry->second = Entry{.failures = entry->second.failures + 1};
  Wait(entry, again);
}

int WorkQueue::FailuresOf(const store::Key& key) const {
  const auto entry = entries_.find(key);
  return entry == entries_.end() ? 0 : entry->second.failures;
}

std::optional<Moment> WorkQueue::NextDue() const {
  if (by_due_.empty()) return std::nullopt;
  return by_due_.begin()->first.first;
}

void WorkQueue::Wait(Entries::iterator entry, Moment due) {
  Entry& state = entry->second;
  if (state.waiting) by_due_.erase({state.due, state.order});
  state.waiting = true;
  state.due = due;
  state.order = ++order_;
  by_due_.emplace(std::pair(state.due, state.order), entry->first);
}

}  // namespace sagebrush::reconcile
