#include "runtime/cgroup.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace sagebrush::runtime {
namespace {

// On the machine's real control groups; tests/cgroup2 runs them where these are version 2.
class CgroupTest : public testing::Test {
 protected:
  void SetUp() override {
    cgroup_.Create({1, 1 << 28, 64});
    if (!cgroup_.missing().empty()) GTEST_SKIP() << "no control groups for this user on this machine";
  }
  void TearDown() override {
    cgroup_.KillAll(Milliseconds(5000));
    EXPECT_TRUE(cgroup_.Remove());
  }

  std::string name_ = "cgroup_test-" + std::to_string(::getpid());
  Cgroup cgroup_{name_};
};

// A child that has joined `cgroup` and then waits to be killed.
pid_t StartInside(const Cgroup& cgroup) {
  int joined[2];
  if (::pipe(joined) != 0) return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    cgroup.Join();
    ::close(joined[0]);
    ::close(joined[1]);
    for (;;) ::pause();
  }
  ::close(joined[1]);
  char end;
  EXPECT_EQ(::read(joined[0], &end, 1), 0);
  ::close(joined[0]);
  return child;
}

TEST_F(CgroupTest, KillsWhatHasJoined) {
  const pid_t child = StartInside(cgroup_);
  EXPECT_FALSE(cgroup_.Remove());
  // A killed child stays in its group until we have waited for it.
  std::thread waiting([&] {
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
  });
  EXPECT_TRUE(cgroup_.KillAll(Milliseconds(30'000)));
  waiting.join();
}

TEST_F(CgroupTest, AnotherProcessFindsItByItsName) {
  const pid_t child = StartInside(cgroup_);
  const Cgroup same(name_);
  std::thread waiting([&] { ::waitpid(child, nullptr, 0); });
  EXPECT_TRUE(same.KillAll(Milliseconds(30'000)));
  waiting.join();
  EXPECT_TRUE(same.Remove());
}

// The first one's Remove takes the directory around all groups away, which the second one's Create had just prepared.
TEST_F(CgroupTest, IsLimitedAlthoughAnotherEndsMeanwhile) {
  EXPECT_TRUE(cgroup_.Remove());
  const auto come_and_go = [](const std::string& name) {
    for (int i = 0; i < 300; ++i) {
      Cgroup cgroup(name);
      cgroup.Create({1, 1 << 28, 64});
      ASSERT_EQ(cgroup.missing(), std::vector<std::string>()) << i;
      ASSERT_TRUE(cgroup.Remove());
    }
  };
  std::thread other(come_and_go, name_ + "-other");
  come_and_go(name_ + "-one");
  other.join();
}

}  // namespace
}  // namespace sagebrush::runtime
