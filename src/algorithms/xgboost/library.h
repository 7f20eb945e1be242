#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/data/dataset.h"
#include "algorithms/xgboost/c_api.h"
#include "base/json.h"

namespace sagebrush::algorithms::xgboost {

// Loads libxgboost at the first call (17 MB: a job prints its first line before). Safe to call from any thread.
// Throws Error when the library is not there.
const CApi& Library();

// The library's copy of a data set. Throws Error(kClientError) for values that it refuses (infinities).
class Matrix {
 public:
  // `threads` to copy with. The labels, weights and query ids go along.
  Matrix(const Dataset& data, int threads);
  explicit Matrix(const Features& features, int threads);
  Matrix Slice(std::span<const int> rows) const;

  DMatrixHandle handle() const { return handle_.get(); }
  std::size_t rows() const { return rows_; }

 private:
  struct Free {
    void operator()(DMatrixHandle handle) const { Library().XGDMatrixFree(handle); }
  };
  Matrix() = default;
  std::unique_ptr<void, Free> handle_;
  std::size_t rows_ = 0;
};

// A model of the library, trained or being trained. Not thread-safe. Every function throws Error with the library's
// message: kClientError where the data or the parameters are at fault, else kAlgorithmError.
class Booster {
 public:
  // `cached`: matrices whose predictions the library keeps up to date while training.
  explicit Booster(std::span<const Matrix* const> cached = {});

  void SetParameter(std::string_view name, std::string_view value);
  void Update(int round, const Matrix& train);
  // "[3]\ttrain-auc:0.98\tvalidation-auc:0.97"
  std::string Evaluate(int round, std::span<const Matrix* const> sets, std::span<const std::string> names);
  int rounds() const;
  std::size_t columns() const;
  // Rounds `begin` up to `end`, without it.
  Booster Slice(int begin, int end) const;
  // As Universal Binary JSON: the format that Python's Booster(model_file=...) guesses for a name without extension.
  std::string Save() const;
  // Reads UBJ, JSON or the binary format of versions before 1.
  void Load(std::string_view bytes);
  void SetAttribute(std::string_view name, std::string_view value);
  std::optional<std::string> GetAttribute(std::string_view name) const;
  Json Configuration() const;

  enum class Output { kValue = 0, kMargin = 1 };
  struct Predictions {
    std::vector<float> values;
    std::size_t width = 1;  // Values a row.
  };
  Predictions Predict(const Matrix& rows, Output output) const;

 private:
  struct Free {
    void operator()(BoosterHandle handle) const { Library().XGBoosterFree(handle); }
  };
  std::unique_ptr<void, Free> handle_;
};

}  // namespace sagebrush::algorithms::xgboost
