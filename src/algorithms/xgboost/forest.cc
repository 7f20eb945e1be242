#include "algorithms/xgboost/forest.h"

#include <cmath>
#include <limits>

#include "algorithms/xgboost/booster_walk.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr float kNoLeaf = -0.0F;           // Of the trees that fill up a bundle: what added to it changes nothing.
constexpr std::uint32_t kAlwaysRight = 0;  // As `below`: every slot but that of a missing left-goer is above.

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

// Slots cannot express splits by category, nor thresholds that are no numbers.
bool NeedsPlainWalk(const BoosterTree& tree) {
  return std::any_of(tree.nodes.begin(), tree.nodes.end(), [](const BoosterTree::Node& node) {
    return node.left >= 0 && (node.categories >= 0 || std::isnan(node.value));
  });
}

float FromKey(std::uint32_t key) { return std::bit_cast<float>((key >> 31) != 0 ? key ^ 0x80000000 : ~key); }

}  // namespace

std::vector<std::uint32_t> UsedFeatures(const BoosterModel& booster, std::size_t trees) {
  std::vector<std::uint32_t> used;
  for (std::size_t t = 0; t < trees; ++t) {
    for (const auto& node : booster.trees[t].nodes) {
      if (node.left >= 0) used.push_back(node.feature);
    }
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  if (used.empty()) used.push_back(0);  // Padding nodes need a slot to look at.
  return used;
}

Forest::Forest(const BoosterModel& booster, std::size_t trees) : features_(UsedFeatures(booster, trees)) {
  std::vector<std::pair<Kind, int>> forms;
  for (std::size_t t = 0; t < trees; ++t) {
    const BoosterTree& tree = booster.trees[t];
    groups_.push_back(static_cast<std::uint32_t>(tree.group));
    const int depth = std::max(DepthOf(tree), 1);
    const Kind kind = NeedsPlainWalk(tree)         ? Kind::kPlain
                      : depth <= kCompleteDepthMax ? Kind::kComplete
                                                   : Kind::kLinked;
    forms.emplace_back(kind, depth);
  }
  for (std::uint32_t first = 0; first < trees;) {
    std::uint32_t end = first;
    int depth = 1;
    while (end < trees && end < first + kTogether && forms[end].first == forms[first].first) {
      depth = std::max(depth, forms[end++].second);
    }
    AddBundle(booster, first, end - first, forms[first].first, depth);
    first = end;
  }
}

void Forest::AddBundle(const BoosterModel& booster, std::uint32_t first, std::uint32_t count, Kind kind, int depth) {
  Bundle bundle{.kind = kind, .depth = depth, .count = count, .first = first};
  if (kind == Kind::kPlain) {
    bundle.begin = plain_.size();
    for (std::uint32_t k = 0; k < count; ++k) plain_.push_back(booster.trees[first + k]);
  } else if (kind == Kind::kLinked) {
    for (std::uint32_t k = 0; k < count; ++k) bundle.roots[k] = AppendLinked(booster.trees[first + k]);
    for (std::uint32_t k = count; k < kTogether; ++k) bundle.roots[k] = bundle.roots[0];
  } else {
    bundle.begin = nodes_.size();
    nodes_.resize(bundle.begin + (kTogether << depth), MakeNode(kAlwaysRight, 0));
    leaves_.resize(nodes_.size(), kNoLeaf);
    for (std::uint32_t k = 0; k < count; ++k) {
      FillComplete(booster.trees[first + k], bundle.begin + (std::size_t{k} << depth), depth);
    }
  }
  bundles_.push_back(bundle);
}

std::uint32_t Forest::SlotOf(const BoosterTree::Node& node) const {
  const auto at = std::lower_bound(features_.begin(), features_.end(), node.feature) - features_.begin();
  return static_cast<std::uint32_t>(node.default_left ? at : at + std::ssize(features_));
}

// A tree is a heap that starts at 1. Below a leaf that is not on the last level every way ends in its value.
void Forest::FillComplete(const BoosterTree& tree, std::size_t begin, int depth) {
  const std::size_t size = std::size_t{1} << depth;
  std::vector<std::pair<std::size_t, std::int32_t>> open{{1, 0}};
  while (!open.empty()) {
    const auto [at, index] = open.back();
    open.pop_back();
    const auto& node = tree.nodes[index];
    if (node.left >= 0) {
      nodes_[begin + at] = MakeNode(KeyOf(node.value) - 1, SlotOf(node));
      open.emplace_back(2 * at, node.left);
      open.emplace_back(2 * at + 1, node.right);
      continue;
    }
    std::size_t low = at, high = at;
    while (low < size) low = 2 * low, high = 2 * high + 1;
    std::fill(leaves_.begin() + static_cast<std::ptrdiff_t>(begin + low - size),
              leaves_.begin() + static_cast<std::ptrdiff_t>(begin + high - size + 1), node.value * tree.weight);
  }
}

std::uint32_t Forest::AppendLinked(const BoosterTree& tree) {
  const auto root = static_cast<std::uint32_t>(linked_nodes_.size());
  linked_nodes_.push_back({});
  std::vector<std::pair<std::uint32_t, std::int32_t>> open{{root, 0}};
  for (std::size_t i = 0; i < open.size(); ++i) {  // Level by level: the upper nodes stand together.
    const auto [at, index] = open[i];
    const auto& node = tree.nodes[index];
    if (node.left < 0) {
      // The greatest `below`: no value is above, so that every one goes "left", to this node again.
      linked_nodes_[at] = {MakeNode(0xffffffff, 0), at, node.value * tree.weight};
      continue;
    }
    const auto left = static_cast<std::uint32_t>(linked_nodes_.size());
    linked_nodes_[at] = {MakeNode(KeyOf(node.value) - 1, SlotOf(node)), left, 0};
    linked_nodes_.resize(linked_nodes_.size() + 2);
    open.emplace_back(left, node.left);
    open.emplace_back(left + 1, node.right);
  }
  return root;
}

void Forest::SetSlots(Slot* slots, const float* values) const {
  for (std::size_t s = 0; s < features_.size(); ++s) SetSlot(slots, s, values[s]);
}

void Forest::ClearSlots(Slot* slots) const {
  std::fill(slots, slots + features_.size(), kMissingLeft);
  std::fill(slots + features_.size(), slots + 2 * features_.size(), kMissingRight);
}

template <int kDepth>
void Forest::WalkComplete(const Bundle& bundle, const Slot* slots, float* leaves) const {
  constexpr std::size_t kSize = std::size_t{1} << kDepth;
  const Node* nodes = nodes_.data() + bundle.begin;
  std::size_t at[kTogether];
  std::fill_n(at, kTogether, 1);
#pragma clang loop unroll(full)
  for (int level = 0; level < kDepth; ++level) {
#pragma clang loop unroll(full)
    for (std::size_t k = 0; k < kTogether; ++k) {
      const Node node = nodes[k * kSize + at[k]];
      at[k] += at[k];
      // Hides the sum from the compiler: else it keeps sum and comparison apart, and runs out of registers.
      __asm__("" : "+r"(at[k]));
      at[k] += GoesRight(node, slots);
    }
  }
  const float* values = leaves_.data() + bundle.begin;
  for (std::size_t k = 0; k < kTogether; ++k) leaves[k] = values[k * kSize + at[k] - kSize];
}

void Forest::WalkLinked(const Bundle& bundle, const Slot* slots, float* leaves) const {
  const LinkedNode* nodes = linked_nodes_.data();
  std::uint32_t at[kTogether];
  std::copy_n(bundle.roots, kTogether, at);
  for (int level = 0; level < bundle.depth; ++level) {
    for (std::size_t k = 0; k < kTogether; ++k) {
      const LinkedNode& node = nodes[at[k]];
      at[k] = node.left + GoesRight(node.node, slots);
    }
  }
  for (std::size_t k = 0; k < kTogether; ++k) leaves[k] = nodes[at[k]].leaf;
}

void Forest::WalkPlain(const Bundle& bundle, const Slot* slots, float* leaves) const {
  for (std::size_t k = 0; k < bundle.count; ++k) {
    const BoosterTree& tree = plain_[bundle.begin + k];
    const std::size_t leaf = FindLeaf(tree, [&](std::uint32_t feature) {
      const auto at = std::lower_bound(features_.begin(), features_.end(), feature) - features_.begin();
      return slots[at] == kMissingLeft ? std::numeric_limits<float>::quiet_NaN()
                                       : FromKey(static_cast<std::uint32_t>(slots[at] >> 32));
    });
    leaves[k] = tree.nodes[leaf].value * tree.weight;
  }
}

void Forest::Sum(const Bundle& bundle, const float* leaves, std::size_t groups, float* margins) const {
  if (groups == 1) {
    float sum = *margins;
    for (std::size_t k = 0; k < bundle.count; ++k) sum += leaves[k];
    *margins = sum;
    return;
  }
  for (std::size_t k = 0; k < bundle.count; ++k) margins[groups_[bundle.first + k]] += leaves[k];
}

template <int kDepth>
void Forest::AddComplete(const Bundle& bundle, const Slot* slots, std::size_t rows, std::size_t groups,
                         float* margins) const {
  for (std::size_t r = 0; r < rows; ++r) {
    float leaves[kTogether];
    WalkComplete<kDepth>(bundle, slots + r * this->slots(), leaves);
    if (groups > 1) {
      Sum(bundle, leaves, groups, margins + r * groups);
      continue;
    }
    float sum = margins[r];
    for (const float leaf : leaves) sum += leaf;
    margins[r] = sum;
  }
}

void Forest::AddLeaves(const Slot* slots, std::size_t rows, std::size_t groups, float* margins) const {
  using Add = void (Forest::*)(const Bundle&, const Slot*, std::size_t, std::size_t, float*) const;
  static constexpr Add kAddComplete[kCompleteDepthMax] = {
      &Forest::AddComplete<1>, &Forest::AddComplete<2>, &Forest::AddComplete<3>, &Forest::AddComplete<4>,
      &Forest::AddComplete<5>, &Forest::AddComplete<6>, &Forest::AddComplete<7>, &Forest::AddComplete<8>};
  float leaves[kTogether];
  for (const Bundle& bundle : bundles_) {
    if (bundle.kind == Kind::kComplete) {
      (this->*kAddComplete[bundle.depth - 1])(bundle, slots, rows, groups, margins);
      continue;
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const Slot* row = slots + r * this->slots();
      bundle.kind == Kind::kLinked ? WalkLinked(bundle, row, leaves) : WalkPlain(bundle, row, leaves);
      Sum(bundle, leaves, groups, margins + r * groups);
    }
  }
}

}  // namespace sagebrush::algorithms::xgboost
