#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sagebrush::algorithms {

// Feature values of some rows: dense (row after row, NaN where a value is missing) or sparse (compressed rows; a value
// that is not there is missing). Sparse exactly when `offsets` is not empty.
struct Features {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;           // Dense: rows * columns. Sparse: the values that are there.
  std::vector<std::uint64_t> offsets;  // Sparse: rows + 1 positions in `values` and `indices`.
  std::vector<std::uint32_t> indices;  // Sparse: the column of each value; ascending in a row.

  bool sparse() const { return !offsets.empty(); }
};

// Ends the sparse row whose entries stand behind the last offset: sorts them by column and adds the row's end. False: a
// column is there twice; nothing is added.
bool EndSparseRow(Features& features);

// Writes a row's features. What a sparse row has not is zero; it has no columns beyond `out`, and a dense row as many.
void CopyDenseRow(const Features& rows, std::size_t row, std::span<float> out);

// What a channel holds.
struct Dataset {
  Features features;
  std::vector<float> labels;             // One a row; empty when the data has none.
  std::vector<float> weights;            // One a row, or empty.
  std::vector<std::uint32_t> query_ids;  // One a row, or empty: rows of one query stand together, ids ascend (ranking).
  std::vector<std::string> names;        // Of all columns, the label's first; empty where the format has none.
};

}  // namespace sagebrush::algorithms
