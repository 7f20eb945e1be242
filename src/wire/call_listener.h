#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "wire/call.h"

namespace sagebrush::wire {

// How a call ended, told once, when it has. What it points to lives while it is told.
struct CallOutcome {
  const Service* service = nullptr;      // nullptr: it ended before its service was known.
  const Operation* operation = nullptr;  // nullptr: before its operation was known.
  const Principal* principal = nullptr;  // nullptr: before its maker was.
  const Json* input = nullptr;           // nullptr: before it was read.
  const Json* output = nullptr;          // nullptr: it failed, or answers with a stream alone.
  const Error* failure = nullptr;        // As the client is told; nullptr: it went well.
  const HttpRequest* http = nullptr;     // nullptr: it came over no network (Api::Call).
  std::string_view region;
  std::string_view request_id;
};

// Hears of every call that ends, from clients and from the server's own parts. Safe to call from any thread; does not
// block and does not throw.
class CallListener {
 public:
  virtual ~CallListener() = default;
  // Whether OnCall makes anything of calls of the operation: who would tell of many need not.
  virtual bool Hears(const Operation&) const noexcept { return true; }
  virtual void OnCall(const CallOutcome& outcome) noexcept = 0;
};

}  // namespace sagebrush::wire
