#include "algorithms/registry.h"

#include "algorithms/xgboost/xgboost.h"

namespace sagebrush::algorithms {

std::span<const std::unique_ptr<Algorithm>> AllAlgorithms() {
  static const auto* all = [] {
    auto* list = new std::vector<std::unique_ptr<Algorithm>>;
    list->push_back(xgboost::MakeXgboost());
    return list;
  }();
  return *all;
}

const Algorithm* FindAlgorithm(std::string_view name) {
  for (const auto& algorithm : AllAlgorithms()) {
    if (algorithm->declaration().name == name) return algorithm.get();
  }
  return nullptr;
}

}  // namespace sagebrush::algorithms
