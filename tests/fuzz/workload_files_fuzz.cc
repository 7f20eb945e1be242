// links: runtime
// What a power failure may leave of a workload's files: read as a value, or refused as damaged.
#include <fcntl.h>

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "runtime/workload_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  static const TemporaryDirectory directory;
  const runtime::WorkloadFiles files(directory.path());
  for (const char* name : {"spec.json", "state.json"}) {
    WriteAll(OpenFile(directory.path() / name, O_WRONLY | O_CREAT | O_TRUNC).get(),
             {reinterpret_cast<const char*>(data), size});
  }
  try {
    files.WhyTooNew();
  } catch (const Error& error) {
    if (error.kind().code != kInternalFailure.code) __builtin_trap();
  }
  try {
    if (const auto spec = files.ReadSpec()) {
      files.WriteSpec(*spec);
      const auto again = files.ReadSpec();
      if (again->command != spec->command || again->ports != spec->ports || again->devices != spec->devices ||
          again->gang.has_value() != spec->gang.has_value() || files.IsFromBeforeBoot()) {
        __builtin_trap();
      }
    }
  } catch (const Error& error) {
    if (error.kind().code != kInternalFailure.code) __builtin_trap();
  }
  try {
    if (const auto state = files.ReadState()) {
      files.WriteState(*state);
      if (files.ReadState()->reason != state->reason) __builtin_trap();
    }
  } catch (const Error& error) {
    if (error.kind().code != kInternalFailure.code) __builtin_trap();
  }
  return 0;
}
