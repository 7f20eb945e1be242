#include "algorithms/xgboost/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>

#include "algorithms/algorithm.h"
#include "algorithms/job_log.h"

namespace sagebrush::algorithms::xgboost {
namespace {

template <typename Function>
void Bind(void* library, const char* name, Function& function) {
  void* found = ::dlsym(library, name);
  if (found == nullptr)
    throw Error(kAlgorithmError, fmt::format("libxgboost.so has no {}: run `make setup` again.", name));
  function = reinterpret_cast<Function>(found);
}

void PrintLibraryLine(const char* text) {
  std::string_view line(text);
  while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty()) PrintLine(line);
}

CApi Load() {
  // Threads that wait for each other must sleep: while they spin, a job on a busy machine or with a CPU quota took four
  // times as long (8.8 s instead of 2.2 s for 20,000 rows of 50 columns, 50 rounds, on two cores shared with a build).
  ::setenv("OMP_WAIT_POLICY", "passive", /*overwrite=*/0);
  void* library = ::dlopen("libxgboost.so", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(kAlgorithmError, fmt::format("XGBoost's library cannot be loaded: {}. Run `make setup`.", ::dlerror()));
  }
  CApi api{};
#define SAGEBRUSH_BIND(function) Bind(library, #function, api.function)
  SAGEBRUSH_BIND(XGBRegisterLogCallback);
  SAGEBRUSH_BIND(XGBSetGlobalConfig);
  SAGEBRUSH_BIND(XGDMatrixCreateFromDense);
  SAGEBRUSH_BIND(XGDMatrixCreateFromCSR);
  SAGEBRUSH_BIND(XGDMatrixSetInfoFromInterface);
  SAGEBRUSH_BIND(XGDMatrixSliceDMatrixEx);
  SAGEBRUSH_BIND(XGDMatrixFree);
  SAGEBRUSH_BIND(XGBoosterCreate);
  SAGEBRUSH_BIND(XGBoosterFree);
  SAGEBRUSH_BIND(XGBoosterSetParam);
  SAGEBRUSH_BIND(XGBoosterUpdateOneIter);
  SAGEBRUSH_BIND(XGBoosterEvalOneIter);
  SAGEBRUSH_BIND(XGBoosterBoostedRounds);
  SAGEBRUSH_BIND(XGBoosterGetNumFeature);
  SAGEBRUSH_BIND(XGBoosterSlice);
  SAGEBRUSH_BIND(XGBoosterSaveModelToBuffer);
  SAGEBRUSH_BIND(XGBoosterLoadModelFromBuffer);
  SAGEBRUSH_BIND(XGBoosterSetAttr);
  SAGEBRUSH_BIND(XGBoosterGetAttr);
  SAGEBRUSH_BIND(XGBoosterSaveJsonConfig);
  SAGEBRUSH_BIND(XGBoosterPredictFromDMatrix);
  SAGEBRUSH_BIND(XGBGetLastError);
#undef SAGEBRUSH_BIND
  api.XGBRegisterLogCallback(PrintLibraryLine);
  return api;
}

// What the user can put right: parts of the library's messages.
constexpr std::string_view kClientMessages[] = {
    "label must be in [0,1]",
    "label must be in [0, num_class)",
    "label must be discrete values in the range of [0, num_class)",
    "label must be nonnegative",
    "label must be non-negative",
    "label must be positive",
    "Label contains",
    "base_score must be in (0,1)",
    "base_score must",
    "dataset only contains pos or neg samples",
    "should be greater equal to",
    "Input data contains `inf`",
    "Invalid Parameter",
    "Invalid parameter",
    "value 0 for Parameter",
    "exceed bound",
    "preds.size() == info.labels",
    "num_class",
    "Unknown metric",
    "Unknown objective",
    "is not supported",
    "doesn't support",
    "Unsupported",
    "feature_names mismatch",
    "monotone",
    "interaction",
    "constraint",
    "Relevance degree",
    "relevance degree",
    "qid",
    "Weight",
    "weights",
    "must have",
    "learner_model_param_.num_feature",
    "Number of columns",
};

// The message without the library's stack trace and source position: "[07:39:25] /src/x.cc:12: Check failed: ..." .
std::string Shorten(std::string_view message) {
  const auto stack = message.find("\nStack trace");
  message = message.substr(0, stack);
  if (message.starts_with("[")) {
    const auto position = std::min({message.find(".cc:"), message.find(".cu:"), message.find(".h:")});
    const auto colon = position == std::string_view::npos ? position : message.find(": ", position);
    if (colon != std::string_view::npos) message.remove_prefix(colon + 2);
  }
  while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  return std::string(message);
}

void Must(int code) {
  if (code == 0) return;
  const std::string message = Shorten(Library().XGBGetLastError());
  for (const std::string_view part : kClientMessages) {
    if (message.find(part) != std::string::npos) throw Error(kClientError, message);
  }
  throw Error(kAlgorithmError, "XGBoost failed: " + message);
}

// NumPy's description of an array in this process's memory, as the library takes arrays.
template <typename Value>
std::string ArrayInterface(std::span<const Value> values, std::size_t rows, std::size_t columns = 0) {
  const char* type = std::is_floating_point_v<Value> ? "f" : "u";
  const std::string shape = columns > 0 ? fmt::format("[{},{}]", rows, columns) : fmt::format("[{}]", rows);
  return fmt::format(R"({{"data":[{},true],"shape":{},"typestr":"<{}{}","version":3}})",
                     reinterpret_cast<std::uintptr_t>(values.data()), shape, type, sizeof(Value));
}

template <typename Value>
void SetInfo(DMatrixHandle matrix, const char* field, const std::vector<Value>& values) {
  if (values.empty()) return;
  Must(Library().XGDMatrixSetInfoFromInterface(matrix, field,
                                               ArrayInterface(std::span<const Value>(values), values.size()).c_str()));
}

DMatrixHandle Create(const Features& features, int threads) {
  DMatrixHandle handle = nullptr;
  const std::string config = fmt::format(R"({{"missing":NaN,"nthread":{}}})", threads);
  const std::span<const float> values(features.values);
  if (features.sparse()) {
    const std::string offsets =
        ArrayInterface(std::span<const std::uint64_t>(features.offsets), features.offsets.size());
    const std::string indices =
        ArrayInterface(std::span<const std::uint32_t>(features.indices), features.indices.size());
    Must(Library().XGDMatrixCreateFromCSR(offsets.c_str(), indices.c_str(),
                                          ArrayInterface(values, values.size()).c_str(), features.columns,
                                          config.c_str(), &handle));
  } else {
    Must(Library().XGDMatrixCreateFromDense(ArrayInterface(values, features.rows, features.columns).c_str(),
                                            config.c_str(), &handle));
  }
  return handle;
}

}  // namespace

const CApi& Library() {
  static const CApi api = Load();
  return api;
}

Matrix::Matrix(const Features& features, int threads) : handle_(Create(features, threads)), rows_(features.rows) {}

Matrix::Matrix(const Dataset& data, int threads) : Matrix(data.features, threads) {
  SetInfo(handle(), "label", data.labels);
  SetInfo(handle(), "qid", data.query_ids);
  SetInfo(handle(), "weight", data.weights);
}

Matrix Matrix::Slice(std::span<const int> rows) const {
  Matrix slice;
  DMatrixHandle handle = nullptr;
  Must(Library().XGDMatrixSliceDMatrixEx(this->handle(), rows.data(), rows.size(), &handle, 0));
  slice.handle_.reset(handle);
  slice.rows_ = rows.size();
  return slice;
}

Booster::Booster(std::span<const Matrix* const> cached) {
  std::vector<DMatrixHandle> handles;
  for (const Matrix* matrix : cached) handles.push_back(matrix->handle());
  BoosterHandle handle = nullptr;
  Must(Library().XGBoosterCreate(handles.data(), handles.size(), &handle));
  handle_.reset(handle);
}

void Booster::SetParameter(std::string_view name, std::string_view value) {
  Must(Library().XGBoosterSetParam(handle_.get(), std::string(name).c_str(), std::string(value).c_str()));
}

void Booster::Update(int round, const Matrix& train) {
  Must(Library().XGBoosterUpdateOneIter(handle_.get(), round, train.handle()));
}

std::string Booster::Evaluate(int round, std::span<const Matrix* const> sets, std::span<const std::string> names) {
  std::vector<DMatrixHandle> handles;
  std::vector<const char*> texts;
  for (const Matrix* matrix : sets) handles.push_back(matrix->handle());
  for (const std::string& name : names) texts.push_back(name.c_str());
  const char* out = nullptr;
  Must(Library().XGBoosterEvalOneIter(handle_.get(), round, handles.data(), texts.data(), handles.size(), &out));
  return out;
}

int Booster::rounds() const {
  int rounds = 0;
  Must(Library().XGBoosterBoostedRounds(handle_.get(), &rounds));
  return rounds;
}

std::size_t Booster::columns() const {
  bst_ulong columns = 0;
  Must(Library().XGBoosterGetNumFeature(handle_.get(), &columns));
  return columns;
}

Booster Booster::Slice(int begin, int end) const {
  Booster slice;
  BoosterHandle handle = nullptr;
  Must(Library().XGBoosterSlice(handle_.get(), begin, end, 1, &handle));
  slice.handle_.reset(handle);
  return slice;
}

std::string Booster::Save() const {
  bst_ulong length = 0;
  const char* bytes = nullptr;
  Must(Library().XGBoosterSaveModelToBuffer(handle_.get(), R"({"format":"ubj"})", &length, &bytes));
  return {bytes, length};
}

void Booster::Load(std::string_view bytes) {
  Must(Library().XGBoosterLoadModelFromBuffer(handle_.get(), bytes.data(), bytes.size()));
}

void Booster::SetAttribute(std::string_view name, std::string_view value) {
  Must(Library().XGBoosterSetAttr(handle_.get(), std::string(name).c_str(), std::string(value).c_str()));
}

std::optional<std::string> Booster::GetAttribute(std::string_view name) const {
  const char* out = nullptr;
  int found = 0;
  Must(Library().XGBoosterGetAttr(handle_.get(), std::string(name).c_str(), &out, &found));
  return found != 0 ? std::optional<std::string>(out) : std::nullopt;
}

Json Booster::Configuration() const {
  bst_ulong length = 0;
  const char* text = nullptr;
  Must(Library().XGBoosterSaveJsonConfig(handle_.get(), &length, &text));
  return ParseJson({text, length});
}

Booster::Predictions Booster::Predict(const Matrix& rows, Output output) const {
  const std::string config =
      fmt::format(R"({{"type":{},"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true}})",
                  static_cast<int>(output));
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  Must(Library().XGBoosterPredictFromDMatrix(handle_.get(), rows.handle(), config.c_str(), &shape, &dimensions,
                                             &values));
  std::size_t total = 1;
  for (bst_ulong i = 0; i < dimensions; ++i) total *= shape[i];
  return {{values, values + total}, rows.rows() > 0 ? total / rows.rows() : 1};
}

}  // namespace sagebrush::algorithms::xgboost
