// links: store
// How fast the store is: durable inserts of 16 clients, cached reads, pages of a list. usage: store_bench [seconds
// [directory]]
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "store/sqlite_store.h"

namespace sagebrush {
namespace {

using Clock = std::chrono::steady_clock;

// Calls `act(thread, i)` on `threads` threads for `seconds`, and prints calls a second.
void Measure(const std::string& what, int threads, double seconds, const std::function<void(int, int)>& act) {
  std::atomic<std::int64_t> calls = 0;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      int i = 0;
      while (Clock::now() < end) act(t, i++);
      calls += i;
    });
  }
  for (std::thread& thread : running) thread.join();
  const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  fmt::print("{:<44} {:>10.0f} /s\n", what, static_cast<double>(calls.load()) / elapsed);
}

store::Resource Model(int thread, int i) {
  store::Resource model;
  model.key = {"model", "123456789012", "us-east-1", fmt::format("model-{}-{}", thread, i)};
  model.spec = JsonObject{{"ModelName", model.key.name}, {"Environment", std::string(900, 'x')}};
  model.created = model.modified = {1'700'000'000'000 + i};
  return model;
}

void Run(const Path& parent, double seconds) {
  const Path directory = parent / "store-bench";
  std::filesystem::remove_all(directory);
  {
    store::SqliteStore store(directory);
    for (const int clients : {1, 16, 64}) {
      Measure(fmt::format("durable inserts of 1 KB, {} clients", clients), clients, seconds, [&](int thread, int i) {
        store::Resource model = Model(1000 * clients + thread, i);
        store.Insert(model);
      });
    }
    for (int i = 0; i < 1000; ++i) {
      store::Resource model = Model(0, i);
      store.Insert(model);
    }
    Measure("gets of 1,000 cached resources, 2 threads", 2, seconds, [&](int, int i) {
      store.Get({"model", "123456789012", "us-east-1", "model-0-" + std::to_string(i % 1000)});
    });
    store::ListQuery query;
    query.kind = "model";
    query.account = "123456789012";
    query.region = "us-east-1";
    query.sort_by = store::ListQuery::SortBy::kCreated;
    query.descending = true;
    Measure("lists of 100, 2 threads", 2, seconds, [&](int, int) { store.List(query); });
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace sagebrush

int main(int argc, char** argv) {
  sagebrush::Run(argc > 2 ? argv[2] : std::filesystem::current_path(), argc > 1 ? std::stod(argv[1]) : 3);
  return 0;
}
