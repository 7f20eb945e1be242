#pragma once

#include <string>

#include "algorithms/algorithm.h"
#include "base/json.h"

namespace sagebrush::algorithms {

// An algorithm's hyperparameters as a Markdown table.
std::string DescribeAsMarkdown(const Algorithm& algorithm);
// The same in the form of HyperParameterSpecification of SageMaker's CreateAlgorithm.
Json DescribeAsJson(const Algorithm& algorithm);

}  // namespace sagebrush::algorithms
