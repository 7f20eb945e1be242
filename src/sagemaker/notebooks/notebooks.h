#pragma once

#include <string>

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

const Noun& NotebookInstanceLifecycleConfigNoun();
const Noun& StudioLifecycleConfigNoun();

// Of a lifecycle configuration: throws Error(kValidation), naming `member`, unless `content` is base64. Line ends
// within it do no harm.
void CheckScript(const std::string& member, const std::string& content);

}  // namespace sagebrush::sagemaker
