#include "reconcile/chores.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <latch>
#include <thread>

namespace sagebrush::reconcile {
namespace {

constexpr ChoreLane kLane{"archives", 1};
constexpr ChoreLane kOtherLane{"health", 1};
const store::Key kKey{"training-job", "1", "us-east-1", "a"};

Json Nothing(std::stop_token) { return {}; }

// Until it is told to stop: as an upload to a store that does not answer.
Json Stall(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
  return "late";
}

TEST(Chores, RunOnceForEachIdAndTellTheirOutcome) {
  Chores chores(Chores::Threads::kNone);
  int runs = 0;
  const auto work = [&](std::stop_token) -> Json { return ++runs; };
  EXPECT_EQ(chores.Do(kLane, "a", kKey, work), nullptr);
  EXPECT_EQ(chores.Do(kLane, "a", kKey, work), nullptr);
  EXPECT_TRUE(chores.RunOne());
  EXPECT_FALSE(chores.RunOne());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(chores.Do(kLane, "a", kKey, work)->result, Json(1));
  EXPECT_TRUE(chores.Forget("a"));
  EXPECT_EQ(chores.Do(kLane, "a", kKey, work), nullptr);
  chores.RunOne();
  EXPECT_EQ(runs, 2);
}

TEST(Chores, TellWhatTheyThrew) {
  Chores chores(Chores::Threads::kNone);
  const auto client = [](std::stop_token) -> Json { throw Error(kValidation, "no such bucket"); };
  const auto bug = [](std::stop_token) -> Json { throw std::runtime_error("odd"); };
  chores.Do(kLane, "a", kKey, client);
  chores.Do(kLane, "b", kKey, bug);
  while (chores.RunOne()) {
  }
  EXPECT_EQ(chores.Do(kLane, "a", kKey, client)->failure->code, kValidation.code);
  EXPECT_EQ(chores.Do(kLane, "a", kKey, client)->message, "no such bucket");
  EXPECT_EQ(chores.Do(kLane, "b", kKey, bug)->failure->code, kInternalFailure.code);
}

TEST(Chores, ThatAreLeftAreForgottenWhenTheyHaveEnded) {
  Chores chores(Chores::Threads::kNone);
  int runs = 0;
  for (int i = 0; i < 3; ++i) chores.Leave(kLane, "a", kKey, [&](std::stop_token) -> Json { return ++runs; });
  EXPECT_TRUE(chores.Knows("a"));
  while (chores.RunOne()) {
  }
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(chores.Knows("a"));
}

TEST(Chores, WakeTheirKeyWhenTheyHaveEnded) {
  Chores chores(Chores::Threads::kNone);
  std::vector<store::Key> woken;
  chores.Listen([&](const store::Key& key) {
    EXPECT_NE(chores.Do(kLane, "a", key, Nothing), nullptr);
    woken.push_back(key);
  });
  chores.Do(kLane, "a", kKey, Nothing);
  chores.RunOne();
  EXPECT_EQ(woken, std::vector{kKey});
}

TEST(Chores, ThatWaitAreForgottenAtOnce) {
  Chores chores(Chores::Threads::kNone);
  chores.Do(kLane, "a", kKey, [](std::stop_token) -> Json {
    ADD_FAILURE() << "was forgotten";
    return {};
  });
  EXPECT_TRUE(chores.Forget("a"));
  EXPECT_FALSE(chores.Knows("a"));
  bool again = false;
  chores.Do(kLane, "a", kKey, [&](std::stop_token) -> Json { return again = true; });
  while (chores.RunOne()) {
  }
  EXPECT_TRUE(again);
}

TEST(Chores, AreForgottenByTheBeginningOfTheirNames) {
  Chores chores(Chores::Threads::kNone);
  for (const char* id : {"a/1/x", "a/1/y", "a/2/x", "b"}) chores.Do(kLane, id, kKey, Nothing);
  EXPECT_TRUE(chores.ForgetAll("a/", "a/2/"));
  EXPECT_FALSE(chores.Knows("a/1/x") || chores.Knows("a/1/y"));
  EXPECT_TRUE(chores.Knows("a/2/x") && chores.Knows("b"));
  EXPECT_TRUE(chores.ForgetAll("a/"));
  EXPECT_FALSE(chores.Knows("a/2/x"));
}

TEST(Chores, ThatRunAreForgottenWhenTheyHaveEnded) {
  Chores chores;
  std::latch begun(1), ended(1);
  chores.Listen([&](const store::Key&) { ended.count_down(); });
  chores.Do(kLane, "a", kKey, [&](std::stop_token stop) {
    begun.count_down();
    return Stall(stop);
  });
  begun.wait();
  EXPECT_FALSE(chores.Forget("a"));
  ended.wait();
  EXPECT_TRUE(chores.Forget("a"));
  EXPECT_FALSE(chores.Knows("a"));
}

// W6: eight uploads once held every endpoint that was to come up.
TEST(Chores, ThatStallHoldOnlyTheirOwnLane) {
  Chores chores;
  for (const char* id : {"a", "b", "c"}) chores.Do(kLane, id, kKey, Stall);
  std::latch done(1);
  chores.Do(kOtherLane, "d", kKey, [&](std::stop_token) -> Json {
    done.count_down();
    return {};
  });
  done.wait();  // Hangs, and fails by the time limit, when it has to wait for the others.
  chores.Stop();
}

int ProcessorsOf(pid_t thread) {
  cpu_set_t processors;
  return ::sched_getaffinity(thread, sizeof processors, &processors) == 0 ? CPU_COUNT(&processors) : 0;
}

TEST(Chores, OfALaneThatLeavesAProcessorKeepOffOneHoweverManyThereAre) {
  Chores chores;
  const ChoreLane lane{"uploads", 1, 19, true};
  for (const char* id : {"a", "b", "c"}) {
    std::promise<int> processors;
    chores.Do(lane, id, kKey, [&](std::stop_token) -> Json {
      processors.set_value(ProcessorsOf(0));
      return {};
    });
    EXPECT_EQ(processors.get_future().get(), std::max(1, ProcessorsOf(::getpid()) - 1));
  }
}

TEST(Chores, EndWithoutAnOutcomeWhenTheServerStops) {
  Chores chores;
  std::latch begun(1);
  const auto work = [&](std::stop_token stop) {
    begun.count_down();
    return Stall(stop);
  };
  chores.Listen([](const store::Key&) { ADD_FAILURE() << "a controller would take it for ended"; });
  chores.Do(kLane, "a", kKey, work);
  chores.Do(kLane, "waits", kKey, work);
  begun.wait();
  chores.Stop();
  EXPECT_EQ(chores.Do(kLane, "a", kKey, work), nullptr);
  EXPECT_EQ(chores.Do(kLane, "waits", kKey, work), nullptr);
}

}  // namespace
}  // namespace sagebrush::reconcile
