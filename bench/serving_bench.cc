// links: serving
// One model, 100 trees of depth 6 on 30 features: our predictor beside the XGBoost library's own call; and reading such
// rows from CSV.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include <fmt/format.h>

#include "algorithms/xgboost/booster_predictor.h"
#include "algorithms/xgboost/library.h"
#include "serving/request_rows.h"

namespace {

using namespace sagebrush;
using namespace sagebrush::algorithms;
using namespace sagebrush::algorithms::xgboost;

constexpr std::size_t kColumns = 30;

Dataset MakeData(std::size_t rows) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  Dataset data;
  data.features.rows = rows;
  data.features.columns = kColumns;
  for (std::size_t r = 0; r < rows; ++r) {
    float signal = normal(random);
    for (std::size_t c = 0; c < kColumns; ++c) {
      data.features.values.push_back(normal(random));
      signal += std::sin(data.features.values.back() * static_cast<float>(c % 5));
    }
    data.labels.push_back(signal > 0 ? 1.0F : 0.0F);
  }
  return data;
}

const Booster& Library100() {
  static const Booster& booster = *new Booster([] {
    const Matrix train(MakeData(4000), 1);
    const Matrix* cached[] = {&train};
    Booster made(cached);
    made.SetParameter("objective", "binary:logistic");
    made.SetParameter("max_depth", "6");
    made.SetParameter("nthread", "1");
    for (int round = 0; round < 100; ++round) made.Update(round, train);
    return made;
  }());
  return booster;
}

const Features& Rows() {
  static const Features rows = MakeData(4096).features;
  return rows;
}

void BM_Predictor(benchmark::State& state) {
  const BoosterPredictor predictor(ReadBooster(Library100().Save()));
  const auto count = static_cast<std::size_t>(state.range(0));
  std::vector<float> out(count);
  std::size_t row = 0;
  for (auto _ : state) {
    predictor.PredictDense(Rows().values.data() + row * kColumns, count, kColumns, out.data());
    benchmark::DoNotOptimize(out.data());
    row = (row + count) % (4096 - count);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * count));
}

void BM_Library(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  std::size_t row = 0;
  for (auto _ : state) {
    Features rows{.rows = count, .columns = kColumns};
    const auto from = Rows().values.begin() + static_cast<std::ptrdiff_t>(row * kColumns);
    rows.values.assign(from, from + static_cast<std::ptrdiff_t>(count * kColumns));
    benchmark::DoNotOptimize(Library100().Predict(Matrix(rows, 1), Booster::Output::kValue).values.data());
    row = (row + count) % (4096 - count);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * count));
}

void BM_ReadCsv(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  std::string body;
  for (std::size_t i = 0; i < count * kColumns; ++i) {
    body += fmt::format("{:.5f}{}", Rows().values[i], (i + 1) % kColumns == 0 ? '\n' : ',');
  }
  Features rows;
  constexpr RowFormat kFormats[] = {RowFormat::kCsv};
  const serving::RequestTypes types(kFormats);
  for (auto _ : state) {
    serving::ReadRows(RowFormat::kCsv, types, body, rows);
    benchmark::DoNotOptimize(rows.values.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * count));
}

BENCHMARK(BM_Predictor)->Arg(1)->Arg(100)->Arg(1000);
BENCHMARK(BM_Library)->Arg(1)->Arg(100)->Arg(1000);
BENCHMARK(BM_ReadCsv)->Arg(100);

}  // namespace

BENCHMARK_MAIN();
