#include "algorithms/xgboost/booster_objective.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "algorithms/xgboost/booster_model.h"

namespace sagebrush::algorithms::xgboost {
namespace {

enum class Link { kIdentity, kLogit, kLog };

struct ObjectiveRow {
  std::string_view name;
  Transform transform;
  Link link;
};

constexpr std::array kObjectives{
    ObjectiveRow{"reg:squarederror", Transform::kIdentity, Link::kIdentity},
    ObjectiveRow{"reg:linear", Transform::kIdentity, Link::kIdentity},
    ObjectiveRow{"reg:squaredlogerror", Transform::kIdentity, Link::kIdentity},
    ObjectiveRow{"reg:pseudohubererror", Transform::kIdentity, Link::kIdentity},
    ObjectiveRow{"reg:absoluteerror", Transform::kIdentity, Link::kIdentity},
    ObjectiveRow{"reg:quantileerror", Transform::kIdentity, Link::kIdentity},
    ObjectiveRow{"reg:expectileerror", Transform::kIdentity, Link::kIdentity},
    ObjectiveRow{"reg:logistic", Transform::kSigmoid, Link::kLogit},
    ObjectiveRow{"binary:logistic", Transform::kSigmoid, Link::kLogit},
    ObjectiveRow{"binary:logitraw", Transform::kIdentity, Link::kLogit},
    ObjectiveRow{"binary:hinge", Transform::kHinge, Link::kIdentity},
    ObjectiveRow{"multi:softmax", Transform::kArgmax, Link::kIdentity},
    ObjectiveRow{"multi:softprob", Transform::kSoftmax, Link::kIdentity},
    ObjectiveRow{"count:poisson", Transform::kExp, Link::kLog},
    ObjectiveRow{"reg:gamma", Transform::kExp, Link::kLog},
    ObjectiveRow{"reg:tweedie", Transform::kExp, Link::kLog},
    ObjectiveRow{"survival:cox", Transform::kExp, Link::kLog},
    ObjectiveRow{"survival:aft", Transform::kExp, Link::kLog},
    ObjectiveRow{"rank:pairwise", Transform::kIdentity, Link::kIdentity},
    ObjectiveRow{"rank:ndcg", Transform::kIdentity, Link::kIdentity},
    ObjectiveRow{"rank:map", Transform::kIdentity, Link::kIdentity},
};

const ObjectiveRow& FindObjective(std::string_view name) {
  // The "gpu:" forms of versions 0.7x predict alike.
  if (name.starts_with("gpu:")) name.remove_prefix(4);
  for (const ObjectiveRow& row : kObjectives) {
    if (row.name == name || (row.name.substr(row.name.find(':') + 1) == name)) return row;
  }
  throw Error(kUnreadableModel, fmt::format("The model's objective \"{}\" is not known. Train it with one of XGBoost's "
                                            "own objectives, or serve it with your own inference code.",
                                            name));
}

bool IsBefore(int major, int minor, int than_major, int than_minor) {
  return major < than_major || (major == than_major && minor < than_minor);
}

void Softmax(float* margins, std::size_t groups) {
  const float greatest = *std::max_element(margins, margins + groups);
  double sum = 0;
  for (std::size_t g = 0; g < groups; ++g) {
    margins[g] = std::exp(margins[g] - greatest);
    sum += margins[g];
  }
  for (std::size_t g = 0; g < groups; ++g) margins[g] /= static_cast<float>(sum);
}

}  // namespace

Transform TransformOf(std::string_view objective, int version_major, int version_minor) {
  const Transform transform = FindObjective(objective).transform;
  return transform == Transform::kSigmoid && IsBefore(version_major, version_minor, 1, 3) ? Transform::kSigmoidPlain
                                                                                          : transform;
}

float MarginOfBaseScore(std::string_view objective, int version_major, int version_minor, float score) {
  if (objective == "binary:logitraw" && !IsBefore(version_major, version_minor, 1, 3)) return score;
  switch (FindObjective(objective).link) {
    case Link::kLogit:
      return -std::log(1.0f / score - 1.0f);
    case Link::kLog:
      return std::log(score);
    default:
      return score;
  }
}

void ApplyTransform(Transform transform, float* margins, std::size_t rows, std::size_t groups) {
  const std::size_t count = rows * groups;
  switch (transform) {
    case Transform::kIdentity:
      break;
    case Transform::kSigmoid:
      for (std::size_t i = 0; i < count; ++i) {
        const float x = std::min(-margins[i], 88.7f);
        margins[i] = 1.0f / (std::exp(x) + 1.0f + 1e-16f);
      }
      break;
    case Transform::kSigmoidPlain:
      for (std::size_t i = 0; i < count; ++i) margins[i] = 1.0f / (1.0f + std::exp(-margins[i]));
      break;
    case Transform::kExp:
      for (std::size_t i = 0; i < count; ++i) margins[i] = std::exp(margins[i]);
      break;
    case Transform::kHinge:
      for (std::size_t i = 0; i < count; ++i) margins[i] = margins[i] > 0.0f ? 1.0f : 0.0f;
      break;
    case Transform::kSoftmax:
      for (std::size_t r = 0; r < rows; ++r) Softmax(margins + r * groups, groups);
      break;
    case Transform::kArgmax:
      for (std::size_t r = 0; r < rows; ++r) {
        const float* row = margins + r * groups;
        margins[r] = static_cast<float>(std::max_element(row, row + groups) - row);
      }
      break;
  }
}

}  // namespace sagebrush::algorithms::xgboost
