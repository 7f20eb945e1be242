#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "algorithms/data/ndarray_file.h"
#include "algorithms/sample_job.h"

namespace sagebrush::algorithms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Point = std::vector<double>;

std::string ToCsv(const std::vector<Point>& rows) {
  std::string text;
  for (const Point& row : rows) text += fmt::format("{}\n", fmt::join(row, ","));
  return text;
}

// Rows of `count` clusters, in turn, each with its center at a corner of a wide grid and so much noise about it.
std::vector<Point> DrawClusters(std::size_t rows, std::size_t count, double noise, unsigned seed) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0 * 2 - 1; };
  std::vector<Point> points;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t cluster = i % count;
    points.push_back({10 * static_cast<double>(cluster % 3) + noise * uniform(),
                      10 * static_cast<double>(cluster / 3) + noise * uniform()});
  }
  return points;
}

double SquaredDistance(const Point& a, const Point& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

std::size_t ClosestOf(const Point& row, const std::vector<Point>& centers) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < centers.size(); ++i) {
    if (SquaredDistance(row, centers[i]) < SquaredDistance(row, centers[best])) best = i;
  }
  return best;
}

double MeanSquaredDistance(const std::vector<Point>& rows, const std::vector<Point>& centers) {
  double sum = 0;
  for (const Point& row : rows) sum += SquaredDistance(row, centers[ClosestOf(row, centers)]);
  return sum / static_cast<double>(rows.size());
}

// Lloyd's algorithm over all rows at once, from given centers: what the streaming one is compared with.
std::vector<Point> FullLloyd(const std::vector<Point>& rows, std::vector<Point> centers) {
  for (int iteration = 0; iteration < 100; ++iteration) {
    std::vector<Point> sums(centers.size(), Point(centers[0].size()));
    std::vector<double> counts(centers.size());
    for (const Point& row : rows) {
      const std::size_t closest = ClosestOf(row, centers);
      ++counts[closest];
      for (std::size_t c = 0; c < row.size(); ++c) sums[closest][c] += row[c];
    }
    for (std::size_t i = 0; i < centers.size(); ++i) {
      for (std::size_t c = 0; counts[i] > 0 && c < sums[i].size(); ++c) centers[i][c] = sums[i][c] / counts[i];
    }
  }
  return centers;
}

double MetricOf(const std::string& log, const std::string& name) {
  const std::size_t at = log.rfind("host=algo-1, " + name + " <loss>=");
  return at == std::string::npos ? std::nan("") : std::stod(log.substr(log.find("=", at + 12) + 1));
}

class Kmeans : public testing::Test {
 protected:
  Kmeans() : job_(*FindAlgorithm("kmeans")) {
    job_.SetChannels({});
    job_.Set("feature_dim", "2");
  }

  void SetRows(const std::vector<Point>& rows) { job_.SetData("train", "text/csv;label_size=0", ToCsv(rows)); }
  void SetTest(const std::vector<Point>& rows) { job_.SetData("test", "text/csv;label_size=0", ToCsv(rows)); }
  void Set(std::string_view name, std::string_view value) { job_.Set(name, value); }
  void Train() { ASSERT_EQ(job_.Execute(), 0) << job_.failure(); }
  std::string Failure() { return job_.Execute() == 0 ? "" : job_.failure(); }

  std::vector<Point> Centers() const {
    const NdArray array = ReadModelArrays(job_.root() / "model").at(0);
    std::vector<Point> centers;
    for (std::size_t i = 0; i < array.shape[0]; ++i) {
      const float* begin = array.values.data() + i * array.shape[1];
      centers.emplace_back(begin, begin + array.shape[1]);
    }
    std::sort(centers.begin(), centers.end());
    return centers;
  }

  SampleJob job_;
};

void ExpectNear(const std::vector<Point>& found, const std::vector<Point>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_LT(std::sqrt(SquaredDistance(found[i], expected[i])), tolerance) << i;
  }
}

// Each row belongs to the cluster around its grid corner: the centers are the means of those rows.
TEST_F(Kmeans, FindsTheMeansOfSeparateClusters) {
  constexpr std::size_t kClusters = 6;
  const std::vector<Point> rows = DrawClusters(3000, kClusters, 1, 1);
  std::vector<Point> means(kClusters, Point(2));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (int c : {0, 1}) means[i % kClusters][c] += rows[i][c] / (3000.0 / kClusters);
  }
  std::sort(means.begin(), means.end());
  SetRows(rows);
  Set("k", "6");
  Set("epochs", "1");
  for (const char* method : {"random", "kmeans++"}) {
    Set("init_method", method);
    Set("local_lloyd_init_method", method);
    Set("local_lloyd_num_trials", "300");  // Seeds at random mostly leave some cluster without a center.
    Train();
    ExpectNear(Centers(), means, 1e-4);
  }
}

TEST_F(Kmeans, RepeatsLloydsIterationsUntilTheySettle) {
  SetRows({{1, 3}, {1, 4}, {10, 30}, {10, 31}});
  Set("epochs", "1");
  Train();
  ExpectNear(Centers(), {{1, 3.5}, {10, 30.5}}, 1e-6);
  EXPECT_THAT(job_.log(), HasSubstr("local kmeans attempt #0. Current mean square distance 0.250000\n"));
  EXPECT_NEAR(MetricOf(job_.log(), "train msd"), 0.25, 1e-6);
  Set("local_lloyd_max_iter", "1");
  Train();
  EXPECT_THAT(job_.log(), HasSubstr("local kmeans attempt #0. Current mean square distance 0.500000\n"));
}

// Of clusters that run into each other, one pass in small batches is nearly as good as a hundred over all rows.
TEST_F(Kmeans, IsNearlyAsGoodAsFullPasses) {
  const std::vector<Point> rows = DrawClusters(6000, 9, 7, 2);
  SetRows(rows);
  Set("k", "9");
  Set("mini_batch_size", "500");
  Set("epochs", "1");
  Train();
  std::vector<Point> corners;
  for (int i = 0; i < 9; ++i) corners.push_back({10.0 * (i % 3), 10.0 * (i / 3)});
  const double best = MeanSquaredDistance(rows, FullLloyd(rows, corners));
  EXPECT_LT(MeanSquaredDistance(rows, Centers()), 1.1 * best);
}

TEST_F(Kmeans, ReportsTheDistancesOfTheTestChannel) {
  const std::vector<Point> test = DrawClusters(500, 4, 2, 4);
  SetRows(DrawClusters(2000, 4, 2, 3));
  SetTest(test);
  Set("k", "4");
  Set("eval_metrics", R"(["msd","ssd"])");
  Train();
  const double expected = MeanSquaredDistance(test, Centers());
  EXPECT_NEAR(MetricOf(job_.log(), "test msd"), expected, 1e-4 * expected);
  EXPECT_NEAR(MetricOf(job_.log(), "test ssd"), 500 * expected, 500 * 1e-4 * expected);
}

// The rows' distances to the final centers, known without another pass: each row's center had seen it.
TEST_F(Kmeans, KnowsTheDistancesOfTheTrainingRowsFromThePass) {
  const std::vector<Point> rows = DrawClusters(3000, 4, 1, 3);
  SetRows(rows);
  Set("k", "4");
  Set("epochs", "1");
  Train();
  const double expected = MeanSquaredDistance(rows, Centers());
  EXPECT_NEAR(MetricOf(job_.log(), "train msd"), expected, 1e-3 * expected);
}

// A row's weight halves with every half_life_time_size rows that come behind it.
TEST_F(Kmeans, LetsRowsCountLessTheLongerAgoTheyCame) {
  const std::vector<Point> rows = DrawClusters(900, 9, 3, 5);
  SetRows(rows);
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"k", "1"}, {"extra_center_factor", "1"}, {"half_life_time_size", "50"}, {"epochs", "1"}}) {
    Set(name, value);
  }
  Point sum(2);
  double weights = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double weight = std::exp2(-static_cast<double>(rows.size() - 1 - i) / 50);
    weights += weight;
    for (int c : {0, 1}) sum[c] += weight * rows[i][c];
  }
  for (const char* batch : {"1", "40", "5000"}) {
    Set("mini_batch_size", batch);
    Train();
    ExpectNear(Centers(), {{sum[0] / weights, sum[1] / weights}}, 1e-4);
  }
}

// 96 MB of text, which would be as much memory if it were read at once, and the numbers besides.
TEST_F(Kmeans, TrainsOnMoreDataThanItKeepsInMemory) {
  const std::string some = ToCsv(DrawClusters(20'000, 9, 5, 1));
  const Path data = job_.root() / "input/data/train/data";
  SetRows({});
  {
    const FileDescriptor file = OpenFile(data, O_WRONLY | O_APPEND);
    for (std::size_t bytes = 0; bytes < (96u << 20); bytes += some.size()) WriteAll(file.get(), some);
  }
  Set("k", "2");
  Set("extra_center_factor", "1");
  Set("epochs", "1");
  Set("mini_batch_size", "5000");
  struct rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  Train();
  ::getrusage(RUSAGE_SELF, &after);
#if !__has_feature(address_sanitizer)  // Which keeps what is freed.
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024);
#endif
}

TEST_F(Kmeans, AnswersTheClosestCenterAndTheDistanceToIt) {
  SetRows(DrawClusters(600, 4, 2, 6));
  Set("k", "4");
  Train();
  const auto model = job_.Load();
  const std::vector<Point> rows = DrawClusters(50, 4, 3, 7);
  Features features{.rows = rows.size(), .columns = 2};
  for (const Point& row : rows) features.values.insert(features.values.end(), row.begin(), row.end());
  const std::vector<double> answers = model->Predict(features);
  const NdArray centers = ReadModelArrays(job_.root() / "model").at(0);
  std::vector<Point> in_order;
  for (std::size_t i = 0; i < 4; ++i) in_order.push_back({centers.values[2 * i], centers.values[2 * i + 1]});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(answers[2 * i], static_cast<double>(ClosestOf(rows[i], in_order)));
    EXPECT_NEAR(answers[2 * i + 1], std::sqrt(SquaredDistance(rows[i], in_order[ClosestOf(rows[i], in_order)])), 1e-4);
  }
}

// `mx.nd.load('model_algo-1')[0]` is the array of centers.
TEST_F(Kmeans, LeavesItsCentersAsOneArrayWithoutName) {
  SetRows(DrawClusters(100, 3, 1, 8));
  Set("k", "3");
  Train();
  const std::vector<NdArray> arrays = ReadModelArrays(job_.root() / "model");
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_THAT(arrays[0].shape, ElementsAre(3, 2));
  EXPECT_EQ(arrays[0].name, "");
}

TEST_F(Kmeans, ReadsSparseRequestsWithZerosWhereThereIsNothing) {
  SetRows(DrawClusters(100, 2, 1, 8));
  Train();
  const auto model = job_.Load();
  const Features sparse{.rows = 1, .columns = 2, .values = {9}, .offsets = {0, 1}, .indices = {0}};
  EXPECT_EQ(model->Predict(sparse), model->Predict({.rows = 1, .columns = 2, .values = {9, 0}}));
  EXPECT_THROW(model->Predict({.rows = 1, .columns = 2, .values = {9, NAN}}), Error);
  EXPECT_THROW(model->Predict({.rows = 1, .columns = 1, .values = {9}}), Error);
}

TEST_F(Kmeans, ClustersRowsThatAreAllTheSame) {
  SetRows(std::vector<Point>(50, Point{1, 2}));
  Set("k", "3");
  for (const char* method : {"random", "kmeans++"}) {
    Set("init_method", method);
    Train();
    ExpectNear(Centers(), std::vector<Point>(3, Point{1, 2}), 1e-6);
  }
}

TEST_F(Kmeans, NeedsAsManyRowsAsClusters) {
  SetRows(DrawClusters(5, 5, 1, 9));
  Set("k", "5");
  Train();
  Set("k", "6");
  EXPECT_THAT(Failure(), HasSubstr("ClientError: Hyperparameter k: 6 clusters of 5 rows"));
}

TEST_F(Kmeans, SaysWhatDoesNotFitFeatureDim) {
  job_.SetData("train", "text/csv", "1,2\n3,4\n5,6\n");
  EXPECT_THAT(Failure(), HasSubstr("The rows of the train channel have 1 features and feature_dim is 2. The first "
                                   "column of CSV is the label, unless the ContentType is text/csv;label_size=0."));
  SetRows({{1, 2, 3}, {4, 5, 6}});
  EXPECT_THAT(Failure(), HasSubstr("have 3 features and feature_dim is 2."));
  job_.SetData("train", "text/csv;label_size=0", "1,2\n3,\n5,6\n");
  EXPECT_THAT(Failure(), HasSubstr("Row 2 of the train channel has no value for its feature 2"));
  job_.SetData("train", "text/csv;label_size=0", "");
  EXPECT_THAT(Failure(), HasSubstr("No data in train channel path"));
}

// docs.aws.amazon.com/sagemaker/latest/dg/k-means-api-config.html: valid values.
TEST_F(Kmeans, RefusesValuesThatTheGuideDoesNotAllow) {
  SetRows(DrawClusters(50, 2, 1, 9));
  const std::pair<const char*, const char*> wrong[] = {{"k", "0"},
                                                       {"feature_dim", "-1"},
                                                       {"epochs", "0"},
                                                       {"mini_batch_size", "0"},
                                                       {"extra_center_factor", "0"},
                                                       {"extra_center_factor", "some"},
                                                       {"eval_metrics", "[\"mse\"]"},
                                                       {"eval_metrics", "[msd"},
                                                       {"init_method", "far"},
                                                       {"local_lloyd_init_method", "kmeans"},
                                                       {"local_lloyd_max_iter", "0"},
                                                       {"local_lloyd_num_trials", "none"},
                                                       {"local_lloyd_tol", "1.5"},
                                                       {"half_life_time_size", "-1"},
                                                       {"force_dense", "maybe"}};
  for (const auto& [name, value] : wrong) {
    SampleJob job(*FindAlgorithm("kmeans"));
    job.Set(name, value);
    EXPECT_EQ(job.Execute(), 1) << name;
    EXPECT_THAT(job.failure(), HasSubstr(std::string("ClientError: Hyperparameter ") + name)) << value;
  }
  for (const char* name : {"extra_center_factor", "local_lloyd_num_trials"}) Set(name, "auto");
  Set("eval_metrics", R"(["ssd"])");
  Set("_tuning_objective_metric", "test:msd");
  Train();
}

}  // namespace
}  // namespace sagebrush::algorithms
