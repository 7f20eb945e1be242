#include "algorithms/xgboost/booster_predictor.h"

#include <cmath>
#include <limits>
#include <thread>

#include "algorithms/xgboost/booster_walk.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
// Starting a thread costs about what this many visits of trees cost.
constexpr std::size_t kVisitsPerThread = 200'000;

bool HasVectorLeaves(const BoosterModel& booster) {
  return std::any_of(booster.trees.begin(), booster.trees.end(),
                     [](const BoosterTree& tree) { return !tree.leaf_vectors.empty(); });
}

std::size_t UsedTrees(const BoosterModel& booster) {
  // A tree whose leaves are vectors serves all outputs.
  const std::size_t best = booster.best_trees / (HasVectorLeaves(booster) ? booster.groups : 1);
  return best > 0 && best < booster.trees.size() ? best : booster.trees.size();
}

}  // namespace

class BoosterPredictor::DenseRows {
 public:
  DenseRows(const float* values, std::size_t columns) : values_(values), columns_(columns) {}

  void Fill(const Forest& forest, std::size_t row, Forest::Slot* slots) const {
    const float* values = values_ + row * columns_;
    const auto features = forest.features();
    const bool all = features.size() <= columns_ && features.back() == features.size() - 1;
    if (all) return forest.SetSlots(slots, values);  // The usual model splits on every feature.
    for (std::size_t s = 0; s < features.size(); ++s) {
      forest.SetSlot(slots, s, features[s] < columns_ ? values[features[s]] : kNan);
    }
  }

  // Calls each(column, value) for every value that is there.
  template <typename Each>
  void ForEach(std::size_t row, Each each) const {
    for (std::size_t c = 0; c < columns_; ++c) {
      if (const float value = values_[row * columns_ + c]; !std::isnan(value)) each(c, value);
    }
  }

 private:
  const float* values_;
  std::size_t columns_;
};

class BoosterPredictor::SparseRows {
 public:
  explicit SparseRows(const Features& features) : features_(features) {}

  void Fill(const Forest& forest, std::size_t row, Forest::Slot* slots) const {
    forest.ClearSlots(slots);
    const auto used = forest.features();
    ForEach(row, [&](std::size_t column, float value) {
      const auto at = std::lower_bound(used.begin(), used.end(), column);
      if (at != used.end() && *at == column) forest.SetSlot(slots, static_cast<std::size_t>(at - used.begin()), value);
    });
  }

  template <typename Each>
  void ForEach(std::size_t row, Each each) const {
    for (std::uint64_t i = features_.offsets[row]; i < features_.offsets[row + 1]; ++i) {
      if (!std::isnan(features_.values[i])) each(features_.indices[i], features_.values[i]);
    }
  }

 private:
  const Features& features_;
};

BoosterPredictor::BoosterPredictor(BoosterModel booster, int threads)
    : booster_(std::move(booster)),
      trees_(UsedTrees(booster_)),
      transform_(TransformOf(booster_.objective, booster_.version_major, booster_.version_minor)),
      vector_leaves_(HasVectorLeaves(booster_)),
      used_features_(vector_leaves_ ? UsedFeatures(booster_, trees_) : std::vector<std::uint32_t>{}),
      forest_(booster_, vector_leaves_ ? 0 : trees_),
      threads_(threads) {}

void BoosterPredictor::CheckColumns(std::size_t columns) const {
  if (columns <= booster_.features) return;
  throw Error(kClientError, fmt::format("The rows have {} columns, but the model was trained on {}. Send the features "
                                        "only, without label or index.",
                                        columns, booster_.features));
}

std::vector<float> BoosterPredictor::Predict(const Features& rows) const {
  std::vector<float> out(rows.rows * outputs());
  if (rows.sparse()) {
    CheckColumns(rows.columns);
    PredictRows(SparseRows(rows), rows.rows, out.data());
  } else {
    PredictDense(rows.values.data(), rows.rows, rows.columns, out.data());
  }
  return out;
}

void BoosterPredictor::PredictDense(const float* values, std::size_t rows, std::size_t columns, float* out) const {
  CheckColumns(columns);
  PredictRows(DenseRows(values, columns), rows, out);
}

template <typename Rows>
void BoosterPredictor::PredictRows(const Rows& rows, std::size_t count, float* out) const {
  const std::size_t useful = count * std::max<std::size_t>(trees_, 1) / kVisitsPerThread;
  const std::size_t threads = std::clamp<std::size_t>(useful, 1, static_cast<std::size_t>(threads_));
  if (threads == 1) return PredictRange(rows, 0, count, out);
  const std::size_t share = (count + threads - 1) / threads;
  std::vector<std::jthread> workers;
  for (std::size_t begin = share; begin < count; begin += share) {
    workers.emplace_back([this, &rows, begin, end = std::min(begin + share, count), out] {
      PredictRange(rows, begin, end, out + begin * outputs());
    });
  }
  PredictRange(rows, 0, std::min(share, count), out);
}

template <typename Rows>
void BoosterPredictor::PredictRange(const Rows& rows, std::size_t begin, std::size_t end, float* out) const {
  const bool in_place = outputs() == groups();
  std::vector<float> apart(in_place ? 0 : (end - begin) * groups());
  float* margins = in_place ? out : apart.data();
  if (booster_.kind == BoosterKind::kLinear) {
    LinearMargins(rows, begin, end, margins);
  } else if (vector_leaves_) {
    VectorLeafMargins(rows, begin, end, margins);
  } else {
    TreeMargins(rows, begin, end, margins);
  }
  ApplyTransform(transform_, margins, end - begin, groups());
  if (!in_place) std::copy_n(margins, end - begin, out);
}

// The order of additions is the library's, which decides the last bit.
template <typename Rows>
void BoosterPredictor::TreeMargins(const Rows& rows, std::size_t begin, std::size_t end, float* margins) const {
  constexpr std::size_t kBlock = 16;  // The slots of so many rows and eight trees fit into the first cache.
  thread_local std::vector<Forest::Slot> slots;
  slots.resize(std::max(slots.size(), forest_.slots() * std::min(kBlock, end - begin)));
  const bool apart = booster_.AddsLeavesFirst();
  for (std::size_t row = begin; row < end; row += kBlock, margins += kBlock * groups()) {
    const std::size_t count = std::min(kBlock, end - row);
    for (std::size_t r = 0; r < count; ++r) {
      rows.Fill(forest_, row + r, slots.data() + r * forest_.slots());
      for (std::size_t g = 0; g < groups(); ++g) margins[r * groups() + g] = apart ? 0 : booster_.base_margins[g];
    }
    forest_.AddLeaves(slots.data(), count, groups(), margins);
    for (std::size_t i = 0; apart && i < count * groups(); ++i) {
      margins[i] = booster_.base_margins[i % groups()] + margins[i];
    }
  }
}

template <typename Rows>
void BoosterPredictor::LinearMargins(const Rows& rows, std::size_t begin, std::size_t end, float* margins) const {
  const std::size_t count = groups();
  const float* weights = booster_.linear_weights.data();
  for (std::size_t row = begin; row < end; ++row) {
    for (std::size_t g = 0; g < count; ++g) {
      // The library takes the first base score for all outputs of a linear model.
      float sum = weights[booster_.features * count + g] + booster_.base_margins[0];
      rows.ForEach(row, [&](std::size_t column, float value) {
        if (column < booster_.features) sum += value * weights[column * count + g];
      });
      *margins++ = sum;
    }
  }
}

template <typename Rows>
void BoosterPredictor::VectorLeafMargins(const Rows& rows, std::size_t begin, std::size_t end, float* margins) const {
  const auto place = [this](std::size_t feature) {
    return std::lower_bound(used_features_.begin(), used_features_.end(), feature) - used_features_.begin();
  };
  std::vector<float> values(used_features_.size());
  for (std::size_t row = begin; row < end; ++row, margins += groups()) {
    std::fill(values.begin(), values.end(), kNan);
    rows.ForEach(row, [&](std::size_t column, float value) {
      const auto at = static_cast<std::size_t>(place(column));
      if (at < used_features_.size() && used_features_[at] == column) values[at] = value;
    });
    std::copy(booster_.base_margins.begin(), booster_.base_margins.end(), margins);
    for (std::size_t t = 0; t < trees_; ++t) {
      const BoosterTree& tree = booster_.trees[t];
      const std::size_t leaf =
          FindLeaf(tree, [&](std::uint32_t feature) { return values[static_cast<std::size_t>(place(feature))]; });
      if (tree.leaf_vectors.empty()) {
        margins[tree.group] += tree.weight * tree.nodes[leaf].value;
        continue;
      }
      for (std::size_t g = 0; g < groups(); ++g) margins[g] += tree.weight * tree.leaf_vectors[leaf * groups() + g];
    }
  }
}

}  // namespace sagebrush::algorithms::xgboost
