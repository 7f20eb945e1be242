#pragma once

#include <cstdint>
#include <optional>

namespace sagebrush::runtime {

// Makes this process one without rights that ends with its parent: of `user`, where there is one, without capabilities
// and without a way to new ones. Throws Error.
void BecomeUser(std::optional<std::uint32_t> user);

}  // namespace sagebrush::runtime
