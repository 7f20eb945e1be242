#pragma once

#include <cstdint>

#include "audit/audit_log.h"
#include "base/mutex.h"
#include "wire/call_listener.h"

namespace sagebrush::audit {

struct AuditOptions {
  bool data_events = false;  // Also what is done to single objects and models: many events of little each.
  AuditLimits limits{};
};

// Writes what every call was into the audit trail below `directory`. Who sends requests without a valid signature fills
// no more of the trail than kUnknownMax events a minute: what is over that is counted, and the trail says how many.
class AuditTrail : public wire::CallListener {
 public:
  static constexpr int kUnknownMax = 100;

  // Throws Error.
  AuditTrail(const Path& directory, const Clock& clock, AuditOptions options);
  ~AuditTrail() override;  // Says in the trail that it ends.

  bool Hears(const wire::Operation& operation) const noexcept override;
  void OnCall(const wire::CallOutcome& outcome) noexcept override;
  AuditLog& log() { return log_; }

 private:
  // Whether one more event of somebody unknown may be written.
  bool MayTell(Time now);

  const Clock& clock_;
  const AuditOptions options_;
  AuditLog log_;
  Mutex mutex_;
  std::int64_t minute_ GUARDED_BY(mutex_) = 0;
  int unknown_ GUARDED_BY(mutex_) = 0;             // Of this minute.
  std::uint64_t left_out_ GUARDED_BY(mutex_) = 0;  // Not yet said.
};

}  // namespace sagebrush::audit
