#include "reconcile/work_queue.h"

#include <gtest/gtest.h>

#include <random>

namespace sagebrush::reconcile {
namespace {

using std::chrono::seconds;

store::Key Job(const std::string& name) { return {"training-job", "1", "us-east-1", name}; }
Moment At(int second) { return Moment(seconds(second)); }

TEST(WorkQueue, HandsOutKeysInOrderOfWhenTheyAreDue) {
  WorkQueue queue;
  queue.Add(Job("late"), At(5));
  queue.Add(Job("first"), At(1));
  queue.Add(Job("second"), At(1));
  EXPECT_EQ(queue.Take(At(0)), std::nullopt);
  EXPECT_EQ(queue.Take(At(1)), Job("first"));
  EXPECT_EQ(queue.Take(At(1)), Job("second"));
  EXPECT_EQ(queue.Take(At(4)), std::nullopt);
  EXPECT_EQ(queue.NextDue(), At(5));
  EXPECT_EQ(queue.Take(At(5)), Job("late"));
}

TEST(WorkQueue, KeepsAKeyOnceAtTheEarliestTime) {
  WorkQueue queue;
  queue.Add(Job("a"), At(5));
  queue.Add(Job("a"), At(2));
  queue.Add(Job("a"), At(9));
  EXPECT_EQ(queue.Take(At(2)), Job("a"));
  EXPECT_EQ(queue.Take(At(100)), std::nullopt);
}

TEST(WorkQueue, DoesNotHandOutATakenKey) {
  WorkQueue queue;
  queue.Add(Job("a"), At(0));
  ASSERT_TRUE(queue.Take(At(0)));
  queue.Add(Job("a"), At(0));
  EXPECT_EQ(queue.Take(At(1)), std::nullopt);
  queue.Finish(Job("a"), std::nullopt);
  EXPECT_EQ(queue.Take(At(1)), Job("a"));
}

TEST(WorkQueue, ForgetsAKeyThatIsFinished) {
  WorkQueue queue;
  queue.Add(Job("a"), At(0));
  ASSERT_TRUE(queue.Take(At(0)));
  queue.Finish(Job("a"), std::nullopt);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(WorkQueue, AFailedKeyWaitsEvenIfItWasAddedMeanwhile) {
  WorkQueue queue;
  queue.Add(Job("a"), At(0));
  ASSERT_TRUE(queue.Take(At(0)));
  queue.Add(Job("a"), At(0));
  queue.FinishFailed(Job("a"), At(10));
  EXPECT_EQ(queue.Take(At(9)), std::nullopt);
  EXPECT_EQ(queue.FailuresOf(Job("a")), 1);
  queue.Add(Job("a"), At(9));  // A change from elsewhere brings it forward.
  EXPECT_EQ(queue.Take(At(9)), Job("a"));
}

// Whatever the order of calls: no key is handed out twice at a time, and none that was added is forgotten.
TEST(WorkQueue, NeverOverlapsNorForgetsOnRandomCalls) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  WorkQueue queue;
  std::set<store::Key> taken, owed;
  int now = 0;
  for (int i = 0; i < 5000; ++i) {
    const store::Key key = Job(std::to_string(random() % 8));
    switch (random() % 4) {
      case 0:
        queue.Add(key, At(now + static_cast<int>(random() % 3)));
        owed.insert(key);
        break;
      case 1: {
        const auto got = queue.Take(At(now));
        if (!got) break;
        ASSERT_TRUE(taken.insert(*got).second);
        owed.erase(*got);
        break;
      }
      case 2:
        if (taken.erase(key) == 0) break;
        if (random() % 3 == 0) {
          queue.FinishFailed(key, At(now + 2));
          owed.insert(key);
        } else {
          queue.Finish(key, std::nullopt);
        }
        break;
      default:
        ++now;
    }
  }
  for (const store::Key& key : taken) queue.Finish(key, std::nullopt);
  while (const auto got = queue.Take(At(now + 10))) {
    owed.erase(*got);
    queue.Finish(*got, std::nullopt);
  }
  EXPECT_TRUE(owed.empty());
  EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
}  // namespace sagebrush::reconcile
