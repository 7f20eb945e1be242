#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/xgboost/booster_model.h"

namespace sagebrush::algorithms::xgboost {

// Trees in a form made for walking many of them at once without branches.
//
// A row is first laid out in "slots": one for each feature that any tree splits on, twice. In the first half missing
// values are -infinity, so that they go left; in the second half +infinity, so that they go right. A node names the
// slot of the half that its default direction asks for, and a step is one comparison whether values are missing or not.
// Trees up to kCompleteDepthMax levels are filled up to complete ones, whose children need no pointers; deeper ones
// keep a pointer a node; trees with categorical splits are walked as they are. Safe to call from any thread.
class Forest {
 public:
  static constexpr int kCompleteDepthMax = 8;

  // `instructions`: false keeps to plain C++ where the processor could do more (for tests and measurements).
  Forest(const BoosterModel& booster, std::size_t trees, bool vector_instructions = true);

  std::size_t trees() const { return tree_count_; }
  // The features that have slots, ascending.
  std::span<const std::uint32_t> features() const { return features_; }
  std::size_t slots() const { return 2 * features_.size(); }

  // Slots of a row without any value. The value of features()[i] goes to `slots[i]` and `slots[features().size() + i]`.
  void ClearSlots(float* slots) const;

  // The value of the leaf that the row ends in, for each tree, times the tree's weight.
  void FindLeaves(const float* slots, float* leaves) const;
  // The same for kBatch rows at once: row r's slots are at slots + r * slots(), tree t's leaves at leaves + t * kBatch.
  static constexpr std::size_t kBatch = 16;
  bool has_batches() const { return vector_; }
  void FindBatchLeaves(const float* slots, float* leaves) const;

 private:
  // Trees of one depth. Tree k has its inner nodes at [k << depth], as a heap that starts at 1, and its leaves alike.
  struct Complete {
    int depth = 0;
    std::vector<std::uint32_t> trees;
    std::vector<float> thresholds;
    std::vector<std::uint32_t> slots;
    std::vector<float> leaves;
  };
  // The child on the right stands after that on the left. A leaf leads to itself: its threshold is NaN, so that every
  // value goes "right" of `left`, which is the node before it.
  struct LinkedNode {
    float threshold;
    std::uint32_t slot;
    std::uint32_t left;
    float leaf;
  };
  struct Linked {
    std::uint32_t tree = 0;
    std::uint32_t root = 0;
    int depth = 0;
  };

  void AddComplete(const BoosterTree& tree, std::uint32_t index, int depth);
  void AddLinked(const BoosterTree& tree, std::uint32_t index, int depth);
  std::uint32_t SlotOf(const BoosterTree::Node& node) const;
  float WalkPlain(const BoosterTree& tree, const float* slots) const;

  void FindCompleteLeaves(const Complete& forest, const float* slots, float* leaves) const;
  void FindCompleteLeavesVector(const Complete& forest, const float* slots, float* leaves) const;
  void FindBatchCompleteLeaves(const Complete& forest, std::size_t tree, const float* slots, float* leaves) const;
  void FindLinkedLeaves(const float* slots, float* leaves, std::size_t stride) const;

  std::size_t tree_count_ = 0;
  bool vector_ = false;
  std::vector<std::uint32_t> features_;
  std::vector<Complete> complete_;
  std::vector<Linked> linked_;
  std::vector<LinkedNode> linked_nodes_;
  std::vector<std::pair<std::uint32_t, BoosterTree>> plain_;
};

}  // namespace sagebrush::algorithms::xgboost
