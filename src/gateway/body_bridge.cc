#include "gateway/body_bridge.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sagebrush::gateway {
namespace {

constexpr std::size_t kBufferedMax = 512 * 1024;

}  // namespace

BodyBridge::BodyBridge(std::optional<std::uint64_t> length, std::function<void()> wake)
    : length_(length), wake_(std::move(wake)) {}

std::size_t BodyBridge::Read(char* buffer, std::size_t size) {
  MutexLock lock(mutex_);
  if (!reading_) {
    reading_ = true;
    lock.Unlock();
    wake_();
    lock.Lock();
  }
  const auto is_ready = [this]() REQUIRES(mutex_) { return failure_ || ended_ || !blocks_.empty(); };
  if (!is_ready()) {
    waiting_since_ = std::chrono::steady_clock::now();
    lock.Wait(changed_, is_ready);
    waiting_since_.reset();
  }
  if (failure_) std::rethrow_exception(failure_);
  const bool was_full = buffered_ >= kBufferedMax;
  std::size_t filled = 0;
  while (filled < size && !blocks_.empty()) {
    const std::string& block = blocks_.front();
    const std::size_t count = std::min(size - filled, block.size() - offset_);
    std::memcpy(buffer + filled, block.data() + offset_, count);
    filled += count;
    offset_ += count;
    buffered_ -= count;
    if (offset_ < block.size()) continue;
    blocks_.pop_front();
    offset_ = 0;
  }
  const bool wants_again = was_full && !ended_ && buffered_ < kBufferedMax;
  lock.Unlock();
  if (wants_again) wake_();
  return filled;
}

bool BodyBridge::Wants() const {
  const MutexLock lock(mutex_);
  return reading_ && !ended_ && !failure_ && buffered_ < kBufferedMax;
}

std::optional<std::chrono::milliseconds> BodyBridge::Stalled() const {
  const MutexLock lock(mutex_);
  if (!waiting_since_) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - *waiting_since_);
}

void BodyBridge::Push(std::string bytes) {
  if (bytes.empty()) return;
  {
    const MutexLock lock(mutex_);
    buffered_ += bytes.size();
    blocks_.push_back(std::move(bytes));
  }
  changed_.notify_one();
}

void BodyBridge::End() {
  {
    const MutexLock lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
}

void BodyBridge::Fail(std::exception_ptr failure) {
  {
    const MutexLock lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
  }
  changed_.notify_one();
}

}  // namespace sagebrush::gateway
