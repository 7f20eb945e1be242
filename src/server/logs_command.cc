#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <map>
#include <thread>

#include "base/error.h"
#include "server/api_client.h"
#include "server/command.h"

namespace sagebrush::server {
namespace {

constexpr std::chrono::milliseconds kPollInterval{100};
constexpr const char* kLogGroup = "/aws/sagemaker/TrainingJobs";

// The log of one job, read on from where it was read to.
class JobLog {
 public:
  explicit JobLog(const ApiClient& api) : api_(api) {}

  // Prints what has come to the streams of `job`, the output of DescribeTrainingJob.
  void PrintNew(const Json& job) {
    for (const std::string& stream : Streams(job)) PrintNew(stream);
    std::fflush(stdout);
  }

 private:
  // JOB/algo-1-1732000000, ...: the number is the second in which the job was made, so that one before it under the
  // same name has others.
  std::vector<std::string> Streams(const Json& job) {
    if (!has_group_) {
      const Json groups = api_.Call("logs", "DescribeLogGroups", JsonObject{{"logGroupNamePrefix", kLogGroup}});
      has_group_ = !groups.at("logGroups").as_array().empty();
      if (!has_group_) return {};
    }
    const auto made = static_cast<std::int64_t>(std::floor(job.at("CreationTime").to_number<double>()));
    const std::string ending = "-" + std::to_string(made);
    std::vector<std::string> found;
    JsonObject input{{"logGroupName", kLogGroup}, {"logStreamNamePrefix", GetString(job, "TrainingJobName") + "/"}};
    for (;;) {
      const Json page = api_.Call("logs", "DescribeLogStreams", input);
      for (const Json& stream : page.at("logStreams").as_array()) {
        const std::string name = GetString(stream, "logStreamName");
        if (name.ends_with(ending)) found.push_back(name);
      }
      const std::string next = GetString(page, "nextToken");
      if (next.empty()) return found;
      input["nextToken"] = next;
    }
  }

  // To the end of what is there now: a token that comes back is where it is.
  void PrintNew(const std::string& stream) {
    std::string& token = tokens_[stream];
    for (;;) {
      JsonObject input{{"logGroupName", kLogGroup}, {"logStreamName", stream}, {"startFromHead", true}};
      if (!token.empty()) input["nextToken"] = token;
      const Json page = api_.Call("logs", "GetLogEvents", input);
      for (const Json& event : page.at("events").as_array()) std::printf("%s\n", GetString(event, "message").c_str());
      const std::string next = GetString(page, "nextForwardToken");
      if (next == token) return;
      token = next;
    }
  }

  const ApiClient& api_;
  bool has_group_ = false;
  std::map<std::string, std::string> tokens_;  // Where to go on, by stream.
};

void Print(const ApiClient& api, const std::string& name, bool follow) {
  JobLog log(api);
  for (;;) {
    // Before reading: lines printed until its end are then all there.
    const Json job = api.Call("sagemaker", "DescribeTrainingJob", JsonObject{{"TrainingJobName", name}});
    log.PrintNew(job);
    const std::string status = GetString(job, "TrainingJobStatus");
    const bool has_ended = status == "Completed" || status == "Failed" || status == "Stopped";
    if (!follow || has_ended) {
      std::fprintf(stderr, "%s: %s%s%s\n", name.c_str(), status.c_str(), status == "Failed" ? ": " : "",
                   GetString(job, "FailureReason").c_str());
      return;
    }
    std::this_thread::sleep_for(kPollInterval);
  }
}

}  // namespace

void AddLogsCommand(CLI::App& program, int&) {
  struct Options {
    Path data;
    std::string region;
    std::string job;
    bool follow = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("logs", "Print the log of a training job; asks the running server");
  AddDataOption(*command, options->data);
  command->add_option("--region", options->region, "Region of the job (default: the server's)");
  command->add_flag("-f,--follow", options->follow, "Go on until the job has ended");
  command->add_option("job", options->job, "Name of the training job")->required();
  command->callback([options] { Print(ApiClient(options->data, options->region), options->job, options->follow); });
}

}  // namespace sagebrush::server
