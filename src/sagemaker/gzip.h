#pragma once

#include <cstdint>
#include <stop_token>

#include "base/file.h"

namespace sagebrush::sagemaker {

// Writes what the gzip-compressed file `packed` holds to `file`, which must not exist. Throws Error(kValidation) when
// it is no gzip, or holds more than `bytes_max`; Error(kServiceUnavailable) once a stop is asked for.
void Gunzip(const Path& packed, const Path& file, std::int64_t bytes_max, const std::stop_token& stop);

}  // namespace sagebrush::sagemaker
