// links: runtime
// From Runtime::Start to the first line of the workload's own code in its log. Peer: `podman run` of an empty image.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/line_file.h"
#include "runtime/process_runtime.h"

namespace {

using namespace sagebrush;

runtime::WorkloadSpec Echo(const Path& directory, const Path& log) {
  runtime::WorkloadSpec spec;
  spec.command = {"/bin/echo", "first line"};
  spec.cpus = 1;
  spec.memory_bytes_max = 1LL << 30;
  spec.disk_bytes_max = 1LL << 30;
  spec.mounts = {{directory, "/opt/ml", false}};
  spec.api_address = "127.0.0.1:9";
  spec.log_file = log;
  return spec;
}

double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void StartToFirstLine(benchmark::State& state) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / "work");
  const Path bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  runtime::ProcessRuntime runtime(directory.path() / "data", bin / "sagebrush-supervisor");
  int count = 0;
  std::vector<double> first_line, start_returned;
  for (auto _ : state) {
    const std::string id = "bench-" + std::to_string(++count);
    const Path log = directory.path() / id;
    const auto begin = std::chrono::steady_clock::now();
    runtime.Start(id, Echo(directory.path() / "work", log));
    const double returned = Seconds(std::chrono::steady_clock::now() - begin).count();
    bool seen = false;
    std::chrono::steady_clock::time_point seen_at;
    while (!seen) {
      ReadLines(log, 0, [&](const LogLine&) { return seen = true; });
      seen_at = std::chrono::steady_clock::now();
      if (!seen) std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    state.SetIterationTime(Seconds(seen_at - begin).count());
    first_line.push_back(Seconds(seen_at - begin).count() * 1000);
    start_returned.push_back(returned * 1000);
    runtime.Remove(id);
  }
  state.counters["p50_ms"] = Percentile(first_line, 0.5);
  state.counters["p90_ms"] = Percentile(first_line, 0.9);
  state.counters["start_returned_p50_ms"] = Percentile(start_returned, 0.5);
}
BENCHMARK(StartToFirstLine)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(100);

}  // namespace

BENCHMARK_MAIN();
