#pragma once

#include <span>

#include "algorithms/data/dataset.h"
#include "base/file.h"

namespace sagebrush::algorithms {

// Reads Parquet files: the first column is the label (with `label`), the second the weight (with `weights`), the rest
// are features; numbers and booleans, nulls are missing values. The libraries for it are loaded at the first call.
// Throws Error(kClientError) that names the file and column: text columns, files with other columns than the first.
Dataset ReadParquet(std::span<const Path> files, bool label);

}  // namespace sagebrush::algorithms
