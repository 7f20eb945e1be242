#include "algorithms/registry.h"

#include "algorithms/xgboost/xgboost.h"

namespace sagebrush::algorithms {

// What makes an algorithm whose folder has no header.
namespace kmeans {
std::unique_ptr<Algorithm> MakeKmeans();
}

std::span<const std::unique_ptr<Algorithm>> AllAlgorithms() {
  static const auto* all = [] {
    auto* list = new std::vector<std::unique_ptr<Algorithm>>;
    list->push_back(xgboost::MakeXgboost());
    list->push_back(kmeans::MakeKmeans());
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
