// K-means clustering of more data than fits into memory, as SageMaker's algorithm does it: mini-batches of the data
// stream past K = k * extra_center_factor centers (Sculley, "Web-Scale K-Means Clustering", WWW 2010), which Lloyd's
// iterations over those centers alone then reduce to k. First centers are chosen at random, or far from each other
// (Arthur and Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "algorithms/algorithm.h"
#include "algorithms/checkpoints.h"
#include "algorithms/data/mini_batches.h"
#include "algorithms/data/ndarray_file.h"
#include "algorithms/dense_rows.h"
#include "algorithms/job_log.h"
#include "algorithms/nearest_point.h"
#include "algorithms/quality_metrics.h"
#include "algorithms/random.h"
#include "algorithms/threads.h"

namespace sagebrush::algorithms::kmeans {
namespace {

constexpr std::string_view kName = "kmeans";
constexpr std::uint64_t kSeed = 0;  // SageMaker's algorithm has no hyperparameter for it.
// What "auto" comes to in the logs of SageMaker's algorithm.
constexpr std::size_t kExtraCenterFactor = 10, kLloydTrials = 10;

// ---- Hyperparameters: docs.aws.amazon.com/sagemaker/latest/dg/k-means-api-config.html and k-means-tuning.html.

std::vector<Hyperparameter> DeclareHyperparameters() {
  const std::vector<std::string_view> methods{"random", "kmeans++"};
  return {
      Required(Integer("k", kCount, "", "Clusters.")),
      Required(Integer("feature_dim", kCount, "", "Features of a row.")),
      Integer("epochs", kCount, "1", "Passes over the training data.", Interval{1, 10}),
      Integer("mini_batch_size", kCount, "5000", "Rows of a mini-batch.", Interval{3000, 15000}),
      IntegerOrAuto("extra_center_factor", kCount, "The passes keep k times as many centers. auto: 10.",
                    Interval{4, 10}),
      Integer("half_life_time_size", kFromZero, "0",
              "Rows after which a row counts half in the mean of its cluster; 0: all count the same."),
      Choice("init_method", methods, "random", "How the first centers are chosen."),
      Choice("local_lloyd_init_method", methods, "kmeans++", "How the reduction to k centers begins."),
      Integer("local_lloyd_max_iter", kCount, "300", "Iterations of the reduction at most."),
      IntegerOrAuto("local_lloyd_num_trials", kCount, "Tries of the reduction, the best of which is kept. auto: 10."),
      Real("local_lloyd_tol", kUnit, "0.0001", "The reduction ends when its loss changes by no more than this share."),
      ChoiceList("eval_metrics", {"msd", "ssd"}, R"(["msd"])", "The mean or the sum of the squared distances."),
      Choice("force_dense", {"true", "True", "false", "False"}, "true",
             "Sparse records are clustered as dense ones, with either value."),
      Choice("_tuning_objective_metric", {"test:msd", "test:ssd"}, "", "A tuning job's metric: is shown too."),
  };
}

std::size_t CountOf(const Hyperparameters& values, std::string_view name, std::size_t automatic = 0) {
  return values.IsAuto(name) ? automatic : static_cast<std::size_t>(values.GetInteger(name));
}

// ---- Seeding: chooses some of many points, each with a weight.

struct Points {
  std::vector<double> at;  // One after the other.
  std::vector<double> weights;
  std::size_t columns = 0;

  std::size_t count() const { return weights.size(); }
  const double* point(std::size_t i) const { return at.data() + i * columns; }
};

// Points without weight only when there are no others.
std::vector<std::size_t> SeedAtRandom(const Points& points, std::size_t count, Random& random) {
  std::vector<std::size_t> order, without;
  for (std::size_t i = 0; i < points.count(); ++i) (points.weights[i] > 0 ? order : without).push_back(i);
  random.Shuffle(order);
  order.insert(order.end(), without.begin(), without.end());
  order.resize(count);
  return order;
}

// Each next one as likely as its weight times the squared distance to the closest that is chosen.
std::vector<std::size_t> SeedFarApart(const Points& points, std::size_t count, Random& random) {
  const NearestPoint search(std::span<const double>(points.at), points.columns);
  std::vector<std::size_t> chosen{random.ByShare(points.weights)};
  std::vector<double> shares(points.weights);
  std::vector<float> closest(points.count(), std::numeric_limits<float>::infinity());
  while (chosen.size() < count) {
    const double* last = points.point(chosen.back());
    const std::vector<float> row(last, last + points.columns);
    const std::span<const float> distances = search.Distances(row);
    for (std::size_t i = 0; i < points.count(); ++i) {
      closest[i] = std::min(closest[i], distances[i]);
      shares[i] = static_cast<double>(closest[i]) * points.weights[i];
    }
    chosen.push_back(random.ByShare(shares));
  }
  return chosen;
}

std::vector<double> Seed(const Points& points, std::size_t count, std::string_view method, Random& random) {
  std::vector<double> centers;
  for (const std::size_t i :
       method == "random" ? SeedAtRandom(points, count, random) : SeedFarApart(points, count, random)) {
    centers.insert(centers.end(), points.point(i), points.point(i) + points.columns);
  }
  return centers;
}

// ---- The pass over the data.

// The centers of the pass, each the mean of the rows that were closest to it.
class StreamedCenters {
 public:
  StreamedCenters(std::vector<double> centers, std::size_t columns, double half_life)
      : columns_(columns), half_life_(half_life), means_{std::move(centers), {}, columns} {
    means_.weights.resize(means_.at.size() / columns);
    scatter_.resize(means_.weights.size());
  }

  // Moves the centers. Returns the sum of the squared distances from the rows to the centers as they were.
  double Update(std::span<const float> rows, int threads) {
    const std::vector<Nearest> closest =
        NearestPoint(std::span<const double>(means_.at), columns_).FindAll(rows, threads);
    const double decay = half_life_ > 0 ? std::exp2(-1 / half_life_) : 1;
    Forget(std::pow(decay, static_cast<double>(closest.size())));
    Batch batch{std::vector<double>(means_.at.size()), std::vector<double>(count()), std::vector<double>(count())};
    double sum = 0;
    for (std::size_t row = 0; row < closest.size(); ++row) {
      const double weight = decay == 1 ? 1 : std::pow(decay, static_cast<double>(closest.size() - 1 - row));
      batch.Add(closest[row], rows.data() + row * columns_, columns_, weight);
      sum += static_cast<double>(closest[row].distance);
    }
    for (std::size_t center = 0; center < count(); ++center) Merge(batch, center);
    return sum;
  }

  std::size_t count() const { return means_.weights.size(); }
  const Points& means() const { return means_; }

  // The mean of the squared distances from all rows so far, as they count now, to the closest of `centers` to each
  // one's mean.
  double MeanSquaredDistance(const NearestPoint& centers) const {
    double sum = 0, weights = 0;
    std::vector<float> mean(columns_);
    for (std::size_t i = 0; i < count(); ++i) {
      std::copy_n(means_.point(i), columns_, mean.begin());
      sum += scatter_[i] + means_.weights[i] * static_cast<double>(centers.Find(mean).distance);
      weights += means_.weights[i];
    }
    return weights > 0 ? sum / weights : 0;
  }

  void Save(std::string& out) const {
    for (const auto* numbers : {&means_.at, &means_.weights, &scatter_}) {
      out.append(reinterpret_cast<const char*>(numbers->data()), numbers->size() * sizeof(double));
    }
  }
  // False, and nothing is changed: `bytes` are not those of as many centers.
  bool Restore(std::string_view bytes) {
    const std::size_t size = (means_.at.size() + 2 * count()) * sizeof(double);
    if (bytes.size() != size) return false;
    for (auto* numbers : {&means_.at, &means_.weights, &scatter_}) {
      std::memcpy(numbers->data(), bytes.data(), numbers->size() * sizeof(double));
      bytes.remove_prefix(numbers->size() * sizeof(double));
    }
    return true;
  }

 private:
  // Of the rows of a batch that are closest to each center.
  struct Batch {
    std::vector<double> sums;
    std::vector<double> weights;
    std::vector<double> squares;  // Of the distances.

    void Add(const Nearest& closest, const float* row, std::size_t columns, double weight) {
      double* const sum = sums.data() + closest.point * columns;
      for (std::size_t column = 0; column < columns; ++column) sum[column] += weight * static_cast<double>(row[column]);
      weights[closest.point] += weight;
      squares[closest.point] += weight * static_cast<double>(closest.distance);
    }
  };

  void Forget(double factor) {
    if (factor == 1) return;
    for (double& weight : means_.weights) weight *= factor;
    for (double& scatter : scatter_) scatter *= factor;
  }

  // The new mean is that of the rows before and those of the batch: Sculley's step for each row with the learning rate
  // 1 / (rows so far), taken for all of them at once.
  void Merge(const Batch& batch, std::size_t center) {
    const double all = means_.weights[center] + batch.weights[center];
    if (batch.weights[center] <= 0) return;
    double moved = 0;
    for (std::size_t i = center * columns_; i < (center + 1) * columns_; ++i) {
      const double step = (batch.sums[i] - batch.weights[center] * means_.at[i]) / all;
      means_.at[i] += step;
      moved += step * step;
    }
    // Distances are from where the center was; about the mean they are smaller by its way.
    scatter_[center] = std::max(0.0, scatter_[center] + batch.squares[center] - all * moved);
    means_.weights[center] = all;
  }

  std::size_t columns_;
  double half_life_;
  Points means_;                 // Their weights: how many rows they are the means of.
  std::vector<double> scatter_;  // The sum of the squared distances of each one's rows to it.
};

// ---- The reduction to k centers.

struct Reduction {
  std::vector<double> centers;
  double loss = 0;  // The mean of the squared distances from the points to them.
};

// Lloyd's iterations over points with weights, fewer of them when the job is stopped.
Reduction Lloyd(const Points& points, Reduction from, const Run& run, int threads) {
  const std::size_t columns = points.columns, k = from.centers.size() / columns;
  const std::vector<float> rows(points.at.begin(), points.at.end());
  const double all = std::accumulate(points.weights.begin(), points.weights.end(), 0.0);
  from.loss = std::numeric_limits<double>::infinity();
  for (std::size_t left = CountOf(run.values, "local_lloyd_max_iter"); left > 0; --left) {
    const std::vector<Nearest> closest =
        NearestPoint(std::span<const double>(from.centers), columns).FindAll(rows, threads);
    std::vector<double> sums(k * columns), weights(k);
    double loss = 0;
    for (std::size_t i = 0; i < points.count(); ++i) {
      const std::size_t center = closest[i].point;
      loss += static_cast<double>(closest[i].distance) * points.weights[i] / all;
      weights[center] += points.weights[i];
      for (std::size_t c = 0; c < columns; ++c) sums[center * columns + c] += points.weights[i] * points.point(i)[c];
    }
    for (std::size_t i = 0; i < k * columns; ++i) {  // A center without points stays where it is.
      if (weights[i / columns] > 0) from.centers[i] = sums[i] / weights[i / columns];
    }
    const double least = run.values.GetReal("local_lloyd_tol") * from.loss;
    const bool settled = std::isfinite(from.loss) && from.loss - loss <= least;
    from.loss = loss;
    if (settled || run.stop.stop_requested()) break;
  }
  return from;
}

std::vector<double> ReduceTo(std::size_t k, const Points& points, const Run& run, int threads) {
  if (points.count() == k) return points.at;
  PrintInfo("shrinking {} centers into {}", points.count(), k);
  Random random(kSeed + 1);
  Reduction best;
  const std::size_t trials = CountOf(run.values, "local_lloyd_num_trials", kLloydTrials);
  for (std::size_t trial = 0; trial == 0 || (trial < trials && !run.stop.stop_requested()); ++trial) {
    Reduction seeded{Seed(points, k, run.values.GetText("local_lloyd_init_method"), random), 0};
    Reduction reduced = Lloyd(points, std::move(seeded), run, threads);
    PrintInfo("local kmeans attempt #{}. Current mean square distance {:.6f}", trial, reduced.loss);
    if (trial == 0 || reduced.loss < best.loss) best = std::move(reduced);
  }
  return best.centers;
}

// ---- A job.

class Job {
 public:
  explicit Job(const Run& run)
      : run_(run),
        k_(CountOf(run.values, "k")),
        columns_(CountOf(run.values, "feature_dim")),
        batch_rows_(CountOf(run.values, "mini_batch_size")),
        threads_(ThreadLimit()),
        centers_({}, columns_, 0) {}

  void Train() {
    Begin();
    if (run_.checkpoints) Resume();
    Pass();
    const std::vector<double> reduced = ReduceTo(k_, centers_.means(), run_, threads_);
    NdArray array{{}, {k_, columns_}, {}};
    array.values.assign(reduced.begin(), reduced.end());
    const NearestPoint search(std::span<const float>(array.values), columns_);
    Report(std::nullopt, "train", centers_.MeanSquaredDistance(search), rows_);
    WriteWholeFile(run_.model / kNdArrayModel, WriteNdArrays({&array, 1}));
    if (const auto test = run_.channels.find("test"); test != run_.channels.end()) Score(test->second, search);
  }

 private:
  // Where the passes are: this many epochs are done, and this many batches of the next one.
  struct Progress {
    std::uint64_t epochs = 0;
    std::uint64_t batches = 0;
    std::uint64_t rows = 0;  // Of an epoch.
  };

  // Chooses the first centers from the first mini-batch, or from more rows where it has fewer than there are centers.
  void Begin() {
    const std::size_t wanted = k_ * CountOf(run_.values, "extra_center_factor", kExtraCenterFactor);
    MiniBatches batches(TrainChannel(), columns_, std::max(wanted, batch_rows_), threads_);
    const std::span<const float> rows = batches.Next();
    const std::size_t count = rows.size() / columns_;
    if (count < k_) {
      throw Error(kClientError,
                  fmt::format("Hyperparameter k: {} clusters of {} rows: k must not be more than the rows "
                              "of the train channel.",
                              k_, count));
    }
    const Points points{{rows.begin(), rows.end()}, std::vector<double>(count, 1), columns_};
    Random random(kSeed);
    const auto half_life = static_cast<double>(run_.values.GetInteger("half_life_time_size"));
    centers_ = StreamedCenters(Seed(points, std::min(wanted, count), run_.values.GetText("init_method"), random),
                               columns_, half_life);
  }

  const Channel& TrainChannel() const { return run_.channels.find("train")->second; }

  void Resume() {
    Checkpoints(*run_.checkpoints, kName).Resume([&](const std::string& bytes) {
      Progress progress;
      if (bytes.size() < sizeof progress || !centers_.Restore(std::string_view(bytes).substr(sizeof progress))) {
        throw Error(kClientError, "it is of other hyperparameters");
      }
      std::memcpy(&progress, bytes.data(), sizeof progress);
      progress_ = progress;
      rows_ = progress.rows;
    });
  }

  void SaveCheckpoint() {
    if (!run_.checkpoints) return;
    std::string bytes(reinterpret_cast<const char*>(&progress_), sizeof progress_);
    centers_.Save(bytes);
    Checkpoints(*run_.checkpoints, kName).Save(static_cast<int>(progress_.epochs), bytes);
  }

  void Pass() {
    const std::size_t epochs = CountOf(run_.values, "epochs");
    EpochLog log(run_.hosts.current, epochs);
    MiniBatches batches(TrainChannel(), columns_, batch_rows_, threads_);
    while (progress_.epochs < epochs) {
      const bool whole = PassOnce(batches);
      SaveCheckpoint();
      if (!whole) {
        PrintInfo("Stopped on request after {} of {} epochs; the centers so far are kept.", progress_.epochs, epochs);
        return;
      }
      log.Print(progress_.epochs, rows_);
      batches.Rewind();
    }
  }

  // The rest of an epoch. False: stopped before its end, but not before its first batch.
  bool PassOnce(MiniBatches& batches) {
    double sum = 0;
    std::uint64_t rows = 0, done = 0;
    for (auto batch = batches.Next(); !batch.empty(); batch = batches.Next(), ++done) {
      rows += batch.size() / columns_;
      if (done < progress_.batches) continue;  // Before the checkpoint.
      if (done > 0 && run_.stop.stop_requested()) {
        progress_.batches = done;
        rows_ = std::max(rows_, rows);
        return false;
      }
      sum += centers_.Update(batch, threads_);
    }
    rows_ = progress_.rows = rows;
    Report(static_cast<std::int64_t>(progress_.epochs), "train", sum / static_cast<double>(rows), rows);
    ++progress_.epochs;
    progress_.batches = 0;
    return !run_.stop.stop_requested();
  }

  void Score(const Channel& channel, const NearestPoint& search) {
    MiniBatches batches(channel, columns_, batch_rows_, threads_);
    double sum = 0;
    std::uint64_t rows = 0;
    for (auto batch = batches.Next(); !batch.empty(); batch = batches.Next()) {
      if (run_.stop.stop_requested()) return;  // Of some of the rows it would be another number.
      for (const Nearest& closest : search.FindAll(batch, threads_)) sum += static_cast<double>(closest.distance);
      rows += batch.size() / columns_;
    }
    Report(std::nullopt, "test", sum / static_cast<double>(rows), rows);
  }

  void Report(std::optional<std::int64_t> epoch, std::string_view channel, double mean, std::uint64_t rows) {
    std::vector<std::string> names = run_.values.GetList("eval_metrics");
    const std::string objective = run_.values.GetText("_tuning_objective_metric");
    if (!objective.empty()) names.push_back(objective.substr(objective.find(':') + 1));
    for (const std::string_view name : {"msd", "ssd"}) {
      if (std::find(names.begin(), names.end(), name) == names.end()) continue;
      const double value = name == "msd" ? mean : mean * static_cast<double>(rows);
      const Metrics::Value reported{fmt::format("{} {} <loss>", channel, name), value};
      run_.metrics.Report(epoch, {&reported, 1});
    }
  }

  const Run& run_;
  const std::size_t k_;
  const std::size_t columns_;
  const std::size_t batch_rows_;
  const int threads_;
  StreamedCenters centers_;
  Progress progress_;
  std::uint64_t rows_ = 0;
};

// ---- A model.

class Clusters : public Model {
 public:
  explicit Clusters(const NdArray& centers)
      : columns_(centers.shape[1]), search_(std::span<const float>(centers.values), columns_) {}

  std::size_t columns() const override { return columns_; }
  const AnswerShape& answers() const override { return answers_; }

  void PredictInto(Features& rows, bool from_one, std::vector<double>& numbers) const override {
    numbers.clear();
    ForEachDenseRow(rows, columns_, [&](std::span<const float> row) {
      const Nearest closest = search_.Find(row);
      numbers.push_back(static_cast<double>(closest.point));
      numbers.push_back(static_cast<double>(std::sqrt(closest.distance)));
    });
  }

 private:
  std::size_t columns_;
  NearestPoint search_;
  // docs.aws.amazon.com/sagemaker/latest/dg/km-in-formats.html
  AnswerShape answers_{{{"closest_cluster"}, {"distance_to_cluster"}}, {}};
};

// ---- The algorithm.

Declaration Declare() {
  static const std::vector<Hyperparameter> kHyperparameters = DeclareHyperparameters();
  std::vector<MetricDefinition> metrics = EpochMetrics();
  for (const std::string_view channel : {"train", "test"}) {
    for (const std::string_view name : {"msd", "ssd"}) metrics.push_back(QualityMetric(channel, name, "loss"));
  }
  const std::vector<DataFormat> formats{DataFormat::kRecordIo, DataFormat::kCsv};
  return {
      .name = kName,
      .images = {{"kmeans", {"1", "latest"}}},
      .metrics = std::move(metrics),
      .hyperparameters = kHyperparameters,
      .channels = {{.name = "train", .required = true, .formats = formats, .labels = Labels::kOptional},
                   {.name = "test", .formats = formats, .labels = Labels::kOptional}},
      .reads_pipes = true,
      .keeps_checkpoints = true,
      .requests = {RowFormat::kCsv, RowFormat::kRecordIo, RowFormat::kJson, RowFormat::kJsonLines},
      .default_accept = "application/json",
      .sample = {{"k", "2"}, {"feature_dim", "3"}, {"epochs", "3"}, {"mini_batch_size", "40"}},
  };
}

class Kmeans : public Algorithm {
 public:
  const Declaration& declaration() const override { return declaration_; }
  void Train(const Run& run) const override { Job(run).Train(); }

  std::unique_ptr<Model> Load(const Hosting& hosting) const override {
    const std::vector<NdArray> arrays = ReadModelArrays(hosting.model);
    if (arrays.empty() || arrays[0].shape.size() != 2 || arrays[0].values.empty()) {
      throw Error(kClientError,
                  fmt::format("The {} of {} has no array of centers.", kNdArrayModel, hosting.model.string()));
    }
    return std::make_unique<Clusters>(arrays[0]);
  }

 private:
  const Declaration declaration_ = Declare();
};

}  // namespace

std::unique_ptr<Algorithm> MakeKmeans() { return std::make_unique<Kmeans>(); }

}  // namespace sagebrush::algorithms::kmeans
