#pragma once

#include <string>
#include <string_view>

namespace sagebrush::select {

// The pattern of TO_STRING ("MMMM d, y h:m a") in the form of DuckDB's strftime. Throws
// EvaluatorInvalidTimestampFormatPattern.
std::string ToStrftime(std::string_view pattern);

}  // namespace sagebrush::select
