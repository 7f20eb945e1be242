// links: store
// How fast the store is: durable inserts of 16 clients, cached reads, pages of a list, and all that lists can ask among
// 100,000 resources. usage: store_bench [seconds [directory]]
#include <fmt/format.h>

#include <algorithm>
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

// Calls `act` for `seconds` and prints the times of its calls.
void MeasureTimes(const std::string& what, double seconds, const std::function<void(int)>& act) {
  std::vector<double> times;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  for (int i = 0; i < 5 || Clock::now() < end; ++i) {
    const auto start = Clock::now();
    act(i);
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::ranges::sort(times);
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  fmt::print("{:<44} {:>10.3f} ms p50 {:>10.3f} ms p99\n", what, at(0.5), at(0.99));
}

store::ListQuery Newest(int limit) {
  store::ListQuery query{.kind = "model", .account = "123456789012", .region = "us-east-1"};
  query.sort_by = store::ListQuery::SortBy::kCreated;
  query.descending = true;
  query.limit = limit;
  return query;
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
    Measure("lists of 100, 2 threads", 2, seconds, [&](int, int) { store.List(Newest(100)); });
  }
  std::filesystem::remove_all(directory);
}

store::Store::Options WithTeams() {
  return {.attributes =
              [](const store::Resource& resource) {
                return std::vector<store::Attribute>{{"Tags.team", "team-" + resource.key.name.substr(11)}};
              },
          .attributes_version = "bench"};
}

void RunLarge(const Path& parent, double seconds) {
  constexpr int kResources = 100'000;
  const Path directory = parent / "store-bench";
  {
    store::SqliteStore store(directory, WithTeams());
    for (int i = 0; i < kResources; i += 1000) {
      std::vector<store::Resource> models;
      for (int j = 0; j < 1000; ++j) models.push_back(Model(100, i + j));
      std::vector<store::Write> writes;
      for (store::Resource& model : models) writes.push_back(store::Write::Insert(model));
      store.Commit(writes);
    }
  }
  const auto start = Clock::now();
  store::SqliteStore store(directory, WithTeams());
  const auto since = [&] { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); };
  fmt::print("{:<44} {:>10.0f} ms\n", "100,000 stored: open", since());
  store.List(Newest(10));
  fmt::print("{:<44} {:>10.0f} ms\n", "100,000 stored: open, and the first list", since());
  const auto list = [&](const std::string& what, const std::function<void(store::ListQuery&)>& ask) {
    MeasureTimes("100,000 stored: " + what, seconds, [&](int i) {
      store::ListQuery query = Newest(10);
      ask(query);
      store.List(query);
      if (what.ends_with("write")) {
        store::Resource model = Model(200, i);
        store.Insert(model);
      }
    });
  };
  list("newest 10", [](store::ListQuery&) {});
  list("name contains, 1 matches", [](store::ListQuery& q) { q.name_contains = "100-54321"; });
  list("name contains, none matches", [](store::ListQuery& q) { q.name_contains = "nothing"; });
  list("a state that none has", [](store::ListQuery& q) { q.states = {"Failed"}; });
  list("a tag, 1 matches", [](store::ListQuery& q) {
    q.where = [](const store::Outline& outline) { return outline.ValueOf("Tags.team") == "team-54321"; };
  });
  list("newest 10, and a write", [](store::ListQuery&) {});
  list("name contains, none, and a write", [](store::ListQuery& q) { q.name_contains = "nothing"; });
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace sagebrush

int main(int argc, char** argv) {
  const sagebrush::Path directory = argc > 2 ? argv[2] : std::filesystem::current_path();
  const double seconds = argc > 1 ? std::stod(argv[1]) : 3;
  sagebrush::Run(directory, seconds);
  sagebrush::RunLarge(directory, seconds);
  return 0;
}
