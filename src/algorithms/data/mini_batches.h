#pragma once

#include <span>
#include <vector>

#include "algorithms/data/channel_reader.h"

namespace sagebrush::algorithms {

// The rows of a channel as dense ones, in batches of one size: what learning by mini-batches reads, in bounded memory.
// A value that a sparse row has not is zero.
class MiniBatches {
 public:
  // `columns`: the hyperparameter feature_dim, which every row must have.
  MiniBatches(const Channel& channel, std::size_t columns, std::size_t batch_rows, int threads);

  // The next rows, row after row: `batch_rows` of them, fewer in the last batch, none behind it. Valid until the next
  // call. Throws Error(kClientError) that names the channel, where it has no rows, and the row where a value is
  // missing.
  std::span<const float> Next();
  // Begins again with the first row.
  void Rewind();

 private:
  void CheckColumns() const;
  void Append(std::size_t rows);
  std::span<const float> Checked(std::span<const float> rows);

  const Channel channel_;
  const std::size_t columns_;
  const std::size_t batch_rows_;
  ChannelReader reader_;
  Dataset read_;          // What was read last, ...
  std::size_t at_ = 0;    // ... and the first row of it that is not in a batch yet.
  std::size_t done_ = 0;  // Rows in the batches before.
  std::vector<float> batch_;
};

}  // namespace sagebrush::algorithms
