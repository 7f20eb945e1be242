// What a server finds that takes over from another release: tests/fixtures/workloads/version1 is what the release wrote
// that gave its files no number (c3b9c6c), for a server that ran and a program that had exited with 5.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <fstream>

#include "base/boot_id.h"
#include "base/error.h"
#include "base/json.h"
#include "runtime/packet.h"
#include "runtime/process_runtime_fixture.h"

namespace sagebrush::runtime {
namespace {

Path Fixtures() {
  for (Path at = std::filesystem::current_path(); at != at.root_path(); at = at.parent_path()) {
    if (std::filesystem::exists(at / "tests/fixtures/workloads")) return at / "tests/fixtures/workloads";
  }
  throw std::runtime_error("tests/fixtures/workloads is missing");
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// The supervisor of a workload as the release of version 1 had it, as far as the server hears of it.
class SupervisorOfVersion1 {
 public:
  explicit SupervisorOfVersion1(const Path& directory)
      : files_(directory), lock_(files_.TryLock()), control_(ListenForControl(directory)) {
    thread_ = std::thread([this] { Run(); });
  }
  ~SupervisorOfVersion1() {
    ended_ = true;
    thread_.join();
  }

 private:
  void Run() {
    std::vector<FileDescriptor> clients;
    while (!ended_) {
      std::vector<pollfd> ready{{control_.get(), POLLIN, 0}};
      for (const FileDescriptor& client : clients) ready.push_back({client.get(), POLLIN, 0});
      ::poll(ready.data(), ready.size(), 1);
      for (std::size_t i = 1; i < ready.size(); ++i) {
        Packet packet;
        if (ReceivePacket(clients[i - 1].get(), packet) == ReceiveStatus::kPacket) Obey(clients[i - 1], packet.text);
      }
      FileDescriptor client(::accept4(control_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (client.valid()) clients.push_back(std::move(client));
    }
  }

  void Obey(const FileDescriptor& client, const std::string& command) {
    if (command == "watch") SendPacket(client.get(), "state");
    if (command == "connect") {
      int pair[2];
      ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
      const FileDescriptor ours(pair[0]), theirs(pair[1]);
      WriteAll(ours.get(), "version 1");
      SendPacket(client.get(), "connected", theirs.get());
    }
    if (command.starts_with("stop ")) {
      std::ofstream(files_.directory() / "state.json")
          << R"({"running":false,"started":1,"ended":2,"reason":"Stopped","exit_code":143,"message":""})";
      SendPacket(client.get(), "state");
      ended_ = true;
    }
  }

  const WorkloadFiles files_;
  FileDescriptor lock_;
  const FileDescriptor control_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

class UpgradeTest : public ProcessRuntimeTest {
 protected:
  void SetUp() override {
    ProcessRuntimeTest::SetUp();
    std::filesystem::create_directories(data_ / "work");
    runtime_.reset();
  }

  Path DirectoryOf(const std::string& id) const { return data_ / "workloads" / id; }

  // As that release left it on this machine, which has not been started anew since.
  void Place(const std::string& id, std::initializer_list<const char*> files) {
    std::filesystem::create_directories(DirectoryOf(id));
    const std::string boot_id = sagebrush::ToText(Json(BootId()));
    for (const char* file : files) {
      std::string text = Replaced(ReadFile(Fixtures() / "version1" / id / file), "@DATA@", data_.string());
      text = Replaced(std::move(text), "@BOOT_ID@", boot_id.substr(1, boot_id.size() - 2));
      std::ofstream(DirectoryOf(id) / file) << text;
    }
  }

  // Says that a newer release wrote it.
  void Raise(const std::string& id, const char* file) {
    const Path path = DirectoryOf(id) / file;
    Json json = ParseJson(ReadFile(path));
    json.as_object()["version"] = kWorkloadVersion + 1;
    std::ofstream(path) << sagebrush::ToText(json);
  }
};

TEST_F(UpgradeTest, ReadsTheSpecOfVersion1) {
  Place("server", {"spec.json", "state.json"});
  const WorkloadSpec spec = WorkloadFiles(DirectoryOf("server")).ReadSpec().value();
  EXPECT_EQ(spec.ports, std::vector<std::uint16_t>{8080});
  EXPECT_EQ(spec.user, 1909582542u);
  EXPECT_EQ(spec.mounts.at(0).source, data_ / "work");
  EXPECT_EQ(spec.run_time_max, Seconds(86400));
  Place("ended", {"spec.json"});
  EXPECT_TRUE(WorkloadFiles(DirectoryOf("ended")).ReadSpec().value().ports.empty());
}

TEST_F(UpgradeTest, KnowsHowAWorkloadOfVersion1Ended) {
  Place("ended", {"spec.json", "state.json"});
  runtime_.emplace(data_);
  const auto state = (*runtime_)->Inspect("ended");
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->running);
  EXPECT_EQ(state->reason, ExitReason::kExited);
  EXPECT_EQ(state->exit_code, 5);
  EXPECT_EQ(state->started.milliseconds, 1796049922314);
}

TEST_F(UpgradeTest, StartsWhatVersion1RecordedAndHadNotBegun) {
  Place("server", {"spec.json"});
  runtime_.emplace(data_);
  EXPECT_TRUE(runtime_->WaitUntilRunning("server").running);
  std::optional<FileDescriptor> socket;
  ASSERT_TRUE(Eventually([&] { return (socket = (*runtime_)->Connect("server", 8080)).has_value(); }));
  EXPECT_EQ(Ask(*socket, "again"), "echo again");
}

TEST_F(UpgradeTest, GoesOnWithASupervisorOfVersion1) {
  Place("server", {"spec.json", "state.json"});
  const SupervisorOfVersion1 supervisor(DirectoryOf("server"));
  runtime_.emplace(data_);
  const WorkloadState state = runtime_->WaitUntilRunning("server");
  EXPECT_TRUE(state.running);
  EXPECT_EQ(state.started.milliseconds, 1796049922321);
  const auto socket = (*runtime_)->Connect("server", 8080);
  ASSERT_TRUE(socket);
  EXPECT_EQ(Ask(*socket, ""), "version 1");
  (*runtime_)->Stop("server", Seconds(100));
  EXPECT_EQ(runtime_->WaitForEnd("server").reason, ExitReason::kStopped);
}

TEST_F(UpgradeTest, EndsWhatLostItsSupervisorOfVersion1) {
  Place("server", {"spec.json", "state.json"});
  runtime_.emplace(data_);
  const auto state = (*runtime_)->Inspect("server");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->reason, ExitReason::kSupervisorLost);
  EXPECT_EQ(state->started.milliseconds, 1796049922321);
}

TEST_F(UpgradeTest, LeavesWhatANewerReleaseRunsAsItIs) {
  for (const char* file : {"spec.json", "state.json"}) {
    runtime_.emplace(data_);
    (*runtime_)->Start("job", EchoServer(Shell("")));
    runtime_->WaitUntilRunning("job");
    runtime_.reset();
    const std::string before = ReadFile(DirectoryOf("job") / file);
    Raise("job", file);
    runtime_.emplace(data_);
    const auto state = (*runtime_)->Inspect("job");
    ASSERT_TRUE(state);
    EXPECT_TRUE(state->running);
    EXPECT_NE(state->message.find("Workload job is of a newer release of the server"), std::string::npos)
        << state->message;
    EXPECT_THROW((*runtime_)->Stop("job", Seconds(0)), Error);
    EXPECT_THROW((*runtime_)->Remove("job"), Error);
    EXPECT_FALSE((*runtime_)->Connect("job", 8080));
    (*runtime_)->Start("job", Shell("echo again"));
    runtime_.reset();
    std::ofstream(DirectoryOf("job") / file) << before;  // That release is back.
    runtime_.emplace(data_);
    EXPECT_TRUE(runtime_->WaitUntilRunning("job").running) << file;
    (*runtime_)->Remove("job");
    EXPECT_FALSE(HasLine("again"));
  }
}

}  // namespace
}  // namespace sagebrush::runtime
