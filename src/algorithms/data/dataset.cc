#include "algorithms/data/dataset.h"

#include <algorithm>

namespace sagebrush::algorithms {
namespace {

void SortEntries(Features& features, std::size_t begin) {
  std::vector<std::pair<std::uint32_t, float>> entries;
  for (std::size_t i = begin; i < features.indices.size(); ++i) {
    entries.emplace_back(features.indices[i], features.values[i]);
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < entries.size(); ++i) {
    features.indices[begin + i] = entries[i].first;
    features.values[begin + i] = entries[i].second;
  }
}

}  // namespace

bool EndSparseRow(Features& features) {
  const std::size_t begin = features.offsets.back();
  const auto first = features.indices.begin() + static_cast<std::ptrdiff_t>(begin);
  if (!std::is_sorted(first, features.indices.end())) SortEntries(features, begin);
  if (std::adjacent_find(first, features.indices.end()) != features.indices.end()) return false;
  features.offsets.push_back(features.values.size());
  ++features.rows;
  return true;
}

void CopyDenseRow(const Features& rows, std::size_t row, std::span<float> out) {
  if (!rows.sparse()) {
    std::copy_n(rows.values.data() + row * rows.columns, out.size(), out.data());
    return;
  }
  std::fill(out.begin(), out.end(), 0.0f);
  for (std::uint64_t i = rows.offsets[row]; i < rows.offsets[row + 1]; ++i) out[rows.indices[i]] = rows.values[i];
}

}  // namespace sagebrush::algorithms
