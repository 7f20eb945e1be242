#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"

namespace sagebrush::objects {

// What a list's page is told by a number: how many entries, or behind which one it begins.
struct PagingNumber {
  std::string_view member;     // Of the input: "MaxKeys".
  std::string_view parameter;  // In the URL: "max-keys".
  std::string_view argument;   // As AWS's message calls it: "maxKeys", but "max-parts".
};

// The number in `input`; `absent` where there is none. Throws InvalidArgument for one below zero.
std::int64_t Read(const PagingNumber& number, const Json& input, std::int64_t absent);

}  // namespace sagebrush::objects
