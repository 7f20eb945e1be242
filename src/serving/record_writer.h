#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sagebrush::serving {

// Writes one of SageMaker's protobuf Records in a RecordIO frame.
class RecordWriter {
 public:
  // A float32 tensor in the record's map of labels.
  void AddLabel(std::string_view name, std::span<const float> values);
  void AppendTo(std::string& out) const;

 private:
  std::string message_;
};

}  // namespace sagebrush::serving
