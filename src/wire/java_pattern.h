#pragma once

#include <string>
#include <string_view>

namespace sagebrush::wire {

// A regular expression of Java, which the service models hold, in the syntax of PCRE2 where the two differ:
// \u escapes and surrogate pairs, \p{Alnum} and its like, a quantified '$', a '-' behind a class escape,
// bounds of repetitions above 65,535.
std::string JavaToPcre2(std::string_view pattern);

}  // namespace sagebrush::wire
