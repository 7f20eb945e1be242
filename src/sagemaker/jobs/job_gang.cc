#include "sagemaker/jobs/job_gang.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace sagebrush::sagemaker {
namespace {

// Those that were stopped after it have ended because of it.
auto Order(const runtime::WorkloadState& state) {
  return std::tuple(state.reason == runtime::ExitReason::kStopped, state.ended);
}

}  // namespace

std::string WorkloadOf(const store::Resource& job, std::size_t host) {
  return host == 0 ? job.uid : fmt::format("{}-algo-{}", job.uid, host + 1);
}

bool EndsJobByFailure(const runtime::WorkloadState& host) {
  return host.reason != runtime::ExitReason::kExited || host.exit_code != 0;
}

std::optional<JobRun> RunOf(const std::vector<std::optional<runtime::WorkloadState>>& hosts, EndsJob ends_job) {
  if (!std::ranges::all_of(hosts, [](const auto& host) { return host.has_value(); })) return std::nullopt;
  JobRun run;
  bool any_runs = false, all_started = true;
  Time last_start, last_end;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const runtime::WorkloadState& host = *hosts[i];
    last_start = std::max(last_start, host.started);
    last_end = std::max(last_end, host.ended);
    all_started = all_started && host.started.milliseconds != 0;
    any_runs = any_runs || host.running;
    if (host.running || !ends_job(host)) continue;
    if (!run.over || Order(host) < Order(*hosts[run.host])) run.host = i;
    run.over = true;
  }
  run.state = *hosts[run.host];
  run.state.running = any_runs;
  run.state.started = all_started ? last_start : Time{};
  run.state.ended = any_runs ? Time{} : last_end;
  return run;
}

}  // namespace sagebrush::sagemaker
