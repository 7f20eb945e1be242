#include "algorithms/xgboost/booster_document.h"

namespace sagebrush::algorithms::xgboost {
namespace {

[[noreturn]] void Fail(const std::string& what) {
  throw Error(kUnreadableModel, "The model file is damaged: " + what + ". Save the model again.");
}

void MakeLeaf(BoosterTree::Node& node) {
  node.left = node.right = node.categories = -1;
  node.feature = 0;
}

void CheckTree(const BoosterModel& booster, BoosterTree& tree) {
  const std::size_t count = tree.nodes.size();
  if (count == 0) Fail("a tree has no nodes");
  if (tree.group < 0 || tree.group >= booster.groups) Fail("a tree belongs to an output that does not exist");
  std::vector<bool> reached(count);
  std::vector<std::uint32_t> open{0};
  reached[0] = true;
  while (!open.empty()) {
    const BoosterTree::Node& node = tree.nodes[open.back()];
    open.pop_back();
    if (node.left < 0) continue;
    if (node.feature >= booster.features) Fail("a tree splits on a feature that does not exist");
    for (const std::int32_t child : {node.left, node.right}) {
      if (child < 0 || static_cast<std::size_t>(child) >= count) Fail("a tree refers to a node that does not exist");
      if (reached[child]) Fail("the nodes of a tree form a circle");
      reached[child] = true;
      open.push_back(static_cast<std::uint32_t>(child));
    }
  }
  for (std::size_t n = 0; n < count; ++n) {
    if (!reached[n]) MakeLeaf(tree.nodes[n]);
  }
}

}  // namespace

void CheckBooster(BoosterModel& booster) {
  if (booster.base_margins.size() != static_cast<std::size_t>(booster.groups)) Fail("an output has no base score");
  for (BoosterTree& tree : booster.trees) CheckTree(booster, tree);
  const std::size_t linear = (static_cast<std::size_t>(booster.features) + 1) * booster.groups;
  if (booster.kind == BoosterKind::kLinear && booster.linear_weights.size() != linear) {
    Fail(fmt::format("a linear model of {} features has {} weights", booster.features, booster.linear_weights.size()));
  }
}

void KeepBestRounds(BoosterModel& booster, std::int64_t trees_limit, std::int64_t iteration) {
  // Numbers of the file: their product may be larger than any integer.
  double trees = 0;
  if (trees_limit > 0) {
    trees = static_cast<double>(trees_limit) * booster.groups;
  } else if (iteration >= 0) {
    trees = (static_cast<double>(iteration) + 1) * booster.groups * booster.parallel_trees;
  }
  booster.best_trees = trees < 4294967296.0 ? static_cast<std::uint32_t>(trees) : 0;
}

}  // namespace sagebrush::algorithms::xgboost
