#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {

// All built-in algorithms.
std::span<const std::unique_ptr<Algorithm>> AllAlgorithms();
// nullptr: there is none of that name.
const Algorithm* FindAlgorithm(std::string_view name);

}  // namespace sagebrush::algorithms
