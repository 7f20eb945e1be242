#pragma once

#include <cstdint>
#include <string_view>

#include "store/store.h"

namespace sagebrush::store {

// The checksum of a resource's row: of all its columns, the documents and attributes as the texts that are stored.
std::int64_t RowSum(const Resource& resource, std::string_view spec, std::string_view status,
                    std::string_view attributes);

}  // namespace sagebrush::store
