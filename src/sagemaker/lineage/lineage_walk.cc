#include "sagemaker/lineage/lineage_walk.h"

#include "base/error.h"

namespace sagebrush::sagemaker {

const std::string& LineageGraph::From(const LineageEdge& edge) const {
  return way == LineageWay::kDescendants ? edge.source : edge.destination;
}

const std::string& LineageGraph::To(const LineageEdge& edge) const {
  return way == LineageWay::kDescendants ? edge.destination : edge.source;
}

LineageGraph WalkLineage(const std::string& start, LineageWay way, int depth_max, std::size_t edges_max,
                         const LookAlong& look) {
  LineageGraph graph{way, {{start, 0}}, {}};
  Arns frontier{start};
  for (int depth = 1; depth <= depth_max && !frontier.empty(); ++depth) {
    Arns found;
    for (const LineageEdge& edge : look(way, frontier)) {
      graph.edges.insert(edge);
      if (graph.depths.emplace(graph.To(edge), depth).second) found.insert(graph.To(edge));
    }
    if (graph.edges.size() > edges_max) {
      throw Error(kValidation,
                  fmt::format("More than {} associations lie within MaxDepth; give a smaller one, or start "
                              "from another entity.",
                              edges_max));
    }
    frontier = std::move(found);
  }
  return graph;
}

Arns OnTheWay(const LineageGraph& graph, const Arns& goals) {
  std::multimap<std::string_view, std::string_view> back;
  for (const LineageEdge& edge : graph.edges) back.emplace(graph.To(edge), graph.From(edge));
  Arns kept(goals);
  std::vector<std::string_view> left(kept.begin(), kept.end());
  while (!left.empty()) {
    const std::string_view arn = left.back();
    left.pop_back();
    const auto [first, last] = back.equal_range(arn);
    for (auto edge = first; edge != last; ++edge) {
      if (kept.emplace(edge->second).second) left.push_back(edge->second);
    }
  }
  return kept;
}

}  // namespace sagebrush::sagemaker
