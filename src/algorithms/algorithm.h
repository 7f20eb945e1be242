#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/answers.h"
#include "algorithms/data/channel_pipes.h"
#include "algorithms/data/dataset.h"
#include "algorithms/formats.h"
#include "algorithms/hyperparameter.h"
#include "algorithms/image_version.h"
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
  std::string content_type;              // As the user gave it; empty: not given.
  std::shared_ptr<ChannelPipes> pipes;   // Of Pipe mode: instead of files. nullptr: the directory has files.
  DataFormat format = DataFormat::kCsv;  // What the content type means to the algorithm, likewise `labels`.
  Labels labels = Labels::kRequired;
};

// By name.
using Channels = std::map<std::string, Channel, std::less<>>;

// The machines of a job, as resourceconfig.json names them.
struct Hosts {
  std::string current = "algo-1";
  std::vector<std::string> all{"algo-1"};
};

// Receives what training measures, and what a user wants to follow.
class Metrics {
 public:
  struct Value {
    std::string name;  // "train-auc"; "test msd <loss>".
    double value;
  };
  virtual ~Metrics() = default;
  // The values after a round (or epoch), in the order in which they are shown. nullopt: of the finished model.
  virtual void Report(std::optional<std::int64_t> round, std::span<const Value> values) = 0;
};

// One training job, as an algorithm sees it. The directories exist.
struct Run {
  Channels channels;  // Those that the algorithm declares, with all that it requires.
  Hyperparameters values;
  Hosts hosts;
  Path model;
  Path output_data;                 // Becomes output.tar.gz.
  std::optional<Path> checkpoints;  // nullopt: the job keeps none.
  Metrics& metrics;
  std::stop_token stop;
};

// How a model is to be served: what the hosting contract and AWS's containers let one set.
struct Hosting {
  Path model;  // The model directory.
  ImageVersion image = ParseImageVersion("");
  bool batch = false;                         // SAGEMAKER_BATCH: for a batch transform.
  std::vector<std::string> inference_output;  // SAGEMAKER_INFERENCE_OUTPUT, in order; empty: the usual answers.
};

// A trained model. Safe to call from any thread.
class Model {
 public:
  virtual ~Model() = default;
  virtual std::size_t columns() const = 0;  // Of the rows that it was trained on.
  virtual const AnswerShape& answers() const = 0;
  // Replaces `numbers`, whose memory is used again, by the answers to the rows, row after row; changes `rows`.
  // `from_one`: the rows came in a format whose columns often count from 1 (LIBSVM), so that one column more than the
  // model knows may be none. Throws Error(kClientError) when the rows do not fit the model.
  virtual void PredictInto(Features& rows, bool from_one, std::vector<double>& numbers) const = 0;

  std::vector<double> Predict(Features rows) const {
    std::vector<double> numbers;
    PredictInto(rows, false, numbers);
    return numbers;
  }
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

// A channel that an algorithm reads.
struct ChannelDeclaration {
  std::string_view name;
  bool required = false;
  std::vector<DataFormat> formats;  // The first one where a job gives no content type.
  Labels labels = Labels::kRequired;
};

// What everyone else must know of an algorithm: the runner checks a job by it, the model server a request, the
// documentation, the catalogue of images and the conformance suite are made of it.
struct Declaration {
  std::string_view name;  // As in `sagebrush-algorithms train NAME`.
  std::vector<ImageFamily> images;
  std::vector<MetricDefinition> metrics;
  // The form of the log's metric lines: rounds of XGBoost's ("[0]#011train-auc:0.98000") or quality metrics of the
  // other algorithms ("#quality_metric: host=algo-1, epoch=0, train msd <loss>=0.5").
  enum class MetricLines { kRounds, kQuality };
  MetricLines metric_lines = MetricLines::kQuality;
  // Names, types, ranges, defaults. Checked before Train and printed as the docs, so they agree.
  std::span<const Hyperparameter> hyperparameters;
  std::vector<ChannelDeclaration> channels;
  bool reads_pipes = false;  // It takes channels in Pipe mode, by a ChannelReader that it rewinds for each pass.
  std::size_t hosts_max = 1;
  bool keeps_checkpoints = false;   // Train keeps some in Run::checkpoints, and goes on from them.
  std::vector<RowFormat> requests;  // What a request's body may be.
  std::string_view default_accept;  // The content type of answers where the request asks for none.
  // Of a small job: with them it trains within a second on a few hundred rows of a label, 0 or 1, and three features.
  std::vector<std::pair<std::string_view, std::string_view>> sample;
};

// A built-in learning algorithm. Holds no state: everything learned is in the model directory.
class Algorithm {
 public:
  virtual ~Algorithm() = default;
  virtual const Declaration& declaration() const = 0;
  // Checks that involve several hyperparameters. Throws Error(kClientError).
  virtual void Check(const Hyperparameters& values) const {}
  // The same data, values and seed give the same bytes, with any number of threads. On `run.stop`: leaves a usable
  // model, returns early. Throws Error; kClientError for what the user can put right.
  virtual void Train(const Run& run) const = 0;
  // Reads what Train wrote, in this version or an older one, or AWS's container of the same name. Throws Error, naming
  // the file, when there is no model.
  virtual std::unique_ptr<Model> Load(const Hosting& hosting) const = 0;
};

}  // namespace sagebrush::algorithms
