#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/data/dataset.h"
#include "algorithms/hyperparameter.h"
#include "base/error.h"
#include "base/file.h"

namespace sagebrush::algorithms {

// What ends a training job. Client: the user's data or settings are wrong, and the message says what to change.
inline constexpr ErrorKind kClientError{"ClientError", 400, Fault::kClient};
inline constexpr ErrorKind kAlgorithmError{"AlgorithmError", 500, Fault::kServer};

// One input channel of a job, as /opt/ml/input/config/inputdataconfig.json and /opt/ml/input/data/<name> tell.
struct Channel {
  std::string name;
  Path directory;
  std::string content_type;  // As the user gave it; empty: not given.
  std::string input_mode = "File";
};

// By name.
using Channels = std::map<std::string, Channel, std::less<>>;

// Where a job leaves what it makes. All exist.
struct Outputs {
  Path model;
  Path data;                        // Becomes output.tar.gz.
  std::optional<Path> checkpoints;  // nullopt: the job keeps none.
};

// Receives what training measures, and what a user wants to follow.
class Metrics {
 public:
  struct Value {
    std::string name;  // "train-auc"
    double value;
  };
  virtual ~Metrics() = default;
  // The values after a round (or epoch, or the end of a cross validation), in the order in which they are shown.
  virtual void Report(std::int64_t round, std::span<const Value> values) = 0;
};

// A trained model. Safe to call from any thread.
class Model {
 public:
  virtual ~Model() = default;
  virtual std::size_t columns() const = 0;  // Of the rows that it was trained on.
  virtual std::size_t outputs() const = 0;  // Values that Predict returns a row.
  // Row after row. Throws Error(kClientError) when the rows have more columns than the model.
  virtual std::vector<float> Predict(const Features& rows) const = 0;

  // What the model server calls: as Predict, into memory that is used again. `from_one`: the rows came in a format
  // whose columns often count from 1 (LIBSVM), so that one column more than the model knows may be none; `rows` may be
  // changed.
  virtual void PredictInto(Features& rows, bool from_one, std::vector<float>& predictions) const {
    predictions = Predict(rows);
  }
  // The objective, in XGBoost's words ("binary:logistic"), and the number of classes: decide which keys
  // SAGEMAKER_INFERENCE_OUTPUT can ask for. Empty: none.
  virtual std::string_view objective() const { return ""; }
  virtual int classes() const { return 0; }
};

// The addresses that stand for an algorithm: an image repository of AWS's and the versions among its tags.
struct ImageFamily {
  std::string_view repository;
  std::vector<std::string_view> tags;
};

// How a metric is found in the log: the last match's first group is its value (FinalMetricDataList).
struct MetricDefinition {
  std::string name;
  std::string regex;
};

// A built-in learning algorithm. Holds no state: everything learned is in the model directory.
class Algorithm {
 public:
  virtual ~Algorithm() = default;
  virtual std::string_view name() const = 0;  // As in `sagebrush-algorithms train NAME`.
  virtual std::vector<ImageFamily> Images() const = 0;
  virtual std::vector<MetricDefinition> MetricDefinitions() const = 0;
  // Names, types, ranges, defaults. Checked before Train and printed as the docs, so they agree.
  virtual std::span<const Hyperparameter> Declare() const = 0;
  // Checks that involve several hyperparameters. Throws Error(kClientError).
  virtual void Check(const Hyperparameters& values) const {}
  // The same data, values and seed give the same bytes. On `stop`: leaves a usable model, returns early.
  // Throws Error; kClientError for what the user can put right.
  virtual void Train(const Channels& channels, const Hyperparameters& values, const Outputs& outputs, Metrics& metrics,
                     std::stop_token stop) const = 0;
  // Reads what Train wrote, in this version or an older one, or AWS's container of the same name. Throws Error, naming
  // the file, when there is no model.
  virtual std::unique_ptr<Model> Load(const Path& model_directory) const = 0;
};

}  // namespace sagebrush::algorithms
