#include "algorithms/nearest_point.h"

#include <algorithm>

#include "algorithms/threads.h"

namespace sagebrush::algorithms {
namespace {

// For points side by side: the compiler computes several at once. Each one's sum is in the order of the columns, so
// that it is the same on every processor.
void AddSquares(float value, const float* __restrict points, float* __restrict distances, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const float difference = value - points[i];
    distances[i] += difference * difference;
  }
}

}  // namespace

NearestPoint::NearestPoint(std::span<const float> points, std::size_t columns)
    : columns_(columns), count_(points.size() / columns) {
  Place(points);
}

NearestPoint::NearestPoint(std::span<const double> points, std::size_t columns)
    : columns_(columns), count_(points.size() / columns) {
  Place(points);
}

template <typename Number>
void NearestPoint::Place(std::span<const Number> points) {
  by_column_.resize(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    by_column_[i % columns_ * count_ + i / columns_] = static_cast<float>(points[i]);
  }
}

std::span<const float> NearestPoint::Distances(std::span<const float> row) const {
  thread_local std::vector<float> distances;
  distances.assign(count_, 0);
  for (std::size_t column = 0; column < columns_; ++column) {
    AddSquares(row[column], by_column_.data() + column * count_, distances.data(), count_);
  }
  return distances;
}

Nearest NearestPoint::Find(std::span<const float> row) const {
  const std::span<const float> distances = Distances(row);
  const auto least = std::min_element(distances.begin(), distances.end());
  return {static_cast<std::size_t>(least - distances.begin()), *least};
}

std::vector<Nearest> NearestPoint::FindAll(std::span<const float> rows, int threads) const {
  constexpr std::size_t kBlock = 128;
  std::vector<Nearest> found(rows.size() / columns_);
  ParallelFor((found.size() + kBlock - 1) / kBlock, threads, [&](std::size_t block) {
    const std::size_t end = std::min(found.size(), (block + 1) * kBlock);
    for (std::size_t row = block * kBlock; row < end; ++row) {
      found[row] = Find(rows.subspan(row * columns_, columns_));
    }
  });
  return found;
}

}  // namespace sagebrush::algorithms
