#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "wire/http.h"

namespace sagebrush::gateway {

// Carries a request body from the I/O thread, which must not wait, to the pool thread that reads it and may. Holds at
// most about 512 KiB, whatever the size of the body: the I/O side reads from the socket only when Wants() says so.
class BodyBridge {
 public:
  // `wake` is called on the reading thread when Wants() may have become true.
  BodyBridge(std::optional<std::uint64_t> length, std::function<void()> wake);

  // For the pool thread. 0: the end. Throws what Fail was given.
  std::size_t Read(char* buffer, std::size_t size);
  std::optional<std::uint64_t> length() const { return length_; }

  // For the I/O thread.
  // Whether the reader waits for bytes or soon will. False before its first Read.
  bool Wants() const;
  void Push(std::string bytes);
  void End();
  void Fail(std::exception_ptr failure);  // From any thread; the first failure counts.
  // For any thread: how long the reader has waited for bytes by now; nullopt: it does not wait.
  std::optional<std::chrono::milliseconds> Stalled() const;

 private:
  const std::optional<std::uint64_t> length_;
  const std::function<void()> wake_;
  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> blocks_ GUARDED_BY(mutex_);
  std::size_t offset_ GUARDED_BY(mutex_) = 0;  // Into the first block.
  std::size_t buffered_ GUARDED_BY(mutex_) = 0;
  bool reading_ GUARDED_BY(mutex_) = false;  // Read was called at least once.
  bool ended_ GUARDED_BY(mutex_) = false;
  std::optional<std::chrono::steady_clock::time_point> waiting_since_ GUARDED_BY(mutex_);  // The reader, for bytes.
  std::exception_ptr failure_ GUARDED_BY(mutex_);
};

// The BodyReader that a handler gets: reads from a bridge that outlives it.
class BridgeReader : public wire::BodyReader {
 public:
  explicit BridgeReader(BodyBridge& bridge) : bridge_(bridge) {}
  std::size_t Read(char* buffer, std::size_t size) override { return bridge_.Read(buffer, size); }
  std::optional<std::uint64_t> Length() const override { return bridge_.length(); }

 private:
  BodyBridge& bridge_;
};

}  // namespace sagebrush::gateway
