#include "audit/audit_trail.h"

#include <utility>

#include "audit/event_line.h"
#include "base/log.h"

namespace sagebrush::audit {
namespace {

std::string TrailEvent(std::string_view name, std::uint64_t count, Time now) {
  std::string line;
  AppendTrailEvent(name, count, now, line);
  return line;
}

bool IsUnknown(const wire::CallOutcome& outcome) {
  const bool anonymous = outcome.principal == nullptr || outcome.principal->account.empty();
  return anonymous && outcome.failure != nullptr;
}

}  // namespace

AuditTrail::AuditTrail(const Path& directory, const Clock& clock, AuditOptions options)
    : clock_(clock), options_(options), log_(directory, clock, options.limits, [&clock](std::uint64_t lost) {
        return TrailEvent("AuditEventsLost", lost, clock.Now());
      }) {
  // A beginning without an end before it: the server was killed, and its last events may not have been written.
  log_.Append(TrailEvent("AuditTrailBegan", 0, clock_.Now()));
}

AuditTrail::~AuditTrail() { log_.Append(TrailEvent("AuditTrailEnded", 0, clock_.Now())); }

bool AuditTrail::MayTell(Time now) {
  const MutexLock lock(mutex_);
  const std::int64_t minute = now.milliseconds / 60'000;
  if (minute != minute_) {
    minute_ = minute;
    unknown_ = 0;
    if (left_out_ > 0) log_.Append(TrailEvent("UnsignedRequestsLeftOut", std::exchange(left_out_, 0), now));
  }
  if (unknown_ < kUnknownMax) {
    ++unknown_;
    return true;
  }
  ++left_out_;
  return false;
}

bool AuditTrail::Hears(const wire::Operation& operation) const noexcept {
  return options_.data_events || !IsDataEvent(operation);
}

void AuditTrail::OnCall(const wire::CallOutcome& outcome) noexcept {
  try {
    if (outcome.operation != nullptr && !Hears(*outcome.operation)) return;
    const Time now = clock_.Now();
    if (IsUnknown(outcome) && !MayTell(now)) return;
    static thread_local std::string line;  // Its memory is kept for the next event.
    line.clear();
    AppendEventLine(outcome, now, line);
    log_.Append(line);
    if (line.capacity() > 64 * 1024) line = {};
  } catch (const std::exception& error) {
    LogError("An event of the audit trail could not be made: {}", error.what());
  }
}

}  // namespace sagebrush::audit
