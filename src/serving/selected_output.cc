// The keys of SAGEMAKER_INFERENCE_OUTPUT: what each objective can tell of a row.
#include <array>
#include <cmath>

#include <fmt/ranges.h>

#include "base/error.h"
#include "serving/number_text.h"
#include "serving/record_writer.h"
#include "serving/reply_body.h"

namespace sagebrush::serving {
namespace {

using Kind = SelectedValue::Kind;

enum class Task { kRegression, kLogistic, kLogitRaw, kHinge, kSoftmax, kSoftprob };

struct TaskRow {
  std::string_view objective;
  Task task;
};

// The objectives for which AWS's container knows selectable output.
constexpr std::array kTasks{
    TaskRow{"reg:squarederror", Task::kRegression}, TaskRow{"reg:linear", Task::kRegression},
    TaskRow{"reg:logistic", Task::kRegression},     TaskRow{"reg:gamma", Task::kRegression},
    TaskRow{"reg:tweedie", Task::kRegression},      TaskRow{"binary:logistic", Task::kLogistic},
    TaskRow{"binary:logitraw", Task::kLogitRaw},    TaskRow{"binary:hinge", Task::kHinge},
    TaskRow{"multi:softmax", Task::kSoftmax},       TaskRow{"multi:softprob", Task::kSoftprob},
};

// docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html: the keys of selectable inference.
constexpr std::array<std::string_view, 7> kKeys{"predicted_label", "labels",     "probability",    "probabilities",
                                                "raw_score",       "raw_scores", "predicted_score"};

Task TaskOf(std::string_view objective) {
  for (const TaskRow& row : kTasks) {
    if (row.objective == objective) return row.task;
  }
  throw Error(kValidation, fmt::format("Models of objective {} have no selectable output: remove "
                                       "SAGEMAKER_INFERENCE_OUTPUT from the container's environment.",
                                       objective));
}

SelectedValue Integer(double value) { return {.kind = Kind::kInteger, .number = value}; }
SelectedValue Number(double value) { return {.kind = Kind::kNumber, .number = value}; }
SelectedValue Pair(double value) { return {.kind = Kind::kNumbers, .list = {1.0 - value, value}}; }
SelectedValue All(std::span<const float> row) { return {.kind = Kind::kNumbers, .list = {row.begin(), row.end()}}; }

SelectedValue Label(Task task, std::span<const float> row) {
  switch (task) {
    case Task::kLogistic:
      return Integer(row[0] > 0.5F ? 1 : 0);
    case Task::kLogitRaw:
      return Integer(row[0] > 0 ? 1 : 0);
    case Task::kSoftprob:
      return Integer(static_cast<double>(std::max_element(row.begin(), row.end()) - row.begin()));
    default:
      return Number(row[0]);
  }
}

SelectedValue Labels(Task task, int classes) {
  const int count = task == Task::kSoftmax || task == Task::kSoftprob ? classes : 2;
  SelectedValue labels{.kind = Kind::kIntegers};
  for (int c = 0; c < count; ++c) labels.list.push_back(c);
  return labels;
}

SelectedValue SelectOne(Task task, int classes, std::string_view key, std::span<const float> row) {
  if (task == Task::kRegression) return key == "predicted_score" ? Number(row[0]) : SelectedValue{};
  const bool probabilities = task == Task::kLogistic || task == Task::kSoftprob;
  const bool vector = task == Task::kSoftprob;
  const float greatest = *std::max_element(row.begin(), row.end());
  if (key == "predicted_label") return Label(task, row);
  if (key == "labels") return Labels(task, classes);
  if (key == "probability" && probabilities) return Number(greatest);
  if (key == "raw_score") return Number(greatest);
  if ((key == "probabilities" && probabilities) || key == "raw_scores") return vector ? All(row) : Pair(row[0]);
  return {};
}

void AppendNumber(const SelectedValue& value, double number, bool json, std::string& out) {
  if (value.kind == Kind::kInteger || value.kind == Kind::kIntegers) {
    out += fmt::format("{}", static_cast<std::int64_t>(number));
  } else if (json && !std::isfinite(number)) {
    out += std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";  // As Python writes JSON.
  } else {
    AppendPythonFloat(number, out);
  }
}

void AppendValue(const SelectedValue& value, bool json, std::string& out) {
  if (value.kind == Kind::kNone) {
    out += json ? "NaN" : "nan";
    return;
  }
  if (value.kind == Kind::kInteger || value.kind == Kind::kNumber) return AppendNumber(value, value.number, json, out);
  out += json ? "[" : "\"[";
  for (std::size_t i = 0; i < value.list.size(); ++i) {
    if (i > 0) out += ", ";
    AppendNumber(value, value.list[i], json, out);
  }
  out += json ? "]" : "]\"";
}

void AppendJsonRow(std::span<const std::string> keys, const std::vector<SelectedValue>& row, std::string& out) {
  out += '{';
  for (std::size_t k = 0; k < keys.size(); ++k) {
    if (k > 0) out += ", ";
    out += fmt::format("\"{}\": ", keys[k]);
    AppendValue(row[k], true, out);
  }
  out += '}';
}

void AppendCsvRow(const std::vector<SelectedValue>& row, std::string& out) {
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (k > 0) out += ',';
    AppendValue(row[k], false, out);
  }
}

void AppendRecord(std::span<const std::string> keys, const std::vector<SelectedValue>& row, std::string& out) {
  RecordWriter record;
  for (std::size_t k = 0; k < keys.size(); ++k) {
    std::vector<float> values(row[k].list.begin(), row[k].list.end());
    if (row[k].kind == Kind::kNone) values = {std::nanf("")};
    if (row[k].kind == Kind::kInteger || row[k].kind == Kind::kNumber) values = {static_cast<float>(row[k].number)};
    record.AddLabel(keys[k], values);
  }
  record.AppendTo(out);
}

}  // namespace

void CheckSelectionKeys(std::span<const std::string> keys) {
  for (const std::string& key : keys) {
    if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
    throw Error(kValidation, fmt::format("SAGEMAKER_INFERENCE_OUTPUT names \"{}\", which is no output. Choose of {}.",
                                         key, fmt::join(kKeys, ", ")));
  }
}

void CheckSelection(std::string_view objective) { TaskOf(objective); }

std::vector<SelectedValue> SelectOutput(std::string_view objective, int classes, std::span<const std::string> keys,
                                        std::span<const float> row) {
  const Task task = TaskOf(objective);
  std::vector<SelectedValue> values;
  for (const std::string& key : keys) values.push_back(SelectOne(task, classes, key, row));
  return values;
}

void AppendSelected(ReplyFormat format, std::span<const std::string> keys,
                    std::span<const std::vector<SelectedValue>> rows, bool batch, std::string& out) {
  if (format == ReplyFormat::kJson) out += "{\"predictions\": [";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    switch (format) {
      case ReplyFormat::kCsv:
        if (r > 0) out += '\n';
        AppendCsvRow(rows[r], out);
        break;
      case ReplyFormat::kJson:
        if (r > 0) out += ", ";
        AppendJsonRow(keys, rows[r], out);
        break;
      case ReplyFormat::kJsonLines:
        AppendJsonRow(keys, rows[r], out);
        out += '\n';
        break;
      case ReplyFormat::kRecordIo:
        AppendRecord(keys, rows[r], out);
        break;
    }
  }
  if (format == ReplyFormat::kJson) out += "]}";
  if (format == ReplyFormat::kCsv && batch) out += '\n';
}

}  // namespace sagebrush::serving
