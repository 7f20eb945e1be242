#pragma once

#include <string_view>

#include "wire/model.h"

namespace sagebrush::wire {

// Whether `text` as a whole matches the pattern of `shape`, which has one. Patterns are compiled at first use and kept.
// Safe to call from any thread. A text that is not UTF-8, or that exhausts the match limit, does not match.
bool MatchesPattern(const Shape& shape, std::string_view text);

// Whether the pattern can be compiled. AWS's patterns are Java's; one that PCRE2 cannot read constrains nothing here.
bool HasUsablePattern(const Shape& shape);

}  // namespace sagebrush::wire
