#pragma once

namespace sagebrush::algorithms {

// What the files of a channel hold (data/content_type.h has their names).
enum class DataFormat { kCsv, kLibsvm, kParquet, kRecordIo };

// What the body of an invocation holds.
enum class RowFormat { kCsv, kLibsvm, kRecordIo, kJson, kJsonLines };

// Whether rows have labels.
enum class Labels {
  kNone,
  kRequired,
  kOptional,  // As a declaration: the content type says so (label_size of CSV), or each record.
};

}  // namespace sagebrush::algorithms
