#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "sagemaker/transform/record_path.h"
#include "sagemaker/transform/records.h"

namespace sagebrush::sagemaker {

// DataProcessing of a transform job: which part of each record the model sees, and what of record and answer is kept
// (Developer Guide, batch-transform-data-processing). Records are rows of CSV or JSON documents, as TransformInput's
// ContentType says.
class DataProcessing {
 public:
  // Of a job's specification. Throws Error(kValidation) for filters, types and ways to split that do not fit.
  explicit DataProcessing(const Json& spec);

  // Records and answers go as they are.
  bool IsNone() const { return input_filter_.IsWhole() && !ChangesOutput(); }

  // The body of the request for these records. Throws Error(kValidation) that says what is wrong with which.
  std::string Input(const RecordBatch& batch) const;
  // What is kept of the model's answer to them. Throws as Input.
  std::string Output(const RecordBatch& batch, std::string_view answer) const;

 private:
  enum class Format { kCsv, kJsonLines, kJson };

  bool ChangesOutput() const { return joins_ || !output_filter_.IsWhole(); }
  // The single records of a batch, which may be one text of several rows.
  std::vector<std::string_view> Rows(const std::vector<std::string_view>& records) const;
  Json Parse(std::string_view row) const;
  std::string Write(const Json& row) const;
  Json Join(const Json& input, Json output) const;

  RecordPath input_filter_, output_filter_;
  bool joins_;
  Format format_ = Format::kJson;
};

// A row of CSV as the list of its fields, which are texts, and back. Fields are in quotes where they need to be.
Json ParseCsvRow(std::string_view row);
std::string WriteCsvRow(const Json& fields);

}  // namespace sagebrush::sagemaker
