#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/image_version.h"

namespace sagebrush::serving {

enum class ReplyFormat { kCsv, kJson, kJsonLines, kRecordIo };

// The format of an Accept header. Empty or */*: `fallback`. Throws RequestError(406).
ReplyFormat FormatOfAccept(std::string_view accept, std::string_view fallback);
std::string_view ContentTypeOf(ReplyFormat format);

// How AWS's container writes rows as text/csv.
enum class CsvLayout {
  kCommas,  // Images up to 1.2-1: all on one line, several values of a row in brackets.
  kLines,   // Images from 1.2-2 on: a line a row, several values joined by commas.
  kBatch,   // For a batch transform: a line a row, several values of a row in brackets.
};
CsvLayout CsvLayoutOf(const algorithms::ImageVersion& image, bool batch);

// Predictions of rows, `width` values each.
struct Predictions {
  std::span<const float> values;
  std::size_t width = 1;
  CsvLayout csv = CsvLayout::kLines;
};
void AppendPredictions(ReplyFormat format, const Predictions& predictions, std::string& out);

// One value that SAGEMAKER_INFERENCE_OUTPUT selected, of one row.
struct SelectedValue {
  enum class Kind { kNone, kInteger, kNumber, kIntegers, kNumbers };  // kNone: the objective has no such value.
  Kind kind = Kind::kNone;
  double number = 0;
  std::vector<double> list;
};

// What the keys mean for one row of raw predictions. Throws Error as CheckSelection.
std::vector<SelectedValue> SelectOutput(std::string_view objective, int classes, std::span<const std::string> keys,
                                        std::span<const float> row);
// Throws Error(kValidation) for a key that no objective has, with those that there are, and for an objective without
// selectable output.
void CheckSelectionKeys(std::span<const std::string> keys);
void CheckSelection(std::string_view objective);
void AppendSelected(ReplyFormat format, std::span<const std::string> keys,
                    std::span<const std::vector<SelectedValue>> rows, bool batch, std::string& out);

}  // namespace sagebrush::serving
