#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

const Noun& ModelCardNoun();
// What a card once said. Made and deleted with its card; only listed.
const Noun& ModelCardVersionNoun();

}  // namespace sagebrush::sagemaker
