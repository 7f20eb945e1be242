#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {

// The properties of a search record, by the names that Search knows: "TrainingJobStatus", "Tags.team",
// "HyperParameters.eta", "Metrics.validation:auc", "InputDataConfig.DataSource.S3DataSource.S3Uri". Keys of maps and
// names of tags and metrics may hold dots themselves.

// The values of a property: several, where a list is on the way; none, where the record does not have it.
std::vector<Json> PropertyValues(const Json& record, std::string_view name);

// Whether records of that shape can have the property; those of maps, tags and metrics always.
bool IsProperty(const wire::Shape& record, std::string_view name);
bool IsTimestamp(const wire::Shape& record, std::string_view name);

// The names of properties that the shape gives (of its maps none), and those that `record` has in its maps, tags and
// metrics.
std::vector<std::string> PropertyNames(const wire::Shape& shape);
std::vector<std::string> PropertyNames(const Json& record);

}  // namespace sagebrush::sagemaker
