// links: objects
// The object store without HTTP: small and large objects, durable, on the disk of TMPDIR.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "base/file.h"
#include "objects/local_object_store.h"

namespace sagebrush::objects {
namespace {

constexpr std::uint64_t kPlain = 0, kEncrypted = 1;  // A benchmark's argument.

WriteOptions OptionsOf(const benchmark::State& state) {
  if (state.range(0) == kPlain) return {};
  static const ObjectKey key{{.form = EncryptionForm::kS3, .sealed_key = "sealed"}, SecretKey::Random()};
  return {.key = key};
}

OpenedObject Opened(const LocalObjectStore& store, const std::string& name, const benchmark::State& state) {
  auto opened = store.Open("bench", name);
  opened->data_key = OptionsOf(state).key.data_key;
  return *std::move(opened);
}

struct StoreOnDisk {
  StoreOnDisk() { store.CreateBucket({.name = "bench", .account = "1", .region = "us-east-1"}); }

  TemporaryDirectory directory;
  SystemClock clock;
  LocalObjectStore store{directory.path(), clock};
};

StoreOnDisk& SharedStore() {
  static StoreOnDisk store;
  return store;
}

void PutSmall(benchmark::State& state) {
  LocalObjectStore& store = SharedStore().store;
  const std::string bytes(1024, 's');
  std::int64_t number = 0;
  for (auto _ : state) {
    auto writer = store.Write("bench", fmt::format("{}/{}", state.thread_index(), number++), {}, OptionsOf(state));
    writer->Append(bytes);
    writer->Commit();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PutSmall)->Arg(kPlain)->Arg(kEncrypted)->ArgName("encrypted")->Threads(1)->Threads(16)->UseRealTime();

// What a writer of objects of so many KiB waits: an object that comes while something is done aside must not wait for
// it.
void PutDurable(benchmark::State& state) {
  LocalObjectStore& store = SharedStore().store;
  const std::string bytes(static_cast<std::size_t>(state.range(0)) << 10, 's');
  std::vector<double> waits;
  for (auto _ : state) {
    const auto begun = std::chrono::steady_clock::now();
    auto writer = store.Write("bench", fmt::format("d{}/{}", state.thread_index(), waits.size() % 1000), {}, {});
    writer->Append(bytes);
    writer->Commit();
    waits.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
  }
  std::ranges::sort(waits);
  state.counters["p99_ms"] = {waits[waits.size() * 99 / 100], benchmark::Counter::kAvgThreads};
  state.counters["max_ms"] = {waits.back(), benchmark::Counter::kAvgThreads};
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * std::ssize(bytes));
}
BENCHMARK(PutDurable)->Arg(4)->Arg(64)->Threads(1)->Threads(16)->UseRealTime()->MinTime(3);

void OpenAndReadSmall(benchmark::State& state) {
  LocalObjectStore& store = SharedStore().store;
  auto writer = store.Write("bench", "read", {}, OptionsOf(state));
  writer->Append(std::string(1024, 's'));
  writer->Commit();
  for (auto _ : state) {
    const OpenedObject opened = Opened(store, "read", state);
    store.Verify(opened, {0, opened.object.size});
    opened.Read({0, opened.object.size}, [](std::string_view bytes) { benchmark::DoNotOptimize(bytes.data()); });
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(OpenAndReadSmall)->Arg(kEncrypted)->Arg(kPlain)->ArgName("encrypted")->Threads(1)->Threads(2)->UseRealTime();

void ListThousand(benchmark::State& state) {
  LocalObjectStore& store = SharedStore().store;
  for (int i = 0; i < 1000; ++i) {
    if (store.Find("bench", fmt::format("list/{:04}", i))) break;
    store.Copy(*store.Open("bench", "read"), "bench", fmt::format("list/{:04}", i), {}, {});
  }
  for (auto _ : state) benchmark::DoNotOptimize(store.List("bench", {.prefix = "list/"}).objects.size());
}
BENCHMARK(ListThousand)->UseRealTime();

constexpr int kManyKeys = 1'000'000;

std::string KeyOf(int number) { return fmt::format("logs/2026/{:07}.json", number); }

// An index as a million writes would leave it, without their files: a bucket of a million keys, and one in which each
// key has a delete marker over two versions.
struct ManyKeys {
  ManyKeys() {
    {
      const LocalObjectStore made(directory.path(), clock);
    }
    IndexTables tables(directory.path() / "index.db", store::SqliteConnection::Mode::kReadWrite);
    const std::int64_t keys = tables.InsertBucket({.name = "keys", .account = "1", .region = "us-east-1"});
    const std::int64_t versions = tables.InsertBucket({.name = "versions", .account = "1", .region = "us-east-1"});
    tables.database().Execute("BEGIN");
    for (int i = 0; i < kManyKeys; ++i) {
      IndexedObject indexed{{.key = KeyOf(i), .size = 100, .etag = std::string(32, 'a')}, std::string(32, 'f'), 1};
      tables.PutObject(keys, indexed);
      if (i % 3 != 0) continue;
      for (indexed.sequence = 1; indexed.sequence <= 3; ++indexed.sequence) {
        indexed.object.version = fmt::format("{:016x}{:016x}", indexed.sequence, i);
        indexed.object.delete_marker = indexed.sequence == 3;
        tables.PutAside(versions, indexed);
      }
    }
    tables.database().Execute("COMMIT");
    tables.database().Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  TemporaryDirectory directory;
  SystemClock clock;
};

// A page of 1,000 from a random place on.
void ListPageOfAMillion(benchmark::State& state, const std::string& bucket, bool versions) {
  static const ManyKeys many;
  static const LocalObjectStore store(many.directory.path(), many.clock);
  std::mt19937 random(1);
  std::vector<double> times;
  for (auto _ : state) {
    const std::string after = KeyOf(static_cast<int>(random() % (kManyKeys - 4000)));
    const auto begun = std::chrono::steady_clock::now();
    if (versions) {
      benchmark::DoNotOptimize(store.Versions(bucket, {.key_marker = after}).versions.size());
    } else {
      benchmark::DoNotOptimize(store.List(bucket, {.start_after = after}).objects.size());
    }
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
  }
  std::ranges::sort(times);
  state.counters["p99_ms"] = times[times.size() * 99 / 100];
}
BENCHMARK_CAPTURE(ListPageOfAMillion, Keys, "keys", false)->UseRealTime();
BENCHMARK_CAPTURE(ListPageOfAMillion, Versions, "versions", true)->UseRealTime();
BENCHMARK_CAPTURE(ListPageOfAMillion, NothingButVersions, "versions", false)->UseRealTime();

void PutLarge(benchmark::State& state) {
  LocalObjectStore& store = SharedStore().store;
  const std::string piece(256 << 10, 'l');
  constexpr std::int64_t kSize = 1 << 30;
  for (auto _ : state) {
    auto writer = store.Write("bench", "large", {}, OptionsOf(state));
    for (std::int64_t written = 0; written < kSize; written += std::ssize(piece)) writer->Append(piece);
    writer->Commit();
  }
  state.SetBytesProcessed(state.iterations() * kSize);
}
BENCHMARK(PutLarge)->Arg(kPlain)->Arg(kEncrypted)->ArgName("encrypted")->Iterations(2)->UseRealTime();

void ReadLarge(benchmark::State& state) {
  LocalObjectStore& store = SharedStore().store;
  for (auto _ : state) {
    const OpenedObject opened = Opened(store, "large", state);
    store.Verify(opened, {0, opened.object.size});
    opened.Read({0, opened.object.size}, [](std::string_view bytes) { benchmark::DoNotOptimize(bytes.data()); });
    state.SetBytesProcessed(state.bytes_processed() + static_cast<std::int64_t>(opened.object.size));
  }
}
BENCHMARK(ReadLarge)->Arg(kEncrypted)->ArgName("encrypted")->Iterations(2)->UseRealTime();

void EncryptSegments(benchmark::State& state) {
  const std::string text(static_cast<std::size_t>(state.range(0)), 's'), nonce(GcmCipher::kNonceSize, 'n');
  std::string sealed(text.size() + GcmCipher::kTagSize, '\0');
  GcmCipher cipher(SecretKey::Random());
  for (auto _ : state) cipher.Encrypt(nonce, "", text, sealed.data());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(EncryptSegments)->Arg(4 << 10)->Arg(64 << 10)->Arg(1 << 20);

void DecryptSegments(benchmark::State& state) {
  const std::string text(static_cast<std::size_t>(state.range(0)), 's'), nonce(GcmCipher::kNonceSize, 'n');
  std::string sealed(text.size() + GcmCipher::kTagSize, '\0'), out(text.size(), '\0');
  GcmCipher cipher(SecretKey::Random());
  cipher.Encrypt(nonce, "", text, sealed.data());
  for (auto _ : state) benchmark::DoNotOptimize(cipher.Decrypt(nonce, "", sealed, out.data()));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(DecryptSegments)->Arg(4 << 10)->Arg(64 << 10)->Arg(1 << 20);

void CopyLarge(benchmark::State& state) {
  LocalObjectStore& store = SharedStore().store;
  for (auto _ : state) {
    const OpenedObject source = Opened(store, "large", state);
    store.Copy(source, "bench", "copy", {}, OptionsOf(state));
  }
}
BENCHMARK(CopyLarge)->Arg(kEncrypted)->Iterations(20)->UseRealTime();

}  // namespace
}  // namespace sagebrush::objects

BENCHMARK_MAIN();
