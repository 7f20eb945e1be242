#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {

// Calls each(std::span<const float>) for the rows of a request as dense ones of `columns` features, in order. Throws
// Error(kClientError) where they have another number of features, or not all values.
template <typename Each>
void ForEachDenseRow(const Features& rows, std::size_t columns, Each each) {
  thread_local std::vector<float> row;
  if (rows.sparse() ? rows.columns > columns : rows.columns != columns) {
    throw Error(kClientError,
                fmt::format("The rows have {} features, but the model was trained on {}. Send the features "
                            "only, without label or index.",
                            rows.columns, columns));
  }
  row.resize(columns);
  for (std::size_t i = 0; i < rows.rows; ++i) {
    CopyDenseRow(rows, i, row);
    if (std::any_of(row.begin(), row.end(), [](float value) { return std::isnan(value); })) {
      throw Error(kClientError,
                  fmt::format("Row {} has no value for one of its features: send all {}.", i + 1, columns));
    }
    each(std::span<const float>(row));
  }
}

}  // namespace sagebrush::algorithms
