#pragma once

#include <string>

#include "base/json.h"

namespace sagebrush::sagemaker {

// The document that `content` is. Throws Error(kValidation), naming the place, when it is none of the model card JSON
// schema (docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html#model-cards-json-schema).
Json ReadModelCardContent(const std::string& content);

// What of it may be told without leave to decrypt it: DescribeModelCard's IncludedData MetadataOnly.
Json MetadataOfModelCard(const Json& content);

}  // namespace sagebrush::sagemaker
