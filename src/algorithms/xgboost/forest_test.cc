#include "algorithms/xgboost/forest.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "algorithms/xgboost/booster_walk.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr std::uint32_t kFeatures = 5;

// Few different values, so that rows often meet a threshold exactly.
float RandomValue(std::mt19937& random) {
  constexpr float kValues[] = {-1e30F, -2, -0.5F, -0.0F, 0, 1e-40F, 0.5F, 2, 1e30F};
  return kValues[random() % std::size(kValues)];
}

BoosterTree RandomTree(int depth, std::mt19937& random) {
  BoosterTree tree;
  tree.nodes.resize(1);
  std::vector<std::pair<std::size_t, int>> open{{0, depth}};
  while (!open.empty()) {
    const auto [at, left] = open.back();
    open.pop_back();
    // One way goes down to the full depth.
    if (left == 0 || (at != 0 && at % 2 == 0 && random() % 3 == 0)) {
      tree.nodes[at].value = std::uniform_real_distribution<float>(-1, 1)(random);
      continue;
    }
    const auto child = static_cast<std::int32_t>(tree.nodes.size());
    tree.nodes[at].left = child;
    tree.nodes[at].right = child + 1;
    tree.nodes[at].feature = random() % kFeatures;
    tree.nodes[at].value = RandomValue(random);
    tree.nodes[at].default_left = random() % 2 == 0;
    tree.nodes.resize(tree.nodes.size() + 2);
    open.emplace_back(child, left - 1);
    open.emplace_back(child + 1, left - 1);
  }
  return tree;
}

std::vector<std::uint32_t> BitsOf(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

class ForestOfDepth : public testing::TestWithParam<int> {};

TEST_P(ForestOfDepth, AddsTheLeavesThatAPlainWalkFinds) {
  constexpr std::size_t kRows = 50;
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  for (const std::size_t groups : {1U, 3U}) {
    for (const std::size_t trees : {1U, 8U, 21U}) {
      BoosterModel model;
      for (std::size_t t = 0; t < trees; ++t) {
        model.trees.push_back(RandomTree(GetParam(), random));
        model.trees.back().group = static_cast<int>(t % groups);
      }
      const Forest forest(model, trees);
      std::vector<Forest::Slot> slots(kRows * forest.slots());
      std::vector<float> sums(kRows * groups), expected(kRows * groups);
      for (std::size_t r = 0; r < kRows; ++r) {
        std::vector<float> values, used;
        for (std::size_t c = 0; c < kFeatures; ++c) values.push_back(random() % 4 == 0 ? kNan : RandomValue(random));
        for (const std::uint32_t feature : forest.features()) used.push_back(values[feature]);
        forest.SetSlots(slots.data() + r * forest.slots(), used.data());
        for (const BoosterTree& tree : model.trees) {
          const std::size_t leaf = FindLeaf(tree, [&](std::uint32_t feature) { return values[feature]; });
          expected[r * groups + static_cast<std::size_t>(tree.group)] += tree.nodes[leaf].value;
        }
      }
      forest.AddLeaves(slots.data(), kRows, groups, sums.data());
      EXPECT_EQ(BitsOf(sums), BitsOf(expected)) << groups << " groups, " << trees << " trees";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Depths, ForestOfDepth, testing::Range(1, 12), testing::PrintToStringParamName());

TEST(Forest, SetsAllSlotsAsItSetsOneAndClearsThem) {
  std::mt19937 random(1);
  BoosterModel model;
  for (int t = 0; t < 4; ++t) model.trees.push_back(RandomTree(5, random));
  const Forest forest(model, model.trees.size());
  ASSERT_EQ(forest.features().size(), kFeatures);
  const std::vector<float> values{1, kNan, -0.0F, std::numeric_limits<float>::infinity(), -1e-40F};
  std::vector<Forest::Slot> together(forest.slots()), one_by_one(forest.slots());
  forest.SetSlots(together.data(), values.data());
  for (std::size_t s = 0; s < values.size(); ++s) forest.SetSlot(one_by_one.data(), s, values[s]);
  EXPECT_EQ(together, one_by_one);
  forest.SetSlots(together.data(), std::vector<float>(kFeatures, kNan).data());
  forest.ClearSlots(one_by_one.data());
  EXPECT_EQ(together, one_by_one);
}

TEST(Forest, KeepsANegativeZeroWhereABundleIsNotFull) {
  BoosterModel model;
  model.trees.resize(1);
  model.trees[0].nodes.resize(1);
  model.trees[0].nodes[0].value = -0.0F;
  const Forest forest(model, 1);
  std::vector<Forest::Slot> slots(forest.slots());
  forest.ClearSlots(slots.data());
  float margin = -0.0F;
  forest.AddLeaves(slots.data(), 1, 1, &margin);
  EXPECT_TRUE(std::signbit(margin));
}

}  // namespace
}  // namespace sagebrush::algorithms::xgboost
