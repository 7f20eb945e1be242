#pragma once

#include <string>

#include "algorithms/algorithm.h"
#include "base/json.h"

namespace sagebrush::algorithms {

// An algorithm's hyperparameters as a Markdown table.
std::string DescribeAsMarkdown(const Algorithm& algorithm);
// The same in the form of HyperParameterSpecification of SageMaker's CreateAlgorithm.
Json DescribeAsJson(const Algorithm& algorithm);

// What the control plane must know of all algorithms to resolve their images and find their metrics (runtime/images.h):
// [{"Name", "Images": [{"Repository", "Tags"}], "MetricDefinitions": [{"Name", "Regex"}]}].
Json Catalogue();

}  // namespace sagebrush::algorithms
