// links: runtime
#include <cstdint>

#include "base/error.h"
#include "runtime/image_catalogue.h"

// Any address resolves or is refused with a message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sagebrush::Json catalogue = sagebrush::ParseJson(
      R"([{"Name": "xgboost", "Images": [{"Repository": "sagemaker-xgboost", "Tags": ["1.7-1"]}], "InputModes": ["File", "FastFile", "Pipe"], "MetricDefinitions": []}])");
  static const sagebrush::runtime::ImageCatalogue images(catalogue, "/usr/bin/true", {});
  try {
    images.Describe({reinterpret_cast<const char*>(data), size}, "us-east-1");
  } catch (const sagebrush::Error& error) {
    if (error.kind().code != sagebrush::kValidation.code) __builtin_trap();
  }
  return 0;
}
