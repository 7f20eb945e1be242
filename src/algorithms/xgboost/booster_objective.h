#pragma once

#include <cstddef>
#include <string_view>

namespace sagebrush::algorithms::xgboost {

// What an objective makes of margins when it predicts.
enum class Transform {
  kIdentity,
  kSigmoid,  // Logistic, in the form that avoids overflow (since 1.3).
  kSigmoidPlain,
  kExp,
  kHinge,    // 1 above zero, else 0.
  kSoftmax,  // The probabilities of all classes.
  kArgmax,   // The index of the greatest margin.
};

// Throws Error(kUnreadableModel) for an objective that is not known.
Transform TransformOf(std::string_view objective, int version_major, int version_minor);

// A base score as JSON files and binary files since 1.0 hold it, on the margin's scale.
float MarginOfBaseScore(std::string_view objective, int version_major, int version_minor, float score);

// Transforms `rows` times `groups` margins in place. For kArgmax the first `rows` values are the result.
// The float functions and their order are XGBoost's, so that results are equal to the last bit.
void ApplyTransform(Transform transform, float* margins, std::size_t rows, std::size_t groups);

}  // namespace sagebrush::algorithms::xgboost
