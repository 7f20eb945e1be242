#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace sagebrush::algorithms {

// SplitMix64: the same sequence on every platform, which the standard library's shuffles and distributions do not
// promise.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  std::uint64_t Below(std::uint64_t limit) { return Next() % limit; }
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }  // In [0, 1).

  // An index, each as likely as its share of the sum; any where all shares are zero.
  std::size_t ByShare(std::span<const double> shares) {
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    if (!(sum > 0)) return Below(shares.size());
    double left = Uniform() * sum;
    std::size_t last = 0;  // Of those that have a share: rounding may leave a little at the end.
    for (std::size_t i = 0; i < shares.size() && left >= 0; ++i) {
      if (shares[i] <= 0) continue;
      last = i;
      left -= shares[i];
    }
    return last;
  }

  template <typename Item>
  void Shuffle(std::vector<Item>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace sagebrush::algorithms
