#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "algorithms/data/csv.h"
#include "algorithms/data/dataset.h"
#include "algorithms/formats.h"

namespace sagebrush::algorithms {

// Calls `each` with every record of a RecordIO stream (magic 0xCED7230A, length, bytes, padding to 4), in order;
// records in several parts are joined. Throws Error(kClientError) that names the stream and the byte where it is
// broken.
void ForEachRecord(const NamedText& stream, const std::function<void(std::string_view)>& each);

// Where the record ends in which byte `least` is, behind its end, `begin` being the start of a record. The stream's end
// where it is broken before.
std::size_t EndOfRecord(std::string_view bytes, std::size_t begin, std::size_t least);

// Where the last record ends that is whole, `bytes` beginning with one; 0: none is. Where something else than records
// follows, their end is that of `bytes`.
std::size_t EndOfWholeRecords(std::string_view bytes);

// Reads RecordIO streams of SageMaker's protobuf Record: the tensor "values" of its features, dense or sparse (keys in
// any order and shape), float32, float64 or int32, and the first value of its label's tensor "values". Optional labels
// are kept where all records have one. Throws Error(kClientError) that names the stream and record.
Dataset ReadRecords(std::span<const NamedText> streams, Labels labels);

}  // namespace sagebrush::algorithms
