#include "algorithms/xgboost/forest.h"

#include <cmath>
#include <limits>

#include "algorithms/xgboost/booster_walk.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

int DepthOf(const BoosterTree& tree) {
  int deepest = 0;
  std::vector<std::pair<std::int32_t, int>> open{{0, 0}};
  while (!open.empty()) {
    const auto [index, depth] = open.back();
    open.pop_back();
    deepest = std::max(deepest, depth);
    const auto& node = tree.nodes[index];
    if (node.left < 0) continue;
    open.emplace_back(node.left, depth + 1);
    open.emplace_back(node.right, depth + 1);
  }
  return deepest;
}

// Slots cannot express splits by category, nor a missing value that goes left where no number does.
bool NeedsPlainWalk(const BoosterTree& tree) {
  return std::any_of(tree.nodes.begin(), tree.nodes.end(), [](const BoosterTree::Node& node) {
    return node.left >= 0 && (node.categories >= 0 || std::isnan(node.value) || node.value == -kInfinity);
  });
}

std::vector<std::uint32_t> UsedFeatures(const BoosterModel& booster, std::size_t trees) {
  std::vector<std::uint32_t> used;
  for (std::size_t t = 0; t < trees; ++t) {
    for (const auto& node : booster.trees[t].nodes) {
      if (node.left >= 0) used.push_back(node.feature);
    }
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  return used;
}

}  // namespace

bool CanUseForestVectors();  // forest_vector.cc

Forest::Forest(const BoosterModel& booster, std::size_t trees, bool vector_instructions)
    : tree_count_(trees),
      vector_(vector_instructions && CanUseForestVectors()),
      features_(UsedFeatures(booster, trees)) {
  for (std::uint32_t t = 0; t < trees; ++t) {
    const BoosterTree& tree = booster.trees[t];
    const int depth = DepthOf(tree);
    if (NeedsPlainWalk(tree)) {
      plain_.emplace_back(t, tree);
    } else if (depth <= kCompleteDepthMax) {
      AddComplete(tree, t, std::max(depth, 1));
    } else {
      AddLinked(tree, t, depth);
    }
  }
}

std::uint32_t Forest::SlotOf(const BoosterTree::Node& node) const {
  const auto at = std::lower_bound(features_.begin(), features_.end(), node.feature) - features_.begin();
  return static_cast<std::uint32_t>(node.default_left ? at : at + features_.size());
}

void Forest::AddComplete(const BoosterTree& tree, std::uint32_t index, int depth) {
  auto forest = std::find_if(complete_.begin(), complete_.end(), [&](const auto& f) { return f.depth == depth; });
  if (forest == complete_.end()) {
    complete_.emplace_back().depth = depth;
    forest = complete_.end() - 1;
  }
  const std::size_t size = std::size_t{1} << depth;
  const std::size_t base = forest->trees.size() * size;
  forest->trees.push_back(index);
  forest->thresholds.resize(base + size, kNan);  // Every value goes right.
  forest->slots.resize(base + size, 0);
  forest->leaves.resize(base + size, 0);
  // Heap position (from 1) and node. A leaf above the last level stands at the end of the way that always goes right.
  std::vector<std::pair<std::size_t, std::int32_t>> open{{1, 0}};
  while (!open.empty()) {
    auto [at, node_index] = open.back();
    open.pop_back();
    const auto& node = tree.nodes[node_index];
    if (node.left < 0) {
      while (at < size) at = 2 * at + 1;
      forest->leaves[base + at - size] = node.value * tree.weight;
      continue;
    }
    forest->thresholds[base + at] = node.value;
    forest->slots[base + at] = SlotOf(node);
    open.emplace_back(2 * at, node.left);
    open.emplace_back(2 * at + 1, node.right);
  }
}

void Forest::AddLinked(const BoosterTree& tree, std::uint32_t index, int depth) {
  const auto root = static_cast<std::uint32_t>(linked_nodes_.size());
  linked_.push_back({index, root, depth});
  linked_nodes_.push_back({});
  std::vector<std::pair<std::uint32_t, std::int32_t>> open{{root, 0}};
  for (std::size_t i = 0; i < open.size(); ++i) {  // Level by level: the upper nodes stand together.
    const auto [at, node_index] = open[i];
    const auto& node = tree.nodes[node_index];
    if (node.left < 0) {
      linked_nodes_[at] = {kNan, 0, at - 1, node.value * tree.weight};
      continue;
    }
    const auto left = static_cast<std::uint32_t>(linked_nodes_.size());
    linked_nodes_[at] = {node.value, SlotOf(node), left, 0};
    linked_nodes_.resize(linked_nodes_.size() + 2);
    open.emplace_back(left, node.left);
    open.emplace_back(left + 1, node.right);
  }
}

void Forest::ClearSlots(float* slots) const {
  std::fill(slots, slots + features_.size(), -kInfinity);
  std::fill(slots + features_.size(), slots + 2 * features_.size(), kInfinity);
}

float Forest::WalkPlain(const BoosterTree& tree, const float* slots) const {
  const std::size_t leaf = FindLeaf(tree, [&](std::uint32_t feature) {
    const auto slot = std::lower_bound(features_.begin(), features_.end(), feature) - features_.begin();
    const bool missing = slots[slot] == -kInfinity && slots[slot + std::ssize(features_)] == kInfinity;
    return missing ? kNan : slots[slot];
  });
  return tree.nodes[leaf].value * tree.weight;
}

void Forest::FindCompleteLeaves(const Complete& forest, const float* slots, float* leaves) const {
  constexpr std::size_t kAtOnce = 8;  // Steps of so many trees overlap in the processor.
  const int depth = forest.depth;
  const std::size_t count = forest.trees.size();
  for (std::size_t first = 0; first < count; first += kAtOnce) {
    std::size_t base[kAtOnce], at[kAtOnce];
    for (std::size_t k = 0; k < kAtOnce; ++k) {
      base[k] = std::min(first + k, count - 1) << depth;
      at[k] = 1;
    }
    for (int level = 0; level < depth; ++level) {
      for (std::size_t k = 0; k < kAtOnce; ++k) {
        const std::size_t node = base[k] + at[k];
        at[k] = 2 * at[k] + !(slots[forest.slots[node]] < forest.thresholds[node]);
      }
    }
    const std::size_t size = std::size_t{1} << depth;
    for (std::size_t k = 0; k < std::min(kAtOnce, count - first); ++k) {
      leaves[forest.trees[first + k]] = forest.leaves[base[k] + at[k] - size];
    }
  }
}

void Forest::FindLinkedLeaves(const float* slots, float* leaves, std::size_t stride) const {
  constexpr std::size_t kAtOnce = 8;
  const LinkedNode* nodes = linked_nodes_.data();
  for (std::size_t first = 0; first < linked_.size(); first += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, linked_.size() - first);
    std::uint32_t at[kAtOnce];
    int depth = 0;
    for (std::size_t k = 0; k < kAtOnce; ++k) {
      const Linked& tree = linked_[first + std::min(k, count - 1)];
      at[k] = tree.root;
      depth = std::max(depth, tree.depth);
    }
    for (int level = 0; level < depth; ++level) {
      for (std::size_t k = 0; k < kAtOnce; ++k) {
        const LinkedNode& node = nodes[at[k]];
        at[k] = node.left + !(slots[node.slot] < node.threshold);
      }
    }
    for (std::size_t k = 0; k < count; ++k) leaves[linked_[first + k].tree * stride] = nodes[at[k]].leaf;
  }
}

void Forest::FindLeaves(const float* slots, float* leaves) const {
  for (const Complete& forest : complete_) {
    if (vector_) {
      FindCompleteLeavesVector(forest, slots, leaves);
    } else {
      FindCompleteLeaves(forest, slots, leaves);
    }
  }
  FindLinkedLeaves(slots, leaves, 1);
  for (const auto& [index, tree] : plain_) leaves[index] = WalkPlain(tree, slots);
}

void Forest::FindBatchLeaves(const float* slots, float* leaves) const {
  for (const Complete& forest : complete_) {
    for (std::size_t t = 0; t < forest.trees.size(); ++t) {
      FindBatchCompleteLeaves(forest, t, slots, leaves + forest.trees[t] * kBatch);
    }
  }
  for (std::size_t r = 0; r < kBatch; ++r) {
    FindLinkedLeaves(slots + r * this->slots(), leaves + r, kBatch);
    for (const auto& [index, tree] : plain_) leaves[index * kBatch + r] = WalkPlain(tree, slots + r * this->slots());
  }
}

}  // namespace sagebrush::algorithms::xgboost
