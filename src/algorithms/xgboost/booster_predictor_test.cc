#include "algorithms/xgboost/booster_predictor.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/json.h"

namespace sagebrush::algorithms::xgboost {
namespace {

// The tests run somewhere below the repository.
Path FixtureDirectory() {
  for (Path at = std::filesystem::current_path(); at.has_relative_path(); at = at.parent_path()) {
    if (std::filesystem::exists(at / "tests/fixtures/xgboost")) return at / "tests/fixtures/xgboost";
  }
  throw std::runtime_error("tests/fixtures/xgboost is missing");
}

// A model file with what the version of XGBoost that wrote it predicted (tests/fixtures/make_models.py).
struct Fixture {
  std::string model;
  Features rows;
  std::vector<std::uint32_t> bits;
};

Fixture ReadFixture(const Path& path) {
  const Json document = ParseJson(ReadFile(path));
  Fixture fixture;
  EXPECT_TRUE(FromBase64(GetString(document, "model"), fixture.model));
  for (const Json& row : document.at("rows").as_array()) {
    for (const Json& value : row.as_array()) {
      fixture.rows.values.push_back(value.is_null() ? std::nanf("") : static_cast<float>(value.to_number<double>()));
    }
    ++fixture.rows.rows;
  }
  fixture.rows.columns = fixture.rows.values.size() / fixture.rows.rows;
  for (const Json& bits : document.at("bits").as_array()) {
    fixture.bits.push_back(static_cast<std::uint32_t>(bits.to_number<std::int64_t>()));
  }
  return fixture;
}

std::vector<Path> FixtureFiles() {
  std::vector<Path> files;
  for (const auto& entry : std::filesystem::directory_iterator(FixtureDirectory())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

Features ToSparse(const Features& dense) {
  Features sparse;
  sparse.rows = dense.rows;
  sparse.columns = dense.columns;
  sparse.offsets.push_back(0);
  for (std::size_t i = 0; i < dense.values.size(); ++i) {
    if (!std::isnan(dense.values[i])) {
      sparse.values.push_back(dense.values[i]);
      sparse.indices.push_back(static_cast<std::uint32_t>(i % dense.columns));
    }
    if ((i + 1) % dense.columns == 0) sparse.offsets.push_back(sparse.values.size());
  }
  return sparse;
}

std::vector<std::uint32_t> BitsOf(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

class OldModels : public testing::TestWithParam<Path> {};

TEST_P(OldModels, PredictWhatTheVersionThatWroteThemPredicted) {
  const Fixture fixture = ReadFixture(GetParam());
  const BoosterPredictor predictor(ReadBooster(fixture.model));
  EXPECT_EQ(BitsOf(predictor.Predict(fixture.rows)), fixture.bits);
  EXPECT_EQ(BitsOf(predictor.Predict(ToSparse(fixture.rows))), fixture.bits);
}

TEST_P(OldModels, AreRefusedWhenTheyAreCutOff) {
  const Fixture fixture = ReadFixture(GetParam());
  const std::size_t used = fixture.model.size();
  for (std::size_t size = 0; size < used / 2; size += 37) {
    EXPECT_THROW(ReadBooster(std::string_view(fixture.model).substr(0, size)), Error) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, OldModels, testing::ValuesIn(FixtureFiles()), [](const auto& info) {
  std::string name = info.param.stem().string();
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

TEST(BoosterPredictor, RefusesRowsWithMoreColumnsThanTheModel) {
  const Fixture fixture = ReadFixture(FixtureFiles().front());
  const BoosterPredictor predictor(ReadBooster(fixture.model));
  Features rows{.rows = 1, .columns = 6, .values = std::vector<float>(6)};
  EXPECT_THROW(predictor.Predict(rows), Error);
}

}  // namespace
}  // namespace sagebrush::algorithms::xgboost
