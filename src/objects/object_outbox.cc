#include "objects/object_outbox.h"

namespace sagebrush::objects {

void ObjectOutbox::Wake() {
  {
    const MutexLock lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

std::vector<ObjectEvent> ObjectOutbox::Oldest(std::size_t limit) const {
  std::vector<ObjectEvent> events;
  index_.Read()->ScanEvents([&](std::int64_t sequence, std::string_view text) {
    events.push_back(ObjectEventFromText(text));
    events.back().sequence = sequence;
    return events.size() < limit;
  });
  return events;
}

void ObjectOutbox::Forget(std::int64_t sequence) {
  index_.Write([&](IndexTables& tables) { tables.DeleteEvents(sequence); });
}

void ObjectOutbox::Wait(const std::stop_token& stop) {
  MutexLock lock(mutex_);
  lock.Wait(changed_, stop, [this]() REQUIRES(mutex_) { return woken_; });
  woken_ = false;
}

}  // namespace sagebrush::objects
