#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "runtime/become_user.h"
#include "runtime/idmapped_mounts.h"
#include "runtime/packet.h"
#include "runtime/pipe_feeder.h"
#include "runtime/supervisor.h"

namespace sagebrush::runtime {
namespace {

constexpr int kReportFd = 3;
constexpr int kObjectsFd = 4;
constexpr int kPipesFd = 5;
constexpr int kFirstFreeFd = 32;

// Keeps the three open, and nothing else: neither the workload's lock nor anybody's socket.
void KeepOnly(int report, int objects, int pipes) {
  const int from[] = {report, objects, pipes};
  int moved[3];
  for (int i = 0; i < 3; ++i) moved[i] = ::fcntl(from[i], F_DUPFD_CLOEXEC, kFirstFreeFd);
  for (int i = 0; i < 3; ++i) {
    if (moved[i] < 0 || ::dup2(moved[i], kReportFd + i) < 0) ThrowSystemError("Cannot arrange descriptors");
  }
  ::close_range(kPipesFd + 1, ~0u, 0);
}

}  // namespace

void Supervisor::StartFeeders() {
  for (const PipeInput& input : spec_.pipes) {
    PipeFeeder::Prepare(input, spec_.user);
    auto [ours, theirs] = MakePacketSockets();
    const pid_t child = ::fork();
    if (child < 0) ThrowSystemError("Cannot fork");
    if (child == 0) BecomeFeeder(input, theirs.get());
    const int fd = ours.get();
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    feeders_.push_back({child, std::move(ours)});
    loop_.Watch(fd, EPOLLIN, [this, fd](std::uint32_t) { OnFeeder(fd); });
  }
}

void Supervisor::BecomeFeeder(const PipeInput& input, int report) {
  try {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    cgroup_.Join();  // It works for the workload alone.
    FileDescriptor objects =
        spec_.user ? OpenForUser(input.objects, *spec_.user) : OpenFile(input.objects, O_RDONLY | O_DIRECTORY);
    const FileDescriptor pipes = OpenFile(input.pipes, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    KeepOnly(report, objects.get(), pipes.get());
    BecomeUser(spec_.user);
    PipeFeeder feeder(input, FileDescriptor(kObjectsFd), FileDescriptor(kPipesFd));
    try {
      feeder.Run();
    } catch (const Error& error) {
      SendPacket(kReportFd,
                 (error.kind().fault == Fault::kClient ? "C" : "M") + std::string(error.what()).substr(0, 4000));
      for (;;) ::pause();  // The pipe stays open until the workload is killed: what it has read is not all.
    }
  } catch (const std::exception& error) {
    SendPacket(report, std::string("M") + error.what());
  }
  ::_exit(1);
}

void Supervisor::OnFeeder(int fd) {
  Packet packet;
  const ReceiveStatus status = ReceivePacket(fd, packet);
  if (status == ReceiveStatus::kNothing) return;
  loop_.Forget(fd);
  if (ended_by_ || finished_) return;
  if (status == ReceiveStatus::kClosed) {
    ended_by_ = cgroup_.HasKilledForMemory() ? ExitReason::kOutOfMemory : ExitReason::kSupervisorLost;
    input_failure_ = "What feeds the workload's pipes was killed.";
  } else {
    ended_by_ = packet.text.starts_with('C') ? ExitReason::kInputFailed : ExitReason::kSupervisorLost;
    input_failure_ = packet.text.substr(1);
  }
  Kill();
}

void Supervisor::EndFeeders() {
  // One that was killed has left the workload with half of its data, which it may have taken for all.
  for (const Feeder& feeder : feeders_) OnFeeder(feeder.report.get());
  for (const Feeder& feeder : feeders_) {
    ::kill(feeder.process, SIGKILL);
    ::waitpid(feeder.process, nullptr, 0);
    loop_.Forget(feeder.report.get());
  }
  feeders_.clear();
}

}  // namespace sagebrush::runtime
