#pragma once

#include <cmath>

#include "algorithms/xgboost/booster_model.h"

namespace sagebrush::algorithms::xgboost {

// The leaf that a row ends in, step by step as XGBoost means it. `value_of(feature)` is NaN for a missing value.
template <typename ValueOf>
std::size_t FindLeaf(const BoosterTree& tree, ValueOf value_of) {
  std::size_t at = 0;
  while (tree.nodes[at].left >= 0) {
    const BoosterTree::Node& node = tree.nodes[at];
    const float value = value_of(node.feature);
    bool left = value < node.value;
    if (std::isnan(value)) {
      left = node.default_left;
    } else if (node.categories >= 0) {
      const auto& set = tree.category_sets[node.categories];
      const auto category = value >= 0 && value < 16777216 ? static_cast<std::uint32_t>(value) : 16777216U;
      left = !std::binary_search(set.begin(), set.end(), category);
    }
    at = static_cast<std::size_t>(left ? node.left : node.right);
  }
  return at;
}

}  // namespace sagebrush::algorithms::xgboost
