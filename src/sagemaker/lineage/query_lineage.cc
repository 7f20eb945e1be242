#include <algorithm>

#include "base/encoding.h"
#include "sagemaker/lineage/lineage.h"
#include "sagemaker/lineage/lineage_walk.h"
#include "sagemaker/tags.h"
#include "wire/request_digest.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::int64_t kDepthMax = 10;  // As in the service model; they are the defaults too.
constexpr std::int64_t kResultsMax = 50;
constexpr int kEdgesMax = 5000;  // Of one way.

// A vertex's place among all: by depth, then ARN. A page goes on behind one.
using Place = std::pair<int, std::string>;

struct Lineage {
  std::map<std::string, int, std::less<>> depths;
  std::set<LineageEdge> edges;
};

bool HasText(const Json* texts, std::string_view text) {
  return std::ranges::any_of(texts->as_array(), [&](const Json& one) { return one.as_string() == text; });
}

// "If multiple pairs are provided, an entity is included in the results if it matches any of the provided pairs."
bool HasAnyProperty(const store::Resource& entity, const JsonObject& properties) {
  return std::ranges::any_of(properties, [&](const auto& pair) {
    const Json* all = Find(entity.spec, "Properties");
    const Json* value = all == nullptr ? nullptr : all->as_object().if_contains(pair.key());
    return value != nullptr && *value == pair.value();
  });
}

bool Matches(const store::Resource& entity, const Json& filters) {
  const auto is_before = [&](const char* member, Time time) {
    const Json* bound = Find(filters, member);
    return bound == nullptr || time < Time::FromEpochSeconds(GetDouble(filters, member));
  };
  const auto is_after = [&](const char* member, Time time) {
    return Find(filters, member) == nullptr || !is_before(member, time);
  };
  const auto is_one = [&](const char* member, const std::string& text) {
    const Json* texts = Find(filters, member);
    return texts == nullptr || texts->as_array().empty() || HasText(texts, text);
  };
  const Json* properties = Find(filters, "Properties");
  return is_one("Types", TypeOfAssociated(entity)) && is_one("LineageTypes", NounOfAssociated(entity).name) &&
         is_before("CreatedBefore", entity.created) && is_after("CreatedAfter", entity.created) &&
         is_before("ModifiedBefore", entity.modified) && is_after("ModifiedAfter", entity.modified) &&
         (properties == nullptr || properties->as_object().empty() || HasAnyProperty(entity, properties->as_object()));
}

std::vector<LineageEdge> Look(const Context& context, const wire::Call& call, LineageWay way, const Arns& from) {
  const std::string_view end = way == LineageWay::kDescendants ? "SourceArn" : "DestinationArn";
  store::ListQuery query{.kind = AssociationNoun().kind, .account = call.account(), .region = call.region};
  query.where = [&](const store::Outline& outline) { return from.contains(outline.ValueOf(end)); };
  query.limit = kEdgesMax + 1;
  std::vector<LineageEdge> edges;
  for (const auto& association : context.store.List(query).resources) {
    edges.push_back({GetString(association->spec, "SourceArn"), GetString(association->spec, "DestinationArn"),
                     GetString(association->spec, "AssociationType")});
  }
  return edges;
}

// Adds what of a walk is asked for: what passes the filters; with edges, also what lies on the way to it.
void Take(const Context& context, const Json& input, const LineageGraph& graph, Lineage& lineage) {
  const Json none = JsonObject();
  const Json* filters = Find(input, "Filters");
  Arns taken;
  for (const auto& [arn, depth] : graph.depths) {
    const auto entity = depth == 0 ? nullptr : AssociatedResource(context, arn);
    if (entity != nullptr && Matches(*entity, filters == nullptr ? none : *filters)) taken.insert(arn);
  }
  if (GetBool(input, "IncludeEdges")) {
    taken = OnTheWay(graph, taken);
    for (const LineageEdge& edge : graph.edges) {
      if (taken.contains(edge.source) && taken.contains(edge.destination)) lineage.edges.insert(edge);
    }
  }
  for (const std::string& arn : taken) {
    const auto [known, is_new] = lineage.depths.emplace(arn, graph.depths.at(arn));
    if (!is_new) known->second = std::min(known->second, graph.depths.at(arn));
  }
}

// A page token belongs to its query.
std::string DigestOf(const Json& input) {
  return wire::RequestDigest("QueryLineage", input, {"StartArns", "Direction", "IncludeEdges", "Filters", "MaxDepth"});
}

std::string TokenOf(const Json& input, const Place& last) {
  return ToBase64(ToText(JsonArray{DigestOf(input), last.first, last.second}));
}

// Behind which place the page begins. nullopt: it is the first.
std::optional<Place> PlaceIn(const Json& input) {
  const std::string token = GetString(input, "NextToken");
  if (token.empty()) return std::nullopt;
  std::string text;
  try {
    if (FromBase64(token, text)) {
      const JsonArray parts = ParseJson(text).as_array();
      if (parts.at(0).as_string() == DigestOf(input)) {
        return Place(parts.at(1).to_number<int>(), std::string(parts.at(2).as_string()));
      }
    }
  } catch (const std::exception&) {  // It is what no page returned.
  }
  throw Error(kValidation, "Invalid NextToken: it is not of a page of this query.");
}

JsonObject VertexOf(const Context& context, const std::string& arn) {
  JsonObject vertex{{"Arn", arn}};
  const auto entity = AssociatedResource(context, arn);
  if (entity == nullptr) return vertex;
  if (const std::string type = TypeOfAssociated(*entity); !type.empty()) vertex["Type"] = type;
  const std::string& kind = NounOfAssociated(*entity).name;
  if (kind != "Experiment") vertex["LineageType"] = kind;  // The model has no word for that.
  return vertex;
}

// Each vertex is on one page, and so is each edge: on that of its later end.
Json PageOf(const Context& context, const Json& input, const Lineage& lineage, std::size_t limit) {
  std::set<Place> places;
  for (const auto& [arn, depth] : lineage.depths) places.emplace(depth, arn);
  const auto from = PlaceIn(input);
  auto at = from ? places.upper_bound(*from) : places.begin();
  JsonArray vertices;
  std::set<Place> shown;
  for (; at != places.end() && shown.size() < limit; ++at) {
    shown.insert(*at);
    vertices.emplace_back(VertexOf(context, at->second));
  }
  JsonArray edges;
  for (const LineageEdge& edge : lineage.edges) {
    const auto place = [&](const std::string& arn) { return Place(lineage.depths.at(arn), arn); };
    if (!shown.contains(std::max(place(edge.source), place(edge.destination)))) continue;
    JsonObject told{{"SourceArn", edge.source}, {"DestinationArn", edge.destination}};
    if (!edge.type.empty()) told["AssociationType"] = edge.type;
    edges.emplace_back(std::move(told));
  }
  JsonObject output{{"Vertices", std::move(vertices)}, {"Edges", std::move(edges)}};
  if (at != places.end()) output["NextToken"] = TokenOf(input, *shown.rbegin());
  return output;
}

std::int64_t Within(const Json& input, const char* member, std::int64_t most) {
  const std::int64_t value = GetInt(input, member, most);
  if (value >= 1 && value <= most) return value;
  throw Error(kValidation, fmt::format("{} is {}; it must be from 1 to {}.", member, value, most));
}

Json QueryLineage(const Context& context, const wire::Call& call) {
  const Json& input = call.input;
  const Json* starts = Find(input, "StartArns");
  if (starts == nullptr || starts->as_array().size() != 1) {
    throw Error(kValidation, "StartArns must hold the ARN of the entity to start from.");
  }
  const std::string start(starts->as_array()[0].as_string());
  const Target target = TargetOf(AssociatedNouns(), call, start);
  Require(context, *target.noun, target.key);
  const auto depth = static_cast<int>(Within(input, "MaxDepth", kDepthMax));
  const auto limit = static_cast<std::size_t>(Within(input, "MaxResults", kResultsMax));
  const std::string direction = GetString(input, "Direction", "Both");
  Lineage lineage;
  for (const LineageWay way : {LineageWay::kDescendants, LineageWay::kAscendants}) {
    if (direction != "Both" && (direction == "Descendants") != (way == LineageWay::kDescendants)) continue;
    const auto look = [&](LineageWay along, const Arns& from) { return Look(context, call, along, from); };
    Take(context, input, WalkLineage(start, way, depth, kEdgesMax, look), lineage);
  }
  return PageOf(context, input, lineage, limit);
}

}  // namespace

void AddQueryLineage(wire::OperationTable& table, const Context& context) {
  table.Add(
      "sagemaker", "QueryLineage",
      {[&context](wire::Call& call) { return QueryLineage(context, call); },
       [](const wire::Call&) { return std::vector<wire::Access>{{"sagemaker:QueryLineage", "*", {}, nullptr}}; }});
}

}  // namespace sagebrush::sagemaker
