#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sagebrush::gateway {

// What a client ran into when it used up too much.
enum class Limit { kConnections, kHeadTime, kBodyTime, kStalledUpload, kUploads, kRequests };

// Counts what was refused or broken off for a limit's sake, and says so in the log: at once, then at most every ten
// seconds for each limit. Safe to use from any thread.
class Refusals {
 public:
  // `who`: the address or key that it happened to.
  void Count(Limit limit, std::string_view who);
  std::uint64_t count(Limit limit) const { return rows_[static_cast<std::size_t>(limit)].count; }

 private:
  struct Row {
    std::atomic<std::uint64_t> count{0};
    std::atomic<std::uint64_t> logged{0};           // Of them.
    std::atomic<std::int64_t> next_log_seconds{0};  // On the steady clock.
  };
  std::array<Row, 6> rows_;
};

}  // namespace sagebrush::gateway
