// links: algorithms
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "algorithms/xgboost/booster_model.h"
#include "algorithms/xgboost/model_pickle.h"

// Pickles are read without running any of them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const sagebrush::algorithms::xgboost::Pickle pickle(bytes);
    pickle.root().Find("handle");
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
