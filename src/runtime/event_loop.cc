#include "runtime/event_loop.h"

#include <sys/epoll.h>

#include <cerrno>

#include "base/error.h"

namespace sagebrush::runtime {

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.valid()) ThrowSystemError("Cannot create an epoll instance");
}

void EventLoop::Watch(int fd, std::uint32_t events, Callback callback) {
  // The generation tells an event of this descriptor from a late one of a closed descriptor with the same number.
  const std::uint32_t generation = ++generation_;
  epoll_event event{.events = events,
                    .data = {.u64 = (std::uint64_t{generation} << 32) | static_cast<std::uint32_t>(fd)}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) ThrowSystemError("Cannot watch a descriptor");
  entries_[fd] = {generation, std::move(callback)};
}

void EventLoop::Change(int fd, std::uint32_t events) {
  const auto entry = entries_.find(fd);
  if (entry == entries_.end()) return;
  epoll_event event{.events = events,
                    .data = {.u64 = (std::uint64_t{entry->second.generation} << 32) | static_cast<std::uint32_t>(fd)}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) ThrowSystemError("Cannot watch a descriptor");
}

void EventLoop::Forget(int fd) {
  if (entries_.erase(fd) > 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::RunOnce(Milliseconds wait) {
  epoll_event ready[32];
  const int timeout = wait.count() < 0 ? -1 : static_cast<int>(std::min<std::int64_t>(wait.count(), 3'600'000));
  const int count = ::epoll_wait(epoll_.get(), ready, 32, timeout);
  if (count < 0 && errno != EINTR) ThrowSystemError("Cannot wait for descriptors");
  for (int i = 0; i < count; ++i) {
    const int fd = static_cast<int>(ready[i].data.u64 & 0xffffffff);
    const auto entry = entries_.find(fd);
    if (entry == entries_.end() || entry->second.generation != ready[i].data.u64 >> 32) continue;
    const Callback callback = entry->second.callback;  // A copy: it may forget itself.
    callback(ready[i].events);
  }
}

}  // namespace sagebrush::runtime
