#pragma once

#include <string>
#include <vector>

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// What the store keeps beside each resource to find it by: the noun's words, its token, and "Tags.<key>" for each tag.
std::vector<store::Attribute> WordsOf(const store::Resource& resource);
// Another text whenever WordsOf of this program may give other words than those of another.
std::string WordsVersion();

}  // namespace sagebrush::sagemaker
