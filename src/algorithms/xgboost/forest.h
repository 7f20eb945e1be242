#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/xgboost/booster_model.h"

namespace sagebrush::algorithms::xgboost {

// The features that the first `trees` trees split on, ascending; never empty.
std::vector<std::uint32_t> UsedFeatures(const BoosterModel& booster, std::size_t trees);

// Trees in a form made for walking many of them at once without branches.
//
// A row is first laid out in "slots": integers that compare as the row's values do, two for each feature that any tree
// splits on. In the first half a missing value is the least integer, so that it goes left; in the second half the
// greatest, so that it goes right. A node names the slot of the half that its default direction asks for, and a step is
// one comparison whether the value is missing or not. Slots and nodes are words with what is compared in the upper
// half: a step loads a node once, takes the slot's number from its lower half and compares the whole words. Up to eight
// neighbouring trees are walked together, so that their memory accesses overlap: trees up to kCompleteDepthMax levels
// are filled up to complete ones, whose children need no pointers; deeper ones keep a pointer a node; trees with
// categorical splits are walked one by one. Gathers of AVX-512 measured slower than this on processors with the
// mitigation of "Downfall". Safe to call from any thread.
class Forest {
 public:
  static constexpr int kCompleteDepthMax = 8;
  static constexpr std::size_t kTogether = 8;

  // What a row has in a slot: the key of the value, and zeros below.
  using Slot = std::uint64_t;

  Forest(const BoosterModel& booster, std::size_t trees);

  // The features that have slots, ascending.
  std::span<const std::uint32_t> features() const { return features_; }
  std::size_t slots() const { return 2 * features_.size(); }

  // Slots of a row without any value.
  void ClearSlots(Slot* slots) const;
  // Sets the value of features()[index]; NaN is missing.
  void SetSlot(Slot* slots, std::size_t index, float value) const {
    const Slot key = Slot{KeyOf(value)} << 32;
    const bool missing = value != value;
    slots[index] = missing ? kMissingLeft : key;
    slots[features_.size() + index] = missing ? kMissingRight : key;
  }

  // Sets the slots of all features, from one value for each.
  void SetSlots(Slot* slots, const float* values) const;

  // Adds the leaf of each tree, times the tree's weight, tree by tree to the margins of each row. Row r has its slots
  // at slots + r * slots() and its `groups` margins at margins + r * groups.
  void AddLeaves(const Slot* slots, std::size_t rows, std::size_t groups, float* margins) const;

  // Unsigned integers in the order of the floats; -0 and 0 are one. Neither 0 nor 0xffffffff for any number.
  static std::uint32_t KeyOf(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value + 0.0f);
    return bits ^ ((0 - (bits >> 31)) | 0x80000000);
  }

 private:
  static constexpr Slot kMissingLeft = 0;
  static constexpr Slot kMissingRight = Slot{0xffffffff} << 32;

  // In the upper half the key of the threshold, less one; in the lower the number of the slot.
  using Node = std::uint64_t;
  static Node MakeNode(std::uint32_t below, std::uint32_t slot) { return Node{below} << 32 | slot; }
  static bool GoesRight(Node node, const Slot* slots) { return node < slots[static_cast<std::uint32_t>(node)]; }

  // The child on the right stands after that on the left. A leaf leads to itself.
  struct LinkedNode {
    Node node;
    std::uint32_t left;
    float leaf;
  };
  enum class Kind { kComplete, kLinked, kPlain };
  // Neighbouring trees of one kind.
  struct Bundle {
    Kind kind = Kind::kComplete;
    int depth = 1;
    std::uint32_t count = 0;              // Trees, up to kTogether.
    std::uint32_t first = 0;              // The first one's number in the model.
    std::size_t begin = 0;                // kComplete: in nodes_ and leaves_; kPlain: in plain_.
    std::uint32_t roots[kTogether] = {};  // kLinked: in linked_nodes_.
  };

  void AddBundle(const BoosterModel& booster, std::uint32_t first, std::uint32_t count, Kind kind, int depth);
  void FillComplete(const BoosterTree& tree, std::size_t begin, int depth);
  std::uint32_t AppendLinked(const BoosterTree& tree);
  std::uint32_t SlotOf(const BoosterTree::Node& node) const;

  template <int kDepth>
  void WalkComplete(const Bundle& bundle, const Slot* slots, float* leaves) const;
  template <int kDepth>
  void AddComplete(const Bundle& bundle, const Slot* slots, std::size_t rows, std::size_t groups, float* margins) const;
  void WalkLinked(const Bundle& bundle, const Slot* slots, float* leaves) const;
  void WalkPlain(const Bundle& bundle, const Slot* slots, float* leaves) const;
  void Sum(const Bundle& bundle, const float* leaves, std::size_t groups, float* margins) const;

  std::vector<std::uint32_t> features_;
  std::vector<std::uint32_t> groups_;  // Of each tree.
  std::vector<Bundle> bundles_;
  std::vector<Node> nodes_;
  std::vector<float> leaves_;
  std::vector<LinkedNode> linked_nodes_;
  std::vector<BoosterTree> plain_;
};

}  // namespace sagebrush::algorithms::xgboost
