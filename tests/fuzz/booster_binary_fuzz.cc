// links: algorithms
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "algorithms/xgboost/booster_predictor.h"

// Whole model files: what is read predicts without a fault.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush::algorithms;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    xgboost::BoosterModel model = xgboost::ReadBooster(bytes);
    if (model.features > 1000 || model.groups > 1000 || model.trees.size() > 1000) return 0;
    const xgboost::BoosterPredictor predictor(std::move(model));
    Features rows{.rows = 3, .columns = predictor.columns()};
    for (std::size_t i = 0; i < 3 * rows.columns; ++i) rows.values.push_back(static_cast<float>(i) - 2);
    predictor.Predict(rows);
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
