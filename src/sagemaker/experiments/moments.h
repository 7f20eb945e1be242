#pragma once

#include <cstdint>

#include "base/clock.h"

namespace sagebrush::sagemaker {

// What is told of a metric's values, however many they are: nothing else of them is kept.
struct Moments {
  std::int64_t count = 0;
  double min = 0, max = 0, mean = 0;
  double deviation = 0;  // Standard, of all values: that of one is 0.
  double last = 0;       // The value of the latest time; of several, that which came last.
  Time time{};           // Of `last`.

  // `value` is finite, and then all of them are.
  void Add(Time when, double value);
};

}  // namespace sagebrush::sagemaker
