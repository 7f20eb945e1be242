#pragma once

#include <span>

#include "algorithms/data/dataset.h"
#include "base/file.h"

namespace sagebrush::algorithms {

// Reads Parquet files: the first column of the first file is the label (with `label`), the rest are features; numbers,
// booleans and categories of numbers, nulls are missing values. Columns that pandas wrote as its index are left out.
// `names` are the columns to read, the label's first, where another channel has set them; empty: those of the first
// file. Every file must have them, in any order, and no others. The libraries for it are loaded at the first call.
// Throws Error(kClientError) that names the file and column, also where a file declares more values than its size lets
// it hold, or than the memory does.
Dataset ReadParquet(std::span<const Path> files, bool label, std::span<const std::string> names = {});

}  // namespace sagebrush::algorithms
