#pragma once

#include <string_view>

#include "select/query.h"

namespace sagebrush::select {

inline constexpr std::size_t kExpressionBytesMax = 256 << 10;

// Reads an expression of S3's dialect of SQL
// (docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference.html). What is not in that grammar is refused:
// throws Error with a kind of select_errors.h and the place.
Query ParseQuery(std::string_view expression);

}  // namespace sagebrush::select
