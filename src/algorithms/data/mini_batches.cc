#include "algorithms/data/mini_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sagebrush::algorithms {

MiniBatches::MiniBatches(const Channel& channel, std::size_t columns, std::size_t batch_rows, int threads)
    : channel_(channel), columns_(columns), batch_rows_(batch_rows), reader_(channel, {.threads = threads}) {}

void MiniBatches::Rewind() {
  reader_.Rewind();
  read_ = {};
  at_ = done_ = 0;
}

void MiniBatches::CheckColumns() const {
  const Features& rows = read_.features;
  if (rows.sparse() ? rows.columns <= columns_ : rows.columns == columns_) return;
  const bool label = channel_.format == DataFormat::kCsv && channel_.labels != Labels::kNone;
  throw Error(kClientError, fmt::format("The rows of the {} channel have {} features and feature_dim is {}.{}",
                                        channel_.name, rows.columns, columns_,
                                        label ? " The first column of CSV is the label, unless the ContentType is "
                                                "text/csv;label_size=0."
                                              : ""));
}

void MiniBatches::Append(std::size_t rows) {
  for (const std::size_t end = at_ + rows; at_ < end; ++at_) {
    batch_.resize(batch_.size() + columns_);
    CopyDenseRow(read_.features, at_, {batch_.end() - static_cast<std::ptrdiff_t>(columns_), batch_.end()});
  }
}

std::span<const float> MiniBatches::Checked(std::span<const float> rows) {
  const auto missing = std::find_if(rows.begin(), rows.end(), [](float value) { return std::isnan(value); });
  if (missing != rows.end()) {
    const auto place = static_cast<std::size_t>(missing - rows.begin());
    throw Error(kClientError, fmt::format("Row {} of the {} channel has no value for its feature {}: every row needs "
                                          "all features.",
                                          done_ + place / columns_ + 1, channel_.name, place % columns_ + 1));
  }
  done_ += rows.size() / columns_;
  return rows;
}

std::span<const float> MiniBatches::Next() {
  batch_.clear();
  for (;;) {
    const std::size_t left = read_.features.rows - at_;
    const std::size_t wanted = batch_rows_ - batch_.size() / columns_;
    if (batch_.empty() && left >= batch_rows_ && !read_.features.sparse()) {  // A whole batch as it was read.
      at_ += batch_rows_;
      return Checked({read_.features.values.data() + (at_ - batch_rows_) * columns_, batch_rows_ * columns_});
    }
    Append(std::min(left, wanted));
    if (left >= wanted) return Checked(batch_);
    at_ = 0;
    if (!reader_.Next(read_)) {
      if (done_ == 0 && batch_.empty()) {
        throw Error(kClientError,
                    fmt::format("No data in {} channel path {}", channel_.name, channel_.directory.string()));
      }
      return Checked(batch_);
    }
    CheckColumns();
  }
}

}  // namespace sagebrush::algorithms
