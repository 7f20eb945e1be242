#include "sagemaker/experiments/moments.h"

#include <algorithm>
#include <cmath>

namespace sagebrush::sagemaker {

// Welford's method: no sum of squares that would lose what distinguishes large values. In long double, whose range
// holds the square of any double.
void Moments::Add(Time when, double value) {
  min = count == 0 ? value : std::min(min, value);
  max = count == 0 ? value : std::max(max, value);
  if (count == 0 || when >= time) {
    last = value;
    time = when;
  }
  const auto before = static_cast<long double>(count);
  ++count;
  const auto all = static_cast<long double>(count);
  const long double old_mean = mean;
  const long double off = static_cast<long double>(value) - old_mean;
  const long double new_mean = old_mean + off / all;
  const long double squares = static_cast<long double>(deviation) * deviation * before;
  mean = static_cast<double>(new_mean);
  deviation = static_cast<double>(std::sqrt((squares + off * (value - new_mean)) / all));
}

}  // namespace sagebrush::sagemaker
