// links: algorithms
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "algorithms/xgboost/booster_document.h"

// Model documents, JSON and UBJSON: what is read is a model that can be walked, or is refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush::algorithms::xgboost;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    ReadBoosterDocument(ParseModelUbjson(bytes));
  } catch (const sagebrush::Error&) {
  }
  try {
    ReadBoosterDocument(ParseModelJson(bytes));
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
