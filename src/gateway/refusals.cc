#include "gateway/refusals.h"

#include <chrono>

#include "base/log.h"

namespace sagebrush::gateway {
namespace {

constexpr std::int64_t kSecondsBetweenLines = 10;

constexpr std::array<std::string_view, 6> kWhat{
    "connections over the limit",  "requests whose head did not come in time",
    "bodies that came too slowly", "uploads that stalled, ended for the sake of others",
    "uploads over the limit",      "requests over the limit of one key"};

}  // namespace

void Refusals::Count(Limit limit, std::string_view who) {
  Row& row = rows_[static_cast<std::size_t>(limit)];
  const std::uint64_t count = ++row.count;
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  std::int64_t next = row.next_log_seconds;
  if (now < next || !row.next_log_seconds.compare_exchange_strong(next, now + kSecondsBetweenLines)) return;
  LogWarning("Refused: {} {}, the last from {}", count - row.logged.exchange(count),
             kWhat[static_cast<std::size_t>(limit)], who);
}

}  // namespace sagebrush::gateway
