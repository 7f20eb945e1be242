#include "algorithms/nearest_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace sagebrush::algorithms {
namespace {

std::vector<float> Draw(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(random() % 2001) / 1000 - 1;
  return numbers;
}

TEST(NearestPoint, IsTheOneOfTheLeastDistance) {
  for (const std::size_t columns : {1, 3, 17}) {
    const std::vector<float> points = Draw(29 * columns, 1), rows = Draw(300 * columns, 2);
    const NearestPoint search(std::span<const float>(points), columns);
    const std::vector<Nearest> found = search.FindAll(rows, 3);
    ASSERT_EQ(found.size(), 300u);
    for (std::size_t row = 0; row < found.size(); ++row) {
      std::vector<double> distances(29);
      for (std::size_t i = 0; i < points.size(); ++i) {
        const double difference = static_cast<double>(points[i] - rows[row * columns + i % columns]);
        distances[i / columns] += difference * difference;
      }
      const double least = *std::min_element(distances.begin(), distances.end());
      EXPECT_NEAR(distances[found[row].point], least, 1e-6);
      EXPECT_NEAR(static_cast<double>(found[row].distance), least, 1e-5);
    }
  }
}

TEST(NearestPoint, IsTheFirstOfSeveral) {
  const std::vector<float> points{1, 0, 0, 1, 1, 0};
  const std::vector<float> row{0.5f, 0.5f};
  EXPECT_EQ(NearestPoint(std::span<const float>(points), 2).Find(row).point, 0u);
}

}  // namespace
}  // namespace sagebrush::algorithms
