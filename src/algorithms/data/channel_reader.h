#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {

enum class DataFormat { kCsv, kLibsvm, kParquet, kRecordIo };

// The format that a channel's content type names: "csv", "text/csv", "libsvm", "text/libsvm", "text/x-libsvm",
// "parquet", "application/x-parquet", "recordio-protobuf", "application/x-recordio-protobuf", with parameters or
// without; LIBSVM when it is empty. Throws Error(kClientError) for others, and for a CSV label_size that is not 1.
DataFormat FormatOf(std::string_view content_type);

// The data files under `directory`, at any depth, in the order of their paths. Names that start with '.' or '_' are not
// data.
std::vector<Path> ListDataFiles(const Path& directory);

// Reads all of a channel's files. No rows when it has none. `names`: what another channel's columns are called, where
// the format has names (Dataset::names). Throws Error(kClientError) as the readers do.
Dataset ReadChannel(const Channel& channel, bool csv_weights, int threads, std::span<const std::string> names = {});

}  // namespace sagebrush::algorithms
