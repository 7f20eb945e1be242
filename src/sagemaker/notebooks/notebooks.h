#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

const Noun& CodeRepositoryNoun();

}  // namespace sagebrush::sagemaker
