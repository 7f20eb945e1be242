#pragma once

#include <string>
#include <string_view>

namespace sagebrush::wire {

// What `bytes`, compressed by gzip, stand for. Throws Error(kSerialization) when they are not that, or stand for more
// than `bytes_max`.
std::string Gunzip(std::string_view bytes, std::size_t bytes_max);

}  // namespace sagebrush::wire
