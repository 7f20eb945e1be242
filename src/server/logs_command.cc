#include <CLI/CLI.hpp>
#include <cstdio>
#include <thread>

#include "base/error.h"
#include "base/line_file.h"
#include "sagemaker/training/training.h"
#include "server/command.h"
#include "store/sqlite_store.h"
#include "telemetry/log_store.h"

namespace sagebrush::server {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};

std::shared_ptr<const store::Resource> FindJob(const store::Reader& store, const std::string& name) {
  for (const auto& job : store.All(sagemaker::TrainingJobNoun().kind)) {
    if (GetString(job->spec, "TrainingJobName") == name) return job;
  }
  throw Error(kValidation, "There is no training job " + name + " in this data directory.");
}

bool HasEnded(const store::Resource& job) {
  return job.state == "Completed" || job.state == "Failed" || job.state == "Stopped";
}

void Print(const Path& data, const std::string& name, bool follow) {
  RequireData(data);
  const auto store = store::OpenReadOnly(data);
  const auto first = FindJob(*store, name);
  const Path file =
      telemetry::LogStore::FileOf(data, first->key.account, first->key.region,
                                  std::string(sagemaker::kTrainingLogGroup), sagemaker::TrainingLogStream(*first));
  std::uint64_t offset = 0;
  for (;;) {
    const auto job = FindJob(*store, name);  // Before reading: lines printed until its end are then all there.
    offset = ReadLines(file, offset, [](const LogLine& line) {
      std::printf("%s\n", line.message.c_str());
      return true;
    });
    std::fflush(stdout);
    if (!follow || HasEnded(*job)) {
      std::fprintf(stderr, "%s: %s%s%s\n", name.c_str(), job->state.c_str(), job->state == "Failed" ? ": " : "",
                   GetString(job->status, "FailureReason").c_str());
      return;
    }
    std::this_thread::sleep_for(kPollInterval);
  }
}

}  // namespace

void AddLogsCommand(CLI::App& program, int&) {
  struct Options {
    Path data;
    std::string job;
    bool follow = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("logs", "Print the log of a training job");
  AddDataOption(*command, options->data);
  command->add_flag("-f,--follow", options->follow, "Go on until the job has ended");
  command->add_option("job", options->job, "Name of the training job")->required();
  command->callback([options] { Print(options->data, options->job, options->follow); });
}

}  // namespace sagebrush::server
