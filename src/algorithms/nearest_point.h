#pragma once

#include <span>
#include <vector>

namespace sagebrush::algorithms {

// The nearest point, and the squared Euclidean distance to it.
struct Nearest {
  std::size_t point = 0;
  float distance = 0;
};

// Finds the nearest of some points, laid out so that the distances to all of them are computed side by side. Immutable.
class NearestPoint {
 public:
  // `points`: one after the other, each of `columns` numbers.
  NearestPoint(std::span<const float> points, std::size_t columns);
  NearestPoint(std::span<const double> points, std::size_t columns);

  // The squared distance to each point. Valid until this thread asks again.
  std::span<const float> Distances(std::span<const float> row) const;
  // The first one of the nearest.
  Nearest Find(std::span<const float> row) const;
  // For many rows, one after the other. The result does not depend on the number of threads.
  std::vector<Nearest> FindAll(std::span<const float> rows, int threads) const;

 private:
  template <typename Number>
  void Place(std::span<const Number> points);

  std::size_t columns_;
  std::size_t count_;
  std::vector<float> by_column_;
};

}  // namespace sagebrush::algorithms
