// links: events
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "events/schedule_expression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const sagebrush::Time now{1'700'000'000'000};
  try {
    sagebrush::events::ScheduleExpression(std::string(reinterpret_cast<const char*>(bytes), size)).Next(now, now);
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
