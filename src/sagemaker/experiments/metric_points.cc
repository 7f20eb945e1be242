#include <algorithm>

#include "sagemaker/experiments/metrics.h"

namespace sagebrush::sagemaker {
namespace {

// A component's points lie in documents of so many each, in the order in which they came: a batch writes one or two of
// them anew. All writers write the component too, so none of them is lost.
constexpr std::int64_t kPointsOfPiece = 250;
constexpr char kPieceKind[] = "trial-component-points";
constexpr char kPointCount[] = "PointCount";

store::Key KeyOfPiece(const store::Resource& component, std::int64_t piece) {
  return {kPieceKind, component.key.account, component.key.region, fmt::format("{}/{:06}", component.key.name, piece)};
}

// {"Names": [...], "Points": [[place of the name, milliseconds, step or null, value], ...]}
void Append(Json& spec, const MetricPoint& point) {
  JsonArray& names = spec.at("Names").as_array();
  const auto known = std::ranges::find(names, Json(point.name));
  const std::int64_t name = known - names.begin();
  if (known == names.end()) names.emplace_back(point.name);
  const Json step = point.step ? Json(*point.step) : Json(nullptr);
  spec.at("Points").as_array().push_back(JsonArray{name, point.time.milliseconds, step, point.value});
}

MetricPoint PointIn(const JsonArray& names, const JsonArray& point) {
  MetricPoint read{std::string(names.at(point.at(0).to_number<std::size_t>()).as_string()),
                   Time{point.at(1).to_number<std::int64_t>()}, std::nullopt, point.at(3).to_number<double>()};
  if (!point.at(2).is_null()) read.step = point.at(2).to_number<std::int64_t>();
  return read;
}

}  // namespace

std::int64_t PointCountOf(const store::Resource& component) { return GetInt(component.status, kPointCount); }

void KeepPoints(const Context& context, store::Resource& component, std::span<const MetricPoint> points,
                Alongside& also) {
  std::int64_t count = PointCountOf(component);
  while (!points.empty()) {
    const auto stored = context.store.Get(KeyOfPiece(component, count / kPointsOfPiece));
    store::Resource piece;
    if (stored != nullptr) piece = *stored;
    if (stored == nullptr) {
      piece.key = KeyOfPiece(component, count / kPointsOfPiece);
      piece.spec = {{"Names", JsonArray()}, {"Points", JsonArray()}};
      piece.status = JsonObject();
      piece.created = context.clock.Now();
    }
    piece.modified = context.clock.Now();
    const auto room = static_cast<std::size_t>(kPointsOfPiece - count % kPointsOfPiece);
    const auto now = points.first(std::min(room, points.size()));
    for (const MetricPoint& point : now) Append(piece.spec, point);
    count += static_cast<std::int64_t>(now.size());
    points = points.subspan(now.size());
    stored == nullptr ? also.Insert(std::move(piece)) : also.Update(std::move(piece));
  }
  component.status.as_object()[kPointCount] = count;
}

std::vector<MetricPoint> PointsOf(const Context& context, const store::Resource& component) {
  std::vector<MetricPoint> points;
  for (std::int64_t piece = 0; piece * kPointsOfPiece < PointCountOf(component); ++piece) {
    const auto stored = context.store.Get(KeyOfPiece(component, piece));
    if (stored == nullptr) break;  // The component is being deleted.
    const JsonArray& names = stored->spec.at("Names").as_array();
    for (const Json& point : stored->spec.at("Points").as_array()) points.push_back(PointIn(names, point.as_array()));
  }
  return points;
}

void DeletePoints(const Context& context, const store::Resource& component, Alongside& also) {
  for (std::int64_t piece = 0; piece * kPointsOfPiece < PointCountOf(component); ++piece) {
    if (const auto stored = context.store.Get(KeyOfPiece(component, piece))) also.Delete(*stored);
  }
}

}  // namespace sagebrush::sagemaker
