// links: telemetry
#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "telemetry/prices.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const sagebrush::TemporaryDirectory directory;
  const sagebrush::Path file = directory.path() / "prices.json";
  {
    const auto out = sagebrush::OpenFile(file, O_WRONLY | O_CREAT | O_TRUNC);
    sagebrush::WriteAll(out.get(), std::string_view(reinterpret_cast<const char*>(bytes), size));
  }
  try {
    sagebrush::telemetry::PriceTable(file).Hourly("ml.m5.xlarge", "training");
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
