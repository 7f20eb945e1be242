#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "algorithms/data/csv.h"
#include "algorithms/data/dataset.h"

namespace sagebrush::algorithms {

// Calls `each` with every record of a RecordIO stream (magic 0xCED7230A, length, bytes, padding to 4), in order;
// records in several parts are joined. Throws Error(kClientError) that names `name` and the byte where the stream is
// broken.
void ForEachRecord(std::string_view name, std::string_view bytes, const std::function<void(std::string_view)>& each);

// Reads RecordIO streams of SageMaker's protobuf Record: the tensor "values" of its features, dense or sparse (keys in
// any order and shape), float32, float64 or int32, and the first value of its label's tensor "values". With `label`
// false, labels are not needed and not kept. Throws Error(kClientError) that names the stream and record.
Dataset ReadRecords(std::span<const NamedText> streams, bool label);

}  // namespace sagebrush::algorithms
