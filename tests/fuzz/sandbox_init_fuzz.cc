// links: runtime
#include <cstdint>

#include "runtime/sandbox_init.h"

// Any bytes are refused or give a plan that serialises to one that reads back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush::runtime;
  const auto plan = ParseInitPlan({reinterpret_cast<const char*>(data), size});
  if (!plan) return 0;
  const auto again = ParseInitPlan(Serialize(*plan));
  if (!again || Serialize(*again) != Serialize(*plan)) __builtin_trap();
  return 0;
}
