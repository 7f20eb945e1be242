#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sagebrush::sagemaker {

// An association, as a walk along lineage sees it. The ends are ARNs.
struct LineageEdge {
  std::string source, destination, type;
  auto operator<=>(const LineageEdge&) const = default;
};

using Arns = std::set<std::string, std::less<>>;

enum class LineageWay { kDescendants, kAscendants };  // From source to destination, or back.

// What a walk one way found.
struct LineageGraph {
  LineageWay way;
  std::map<std::string, int, std::less<>>
      depths;  // Of each ARN, by the fewest associations from the start, which has 0.
  std::set<LineageEdge> edges;

  const std::string& From(const LineageEdge& edge) const;
  const std::string& To(const LineageEdge& edge) const;
};

// The associations that lead that way from any of those ARNs.
using LookAlong = std::function<std::vector<LineageEdge>(LineageWay way, const Arns& from)>;

// Breadth first from `start`, as far as `depth_max` associations, each ARN once: circles end. Asks once for each depth.
// Throws Error(kValidation) when there are more than `edges_max` associations.
LineageGraph WalkLineage(const std::string& start, LineageWay way, int depth_max, std::size_t edges_max,
                         const LookAlong& look);

// Of a graph, what lies on any way from its start to one of `goals`, both ends included. Empty: there are no goals.
Arns OnTheWay(const LineageGraph& graph, const Arns& goals);

}  // namespace sagebrush::sagemaker
