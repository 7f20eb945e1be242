#pragma once

#include <string>

#include "algorithms/algorithm.h"
#include "base/json.h"

namespace sagebrush::algorithms {

// An algorithm's hyperparameters and channels as Markdown tables.
std::string DescribeAsMarkdown(const Algorithm& algorithm);
// The same and its metrics in the form of TrainingSpecification of SageMaker's CreateAlgorithm.
Json DescribeAsJson(const Algorithm& algorithm);

// What the control plane must know of all algorithms to resolve their images and find their metrics
// (runtime/image_catalogue.h):
// [{"Name", "Images": [{"Repository", "Tags"}], "InputModes",
// "MetricDefinitions": [{"Name", "Regex"}]}].
Json Catalogue();

}  // namespace sagebrush::algorithms
