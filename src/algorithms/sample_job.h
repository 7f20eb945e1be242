#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/algorithm.h"
#include "algorithms/data/content_type.h"
#include "algorithms/registry.h"
#include "algorithms/runner.h"
#include "base/json.h"

namespace sagebrush::algorithms {

// For tests: a small job of any algorithm, made of its declaration, in a directory of its own.

inline std::vector<std::string_view> AlgorithmNames() {
  std::vector<std::string_view> names;
  for (const auto& algorithm : AllAlgorithms()) names.push_back(algorithm->declaration().name);
  return names;
}

// A label, 0 or 1, and three features, which tell the labels apart but for some noise.
struct SampleRow {
  float label;
  float features[3];
};

inline std::vector<SampleRow> DrawSampleRows(int count, unsigned seed) {
  std::mt19937 random(seed);
  const auto number = [&] { return static_cast<float>(random() % 2001) / 1000 - 1; };
  std::vector<SampleRow> rows;
  for (int i = 0; i < count; ++i) {
    const float a = number(), b = number(), c = number();
    rows.push_back({a + b > 0.3f * number() ? 1.f : 0.f, {a, b, c}});
  }
  return rows;
}

// A record of SageMaker's protobuf in RecordIO's frame; all its lengths are below 128.
inline std::string SampleRecord(float label, std::span<const float> features) {
  const auto field = [](int number, const std::string& bytes) {
    return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
  };
  const auto entry = [&](std::span<const float> values) {
    const std::string tensor = field(1, {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
    return field(1, "values") + field(2, field(2, tensor));
  };
  const std::string record = field(1, entry(features)) + field(2, entry({&label, 1}));
  const std::uint32_t head[] = {0xCED7230A, static_cast<std::uint32_t>(record.size())};
  std::string out(reinterpret_cast<const char*>(head), sizeof head);
  out += record;
  out.append((4 - record.size() % 4) % 4, '\0');
  return out;
}

// The bytes of a channel's file, the label first where the format has columns.
inline std::string WriteSampleRows(const std::vector<SampleRow>& rows, DataFormat format) {
  std::string out;
  for (const auto& [label, f] : rows) {
    switch (format) {
      case DataFormat::kCsv:
        out += fmt::format("{},{},{},{}\n", label, f[0], f[1], f[2]);
        break;
      case DataFormat::kLibsvm:
        out += fmt::format("{} 0:{} 1:{} 2:{}\n", label, f[0], f[1], f[2]);
        break;
      case DataFormat::kRecordIo:
        out += SampleRecord(label, f);
        break;
      case DataFormat::kParquet:
        throw std::logic_error("Only its library writes Parquet.");
    }
  }
  return out;
}

class SampleJob {
 public:
  // With the hyperparameters of its sample, and rows in all channels, in the first format that the algorithm takes.
  explicit SampleJob(const Algorithm& algorithm) : algorithm_(algorithm) {
    for (const auto& [name, value] : algorithm.declaration().sample) Set(name, value);
    UseFormat(algorithm.declaration().channels.front().formats.front());
  }

  const Path& root() const { return directory_.path(); }

  void Set(std::string_view name, std::string_view value) { values_[name] = std::string(value); }
  void UseFormat(DataFormat format) {
    channels_.clear();
    unsigned seed = 1;
    for (const ChannelDeclaration& channel : algorithm_.declaration().channels) {
      channels_[channel.name] = JsonObject{{"ContentType", std::string(ContentTypeOf(format))}};
      Write("input/data/" + std::string(channel.name) + "/data", WriteSampleRows(DrawSampleRows(200, seed++), format));
    }
  }
  // Other data in a channel.
  void SetData(const std::string& channel, const std::string& content_type, std::string_view bytes) {
    channels_[channel] = JsonObject{{"ContentType", content_type}};
    Write("input/data/" + channel + "/data", bytes);
  }
  void SetChannels(JsonObject channels) { channels_ = std::move(channels); }
  void KeepCheckpoints() { std::filesystem::create_directories(root() / "checkpoints"); }

  // Runs it by the contract of /opt/ml. Returns the exit code.
  int Execute(std::stop_token stop = {}) {
    Write("input/config/hyperparameters.json", ToText(values_));
    Write("input/config/inputdataconfig.json", ToText(channels_));
    std::filesystem::remove(root() / "output/failure");
    testing::internal::CaptureStdout();
    const int code = RunTraining(algorithm_.declaration().name, root(), stop);
    log_ = testing::internal::GetCapturedStdout();
    return code;
  }
  const std::string& log() const { return log_; }
  std::string failure() const { return ReadFileIfExists(root() / "output/failure").value_or(""); }

  // Trains without the contract, with checkpoints.
  void Train(Metrics& metrics, std::stop_token stop) {
    Run run{.values = Hyperparameters::Parse(algorithm_.declaration().hyperparameters, values_),
            .model = root() / "model",
            .output_data = root() / "output/data",
            .checkpoints = root() / "checkpoints",
            .metrics = metrics,
            .stop = std::move(stop)};
    for (const Path& path : {run.model, run.output_data, *run.checkpoints}) std::filesystem::create_directories(path);
    for (const ChannelDeclaration& declared : algorithm_.declaration().channels) {
      const std::string name(declared.name), type = GetString(channels_.at(name), "ContentType");
      const auto& [format, labels] = ParseContentType(type, declared);
      run.channels[name] = {.name = name,
                            .directory = root() / "input/data" / name,
                            .content_type = type,
                            .format = format,
                            .labels = labels};
    }
    testing::internal::CaptureStdout();
    algorithm_.Train(run);
    log_ = testing::internal::GetCapturedStdout();
  }

  std::unique_ptr<Model> Load() const { return algorithm_.Load({.model = root() / "model"}); }
  // What the model says of some rows.
  std::vector<double> Answers() const {
    Features rows{.rows = 20, .columns = 3};
    for (const SampleRow& row : DrawSampleRows(20, 99)) {
      rows.values.insert(rows.values.end(), row.features, row.features + 3);
    }
    return Load()->Predict(rows);
  }
  // The files of the model, with their names.
  std::string ModelBytes() const {
    std::set<Path> files;
    for (const auto& entry : std::filesystem::directory_iterator(root() / "model")) files.insert(entry.path());
    std::string bytes;
    for (const Path& file : files) bytes += file.filename().string() + "\n" + ReadFile(file);
    return bytes;
  }

 private:
  void Write(const std::string& file, std::string_view text) {
    std::filesystem::create_directories((root() / file).parent_path());
    WriteAll(OpenFile(root() / file, O_WRONLY | O_CREAT | O_TRUNC).get(), text);
  }

  const Algorithm& algorithm_;
  TemporaryDirectory directory_;
  JsonObject values_;
  JsonObject channels_;
  std::string log_;
};

}  // namespace sagebrush::algorithms
