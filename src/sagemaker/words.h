#pragma once

#include <string>
#include <vector>

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// The texts at a path of {"spec", "status"}, as IndexedWord::path has it.
std::vector<std::string> TextsAt(const store::Resource& resource, std::string_view path);

// What the store keeps beside each resource to find it by: the noun's words, its token, and "Tags.<key>" for each tag.
std::vector<store::Attribute> WordsOf(const store::Resource& resource);
// Another text whenever WordsOf of this program may give other words than those of another.
std::string WordsVersion();

}  // namespace sagebrush::sagemaker
