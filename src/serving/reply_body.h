#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sagebrush::serving {

enum class ReplyFormat { kCsv, kJson, kJsonLines, kRecordIo };

// The format of an Accept header. Empty or */*: `fallback`. Throws RequestError(406).
ReplyFormat FormatOfAccept(std::string_view accept, std::string_view fallback);
std::string_view ContentTypeOf(ReplyFormat format);

// Predictions of rows, `width` values each. With `batch` a line a row ends in a line break; else AWS's container joins
// rows with commas, several values of a row in brackets.
struct Predictions {
  std::span<const float> values;
  std::size_t width = 1;
  bool batch = false;
};
void AppendPredictions(ReplyFormat format, const Predictions& predictions, std::string& out);

// One value that SAGEMAKER_INFERENCE_OUTPUT selected, of one row.
struct SelectedValue {
  enum class Kind { kNone, kInteger, kNumber, kIntegers, kNumbers };  // kNone: the objective has no such value.
  Kind kind = Kind::kNone;
  double number = 0;
  std::vector<double> list;
};

// What the keys mean for one row of raw predictions. Throws Error when the objective has no selectable output.
std::vector<SelectedValue> SelectOutput(std::string_view objective, int classes, std::span<const std::string> keys,
                                        std::span<const float> row);
void AppendSelected(ReplyFormat format, std::span<const std::string> keys,
                    std::span<const std::vector<SelectedValue>> rows, bool batch, std::string& out);

}  // namespace sagebrush::serving
