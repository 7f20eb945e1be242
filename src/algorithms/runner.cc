#include "algorithms/runner.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <new>

#include "algorithms/algorithm.h"
#include "algorithms/data/content_type.h"
#include "algorithms/job_log.h"
#include "algorithms/registry.h"

namespace sagebrush::algorithms {
namespace {

Json ReadConfiguration(const Path& root, std::string_view name, bool required) {
  const Path file = root / "input/config" / name;
  const auto text = ReadFileIfExists(file);
  if (!text) {
    if (!required) return JsonObject{};
    throw Error(kAlgorithmError, fmt::format("{} is missing: this program runs inside a training job.", file.string()));
  }
  try {
    return ParseJson(*text);
  } catch (const Error& error) {
    throw Error(kAlgorithmError, fmt::format("{} is not JSON: {}", file.string(), error.what()));
  }
}

// Hyperparameters with these names belong to script mode, in which the job brings its own code.
void RefuseScriptMode(const Json& hyperparameters) {
  if (Find(hyperparameters, "sagemaker_program") == nullptr) return;
  throw Error(kClientError,
              "Script mode (hyperparameter sagemaker_program, an entry_point of your own) is not built for this "
              "image: train with the built-in algorithm, or leave out entry_point.");
}

// As inputdataconfig.json has them.
Channels ReadChannels(const Path& root) {
  Channels channels;
  const Json configuration = ReadConfiguration(root, "inputdataconfig.json", true);
  if (!configuration.is_object()) throw Error(kAlgorithmError, "inputdataconfig.json is not an object of channels");
  for (const auto& [key, value] : configuration.get_object()) {
    const std::string name(key);
    Channel channel{.name = name, .directory = root / "input/data" / name, .content_type = {}};
    channel.content_type = GetString(value, "ContentType");
    if (GetString(value, "TrainingInputMode", "File") == "Pipe") {
      channel.pipes = std::make_shared<ChannelPipes>(channel.directory);
    }
    channels.emplace(name, std::move(channel));
  }
  return channels;
}

// A stream cannot be read from its end, as Parquet is; AWS's XGBoost takes no LIBSVM either.
void CheckStreams(const Declaration& declaration, const Channel& channel) {
  if (!declaration.reads_pipes) {
    throw Error(kClientError, fmt::format("Channel {} has TrainingInputMode Pipe, which {} does not read: use File or "
                                          "FastFile.",
                                          channel.name, declaration.name));
  }
  if (channel.format == DataFormat::kCsv || channel.format == DataFormat::kRecordIo) return;
  throw Error(kClientError, fmt::format("Pipe mode not supported for {}: use File or FastFile in channel {}.",
                                        channel.format == DataFormat::kLibsvm ? "LibSVM" : "Parquet", channel.name));
}

// Checks the channels against what the algorithm declares, and sets what their content types mean to it.
void CheckChannels(const Declaration& declaration, Channels& channels) {
  const std::vector<ChannelDeclaration>& declared = declaration.channels;
  std::vector<std::string_view> names;
  for (const ChannelDeclaration& each : declared) {
    names.push_back(each.name);
    if (each.required && !channels.contains(each.name)) {
      throw Error(kClientError, fmt::format("Missing required channel: {}", each.name));
    }
  }
  for (auto& [name, channel] : channels) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      throw Error(kClientError,
                  fmt::format("Extraneous channel found: {}. There may be {}.", name, fmt::join(names, " and ")));
    }
    const auto& [format, labels] =
        ParseContentType(channel.content_type, declared[static_cast<std::size_t>(found - names.begin())]);
    channel.format = format;
    channel.labels = labels;
    if (channel.pipes != nullptr) CheckStreams(declaration, channel);
  }
}

Hosts ReadHosts(const Path& root, const Declaration& declaration) {
  const Json configuration = ReadConfiguration(root, "resourceconfig.json", false);
  Hosts hosts;
  hosts.current = GetString(configuration, "current_host", hosts.current);
  if (const Json* names = Find(configuration, "hosts"); names != nullptr && names->is_array()) {
    hosts.all.clear();
    for (const Json& name : names->get_array()) {
      if (name.is_string()) hosts.all.emplace_back(name.get_string());
    }
  }
  if (hosts.all.size() > declaration.hosts_max) {
    const bool one = declaration.hosts_max == 1;
    throw Error(
        kClientError,
        fmt::format("The job has {} instances; this algorithm trains on {}. Set InstanceCount to {}.", hosts.all.size(),
                    one ? "one" : fmt::format("up to {}", declaration.hosts_max), one ? "1" : "fewer"));
  }
  return hosts;
}

// Where the job keeps checkpoints: the LocalPath of checkpointconfig.json, or checkpoints/ where that exists.
std::optional<Path> CheckpointDirectory(const Path& root) {
  const std::string local = GetString(ReadConfiguration(root, "checkpointconfig.json", false), "LocalPath");
  if (local.empty()) {
    if (std::filesystem::is_directory(root / "checkpoints")) return root / "checkpoints";
    return std::nullopt;
  }
  const Path relative = Path(local).lexically_relative("/opt/ml");
  return !relative.empty() && *relative.begin() != ".." ? root / relative : Path(local);
}

// "[0]#011train-auc:0.98000#011validation-auc:0.97000": how SageMaker's logs show the tabs of XGBoost's lines.
class RoundLines : public Metrics {
 public:
  void Report(std::optional<std::int64_t> round, std::span<const Value> values) override {
    std::string line = fmt::format("[{}]", round.value_or(0));
    for (const Value& value : values) line += fmt::format("#011{}:{:.5f}", value.name, value.value);
    PrintLine(line);
  }
};

// "#quality_metric: host=algo-1, epoch=0, train msd <loss>=0.064": what the logs of SageMaker's other algorithms have.
class QualityLines : public Metrics {
 public:
  explicit QualityLines(std::string host) : host_(std::move(host)) {}

  void Report(std::optional<std::int64_t> round, std::span<const Value> values) override {
    const std::string epoch = round ? fmt::format(" epoch={},", *round) : "";
    for (const Value& value : values) {
      PrintInfo("#quality_metric: host={},{} {}={}", host_, epoch, value.name, value.value);
    }
  }

 private:
  const std::string host_;
};

std::unique_ptr<Metrics> MetricsOf(const Declaration& declaration, const Hosts& hosts) {
  if (declaration.metric_lines == Declaration::MetricLines::kRounds) return std::make_unique<RoundLines>();
  return std::make_unique<QualityLines>(hosts.current);
}

void Train(std::string_view name, const Path& root, std::stop_token stop) {
  const Algorithm* algorithm = FindAlgorithm(name);
  if (algorithm == nullptr) throw Error(kClientError, fmt::format("There is no algorithm '{}'.", name));
  const Declaration& declaration = algorithm->declaration();
  const Json given = ReadConfiguration(root, "hyperparameters.json", true);
  RefuseScriptMode(given);
  Hyperparameters values = Hyperparameters::Parse(declaration.hyperparameters, given);
  algorithm->Check(values);
  const Hosts hosts = ReadHosts(root, declaration);
  Channels channels = ReadChannels(root);
  CheckChannels(declaration, channels);
  const auto metrics = MetricsOf(declaration, hosts);
  const Run run{.channels = std::move(channels),
                .values = std::move(values),
                .hosts = hosts,
                .model = root / "model",
                .output_data = root / "output/data",
                .checkpoints = CheckpointDirectory(root),
                .metrics = *metrics,
                .stop = std::move(stop)};
  std::filesystem::create_directories(run.model);
  std::filesystem::create_directories(run.output_data);
  if (run.checkpoints) std::filesystem::create_directories(*run.checkpoints);
  if (run.checkpoints && !declaration.keeps_checkpoints) {
    PrintWarning("{} keeps no checkpoints: CheckpointConfig has no effect.", name);
  }
  algorithm->Train(run);
}

int Fail(const Path& root, std::string_view kind, std::string_view message) {
  PrintLog("ERROR", fmt::format("{}: {}", kind, message));
  try {
    std::filesystem::create_directories(root / "output");
    const FileDescriptor file = OpenFile(root / "output/failure", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    WriteAll(file.get(), fmt::format("{}: {}", kind, message));
  } catch (const std::exception& error) {
    PrintLog("ERROR", fmt::format("The failure file cannot be written: {}", error.what()));
  }
  return 1;
}

}  // namespace

int RunTraining(std::string_view algorithm, const Path& root, std::stop_token stop) {
  PrintInfo("Running the built-in algorithm {}", algorithm);
  try {
    Train(algorithm, root, std::move(stop));
    return 0;
  } catch (const Error& error) {
    return Fail(root, error.kind().fault == Fault::kClient ? "ClientError" : "AlgorithmError", error.what());
  } catch (const std::bad_alloc&) {
    return Fail(root, "ClientError", "Please use an instance type with more memory: the training data does not fit.");
  } catch (const std::exception& error) {
    return Fail(root, "AlgorithmError", error.what());
  }
}

}  // namespace sagebrush::algorithms
