#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace sagebrush::store {

// Attributes as a database keeps them: [["name","value"],...]; empty when there are none.
std::string AttributeText(std::span<const Attribute> attributes);
// Throws Error when it is none that AttributeText made.
std::vector<Attribute> ParseAttributes(std::string_view text);

}  // namespace sagebrush::store
