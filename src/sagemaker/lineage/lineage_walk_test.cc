#include "sagemaker/lineage/lineage_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

// Associations between letters: "ab" leads from a to b.
class LineageWalk : public testing::Test {
 protected:
  LineageGraph Walk(const std::string& start, LineageWay way, int depth = 10, std::size_t edges_max = 100) {
    return WalkLineage(start, way, depth, edges_max, [this](LineageWay along, const Arns& from) {
      ++asked_;
      std::vector<LineageEdge> found;
      for (const std::string& edge : edges_) {
        const std::string source = edge.substr(0, 1);
        const std::string destination = edge.substr(1);
        if (from.contains(along == LineageWay::kDescendants ? source : destination))
          found.push_back({source, destination, ""});
      }
      return found;
    });
  }
  std::vector<std::string> edges_;
  int asked_ = 0;
};

TEST_F(LineageWalk, GoesOneWayAndTellsTheFewestSteps) {
  edges_ = {"ab", "bc", "ac", "cd", "xa"};
  EXPECT_THAT(Walk("a", LineageWay::kDescendants).depths,
              UnorderedElementsAre(Pair("a", 0), Pair("b", 1), Pair("c", 1), Pair("d", 2)));
  EXPECT_THAT(Walk("c", LineageWay::kAscendants).depths,
              UnorderedElementsAre(Pair("c", 0), Pair("a", 1), Pair("b", 1), Pair("x", 2)));
}

TEST_F(LineageWalk, EndsInCircles) {
  edges_ = {"ab", "bc", "ca"};
  const LineageGraph graph = Walk("a", LineageWay::kDescendants);
  EXPECT_EQ(graph.depths.size(), 3U);
  EXPECT_EQ(graph.edges.size(), 3U);
  EXPECT_EQ(asked_, 3);
}

TEST_F(LineageWalk, GoesNoDeeperThanTold) {
  edges_ = {"ab", "bc", "cd"};
  EXPECT_THAT(Walk("a", LineageWay::kDescendants, 2).depths,
              UnorderedElementsAre(Pair("a", 0), Pair("b", 1), Pair("c", 2)));
  EXPECT_EQ(asked_, 2);
}

TEST_F(LineageWalk, RefusesMoreThanItMayHold) {
  edges_ = {"ab", "ac", "ad"};
  EXPECT_EQ(Walk("a", LineageWay::kDescendants, 10, 3).edges.size(), 3U);
  EXPECT_THROW(Walk("a", LineageWay::kDescendants, 10, 2), Error);
}

TEST_F(LineageWalk, OnTheWayIsWhatLeadsToAGoal) {
  edges_ = {"ab", "bd", "ac", "cd", "ae", "de"};
  const LineageGraph graph = Walk("a", LineageWay::kDescendants);
  EXPECT_THAT(OnTheWay(graph, {"d"}), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(OnTheWay(graph, {"b"}), ElementsAre("a", "b"));
  EXPECT_THAT(OnTheWay(graph, {}), IsEmpty());
}

}  // namespace
}  // namespace sagebrush::sagemaker
