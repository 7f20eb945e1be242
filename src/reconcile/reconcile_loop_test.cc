#include "reconcile/reconcile_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>

#include "base/error.h"
#include "base/log.h"
#include "store/sqlite_store.h"

namespace sagebrush::reconcile {
namespace {

// Does what the test says, and remembers whom it was called for.
class FakeController : public Controller {
 public:
  using Act = std::function<std::optional<Seconds>(const store::Key&)>;
  explicit FakeController(Act act, const std::string& kind = "training-job") : kind_(kind), act_(std::move(act)) {}
  const std::string& Kind() const override { return kind_; }
  std::optional<Seconds> Reconcile(const store::Key& key) override {
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(key.name);
    }
    return act_(key);
  }
  void Restore(const store::Resource& resource) override {
    restored_.push_back(resource.key.name);
    if (resource.key.name == "odd") throw Error(kInternalFailure, "of another version");
  }
  const std::vector<std::string>& restored() const { return restored_; }
  std::vector<std::string> TakeCalls() {
    const std::lock_guard lock(mutex_);
    return std::exchange(calls_, {});
  }

 private:
  const std::string kind_;
  Act act_;
  std::mutex mutex_;
  std::vector<std::string> calls_;
  std::vector<std::string> restored_;
};

class ReconcileLoopTest : public testing::Test {
 protected:
  ReconcileLoopTest() { SetLogSeverity(Severity::kError); }
  ~ReconcileLoopTest() override { SetLogSeverity(Severity::kInfo); }

  store::Resource Insert(const std::string& name, const std::string& kind = "training-job") {
    store::Resource resource;
    resource.key = {kind, "1", "us-east-1", name};
    EXPECT_TRUE(store_.Insert(resource));
    return resource;
  }
  ReconcileLoop::Options ByHand() {
    return {.threads = 0, .backoff_first = Seconds(1), .backoff_max = Seconds(5), .now = [this] { return now_; }};
  }

  TemporaryDirectory directory_;
  store::SqliteStore store_{directory_.path()};
  Moment now_{std::chrono::hours(1)};
};

TEST_F(ReconcileLoopTest, LooksAtEveryResourceAtStart) {
  Insert("a");
  Insert("b");
  Insert("c", "model");
  FakeController controller([](const store::Key&) { return std::nullopt; });
  ReconcileLoop loop(store_, ByHand());
  loop.Add(controller);
  loop.Start();
  EXPECT_EQ(loop.RunDue(), 2);
  EXPECT_THAT(controller.TakeCalls(), testing::UnorderedElementsAre("a", "b"));
}

TEST_F(ReconcileLoopTest, FollowsChangesOfItsKindOnly) {
  FakeController controller([](const store::Key&) { return std::nullopt; });
  ReconcileLoop loop(store_, ByHand());
  loop.Add(controller);
  loop.Start();
  store::Resource job = Insert("a");
  Insert("m", "model");
  EXPECT_EQ(loop.RunDue(), 1);
  store_.Update(job);
  store_.Update(job);
  EXPECT_EQ(loop.RunDue(), 1);  // Two changes, one look.
  store_.Delete(job);
  EXPECT_EQ(loop.RunDue(), 1);
  EXPECT_EQ(loop.RunDue(), 0);
}

TEST_F(ReconcileLoopTest, LooksAgainAfterItsOwnWrite) {
  FakeController controller([this](const store::Key& key) -> std::optional<Seconds> {
    store::Resource job = *store_.Get(key);
    if (job.state == "Completed") return std::nullopt;
    job.state = "Completed";
    store_.Update(job);
    return std::nullopt;
  });
  ReconcileLoop loop(store_, ByHand());
  loop.Add(controller);
  loop.Start();
  Insert("a");
  EXPECT_EQ(loop.RunDue(), 2);
}

TEST_F(ReconcileLoopTest, LooksAgainWhenAsked) {
  FakeController controller([](const store::Key&) { return Seconds(10); });
  ReconcileLoop loop(store_, ByHand());
  loop.Add(controller);
  loop.Start();
  const store::Resource job = Insert("a");
  EXPECT_EQ(loop.RunDue(), 1);
  now_ += std::chrono::seconds(9);
  EXPECT_EQ(loop.RunDue(), 0);
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(loop.RunDue(), 1);
  loop.Wake(job.key);
  EXPECT_EQ(loop.RunDue(), 1);
  loop.Wake({"model", "1", "us-east-1", "m"});
  EXPECT_EQ(loop.RunDue(), 0);
}

TEST_F(ReconcileLoopTest, BacksOffEverLongerOnErrorUpToTheMaximum) {
  bool fail = true;
  FakeController controller([&](const store::Key&) -> std::optional<Seconds> {
    if (fail) throw Error(kInternalFailure, "no luck");
    return std::nullopt;
  });
  ReconcileLoop loop(store_, ByHand());
  loop.Add(controller);
  loop.Start();
  const store::Resource job = Insert("a");
  EXPECT_EQ(loop.RunDue(), 1);
  for (const int wait : {1, 2, 4, 5, 5}) {
    now_ += std::chrono::seconds(wait) - std::chrono::milliseconds(1);
    EXPECT_EQ(loop.RunDue(), 0) << wait;
    now_ += std::chrono::milliseconds(1);
    EXPECT_EQ(loop.RunDue(), 1) << wait;
  }
  EXPECT_EQ(loop.Counts().at("training-job").failures, 6u);
  EXPECT_EQ(loop.Counts().at("training-job").last_error, "a: no luck");
  fail = false;
  loop.Wake(job.key);
  EXPECT_EQ(loop.RunDue(), 1);
  fail = true;
  loop.Wake(job.key);
  EXPECT_EQ(loop.RunDue(), 1);
  now_ += std::chrono::seconds(1);  // Success has set the delay back.
  EXPECT_EQ(loop.RunDue(), 1);
}

TEST_F(ReconcileLoopTest, AReconcileThatWritesAndFailsDoesNotSpin) {
  FakeController controller([this](const store::Key& key) -> std::optional<Seconds> {
    store::Resource job = *store_.Get(key);
    job.status = JsonObject{{"Tried", true}};
    store_.Update(job);
    throw Error(kInternalFailure, "no luck");
  });
  ReconcileLoop loop(store_, ByHand());
  loop.Add(controller);
  loop.Start();
  Insert("a");
  EXPECT_EQ(loop.RunDue(), 1);
}

TEST_F(ReconcileLoopTest, CallsForOneKeyNeverOverlapOnThreads) {
  constexpr int kKeys = 3;
  std::array<std::atomic<int>, kKeys> running{};
  std::array<std::atomic<int>, kKeys> seen{};
  std::atomic<bool> overlapped = false;
  std::latch all_seen(kKeys);
  FakeController controller([&](const store::Key& key) -> std::optional<Seconds> {
    const auto i = static_cast<std::size_t>(key.name[0] - '0');
    if (running[i].fetch_add(1) != 0) overlapped = true;
    std::this_thread::yield();
    running[i].fetch_sub(1);
    if (seen[i].fetch_add(1) == 20) all_seen.count_down();
    return Seconds(0);
  });
  ReconcileLoop loop(store_);
  loop.Add(controller);
  loop.Start();
  for (int i = 0; i < kKeys; ++i) Insert(std::to_string(i));
  all_seen.wait();
  loop.Stop();
  EXPECT_FALSE(overlapped);
}

// Eight training jobs that uploaded once held every endpoint.
TEST_F(ReconcileLoopTest, OneKindDoesNotHoldAnother) {
  std::promise<void> release, reached;
  const auto released = release.get_future().share();
  FakeController stalled([&](const store::Key&) -> std::optional<Seconds> {
    released.wait();
    return std::nullopt;
  });
  FakeController other(
      [&](const store::Key&) -> std::optional<Seconds> {
        reached.set_value();
        return std::nullopt;
      },
      "endpoint");
  ReconcileLoop loop(store_);
  loop.Add(stalled);
  loop.Add(other);
  loop.Start();
  for (int i = 0; i < 20; ++i) Insert(std::to_string(i));
  Insert("e", "endpoint");
  reached.get_future().wait();  // Hangs, and fails by the time limit, when it has to wait for the jobs.
  release.set_value();
}

TEST_F(ReconcileLoopTest, RestoresEveryResourceWhateverOneOfThemHolds) {
  for (const char* name : {"a", "odd", "z"}) Insert(name);
  FakeController controller([](const store::Key&) { return std::nullopt; });
  ReconcileLoop loop(store_, ByHand());
  loop.Add(controller);
  loop.Restore();
  EXPECT_THAT(controller.restored(), testing::UnorderedElementsAre("a", "odd", "z"));
}

TEST_F(ReconcileLoopTest, StopWaitsForWhatRunsAndStartsNothingMore) {
  std::promise<void> started, release;
  std::atomic<bool> finished = false;
  FakeController controller([&](const store::Key&) -> std::optional<Seconds> {
    started.set_value();
    release.get_future().wait();
    finished = true;
    return std::nullopt;
  });
  ReconcileLoop loop(store_);
  loop.Add(controller);
  loop.Start();
  Insert("a");
  started.get_future().wait();
  std::thread releasing([&] { release.set_value(); });
  loop.Stop();
  EXPECT_TRUE(finished);
  releasing.join();
  Insert("b");  // The store's listener outlives the loop's threads.
  EXPECT_THAT(controller.TakeCalls(), testing::ElementsAre("a"));
}

}  // namespace
}  // namespace sagebrush::reconcile
