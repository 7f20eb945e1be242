#include "algorithms/runner.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <exception>
#include <new>

#include "algorithms/algorithm.h"
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

Channels ReadChannels(const Path& root) {
  Channels channels;
  const Json configuration = ReadConfiguration(root, "inputdataconfig.json", true);
  if (!configuration.is_object()) throw Error(kAlgorithmError, "inputdataconfig.json is not an object of channels");
  for (const auto& [key, value] : configuration.get_object()) {
    const std::string name(key);
    Channel channel{.name = name, .directory = root / "input/data" / name, .content_type = {}};
    channel.content_type = GetString(value, "ContentType");
    channel.input_mode = GetString(value, "TrainingInputMode", "File");
    channels.emplace(name, std::move(channel));
  }
  return channels;
}

void CheckHosts(const Path& root) {
  const Json configuration = ReadConfiguration(root, "resourceconfig.json", false);
  const Json* hosts = Find(configuration, "hosts");
  if (hosts != nullptr && hosts->is_array() && hosts->get_array().size() > 1) {
    throw Error(kClientError,
                fmt::format("The job has {} instances; this algorithm trains on one. Set InstanceCount to 1.",
                            hosts->get_array().size()));
  }
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

Outputs MakeOutputs(const Path& root) {
  Outputs outputs{.model = root / "model", .data = root / "output/data", .checkpoints = CheckpointDirectory(root)};
  std::filesystem::create_directories(outputs.model);
  std::filesystem::create_directories(outputs.data);
  if (outputs.checkpoints) std::filesystem::create_directories(*outputs.checkpoints);
  return outputs;
}

// Prints metrics in the form in which they stand in SageMaker's logs, where a tab is shown as #011:
// "[0]#011train-auc:0.98000#011validation-auc:0.97000".
class PrintedMetrics : public Metrics {
 public:
  void Report(std::int64_t round, std::span<const Value> values) override {
    std::string line = fmt::format("[{}]", round);
    for (const Value& value : values) line += fmt::format("#011{}:{:.5f}", value.name, value.value);
    PrintLine(line);
  }
};

void Train(std::string_view name, const Path& root, std::stop_token stop) {
  const Algorithm* algorithm = FindAlgorithm(name);
  if (algorithm == nullptr) throw Error(kClientError, fmt::format("There is no algorithm '{}'.", name));
  const Json given = ReadConfiguration(root, "hyperparameters.json", true);
  RefuseScriptMode(given);
  const Hyperparameters values = Hyperparameters::Parse(algorithm->Declare(), given);
  algorithm->Check(values);
  CheckHosts(root);
  const Channels channels = ReadChannels(root);
  PrintedMetrics metrics;
  algorithm->Train(channels, values, MakeOutputs(root), metrics, std::move(stop));
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
