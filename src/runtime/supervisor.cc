#include "runtime/supervisor.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>

#include "base/error.h"
#include "runtime/mount_targets.h"
#include "runtime/packet.h"
#include "runtime/sandbox_init.h"
#include "runtime/workload_address.h"

namespace sagebrush::runtime {
namespace {

constexpr std::int64_t kKillAgainMilliseconds = 20;
constexpr int kRestMilliseconds = 5000;
constexpr int kOutputPipeBytes = 1 << 20;
constexpr std::int64_t kFloodPauseMilliseconds = 25;
constexpr std::int64_t kProcessesOfTheSandbox = 3;  // Bubblewrap's two and the init.

Time WallNow() {
  return {std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

std::int64_t Later(std::int64_t now, Seconds by) {
  return by.count() > 1e12 ? INT64_MAX : now + static_cast<std::int64_t>(by.count() * 1000);
}

}  // namespace

Supervisor::Supervisor(const Path& program, const Path& directory, const Path& sandbox_directory, FileDescriptor lock,
                       FileDescriptor link)
    : program_(program),
      files_(directory),
      sandbox_(sandbox_directory),
      lock_(std::move(lock)),
      cgroup_(files_.CgroupName()),
      splitter_([this](std::string_view line) {
        if (log_) log_->Write(line, SteadyNow());
      }) {
  AddClient(std::move(link), true);
}

Supervisor::~Supervisor() = default;

std::int64_t Supervisor::SteadyNow() {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Supervisor::Run() {
  Attempt([this] { Start(); });
  while (!finished_) {
    loop_.RunOnce(UntilNextTime());
    OnTime();
  }
}

void Supervisor::Attempt(const std::function<void()>& step) {
  try {
    step();
  } catch (const Error& error) {
    failure_ = error.what();
    Kill();
    Conclude();
  }
}

void Supervisor::Start() {
  // From here on a restarted server does not start it again.
  files_.WriteState(state_);
  spec_ = files_.ReadSpec().value();
  control_ = ListenForControl(files_.directory());
  loop_.Watch(control_.get(), EPOLLIN, [this](std::uint32_t) { AcceptClient(); });
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  signals_ = FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  loop_.Watch(signals_.get(), EPOLLIN, [this](std::uint32_t) {
    signalfd_siginfo ignored;
    while (::read(signals_.get(), &ignored, sizeof ignored) > 0) {
    }
    Terminate(ExitReason::kSupervisorLost, spec_.stop_grace);
  });
  log_ = std::make_unique<WorkloadLog>(spec_.log_file);
  const auto own_processes = kProcessesOfTheSandbox + static_cast<std::int64_t>(spec_.pipes.size());
  cgroup_.Create(
      {spec_.cpus, spec_.memory_bytes_max, spec_.processes_max > 0 ? spec_.processes_max + own_processes : 0});
  StartFeeders();
  if (spec_.gang) {
    AwaitGang();
  } else {
    Launch();
  }
}

void Supervisor::WatchDisk() {
  std::vector<Path> writable;
  for (const Mount& mount : spec_.mounts) {
    if (!mount.read_only) writable.push_back(mount.source);
  }
  if (const auto* layered = std::get_if<LayeredRoot>(&spec_.root)) writable.push_back(layered->writable);
  if (spec_.disk_bytes_max == 0) return;
  const DiskShare limit{spec_.disk_bytes_max, std::min(spec_.disk_bytes_max / kDiskBytesPerFile, kDiskFilesMax)};
  disk_ = std::make_unique<DiskUsage>(writable, limit, WallNow(), [this] { return cgroup_.Processes(); });
}

std::string Supervisor::RelayAddress() const {
  if (!spec_.network || spec_.api_address.empty()) return "";
  // The workload's own ports go first: without them, it could not be reached at all.
  const bool taken = std::ranges::any_of(
      spec_.ports, [&](std::uint16_t port) { return spec_.api_address.ends_with(":" + std::to_string(port)); });
  return taken ? "" : AddressInside(spec_.api_address);
}

void Supervisor::Launch() {
  CheckMountTargets(spec_.mounts);
  InitPlan plan{.relay_address = RelayAddress(),
                .working_directory = spec_.working_directory.string(),
                .command = spec_.command,
                .environment = WorkloadEnvironment(spec_)};
  if (spec_.user) plan.user = *spec_.user;
  if (plan.relay_address.empty() && spec_.network && !spec_.api_address.empty()) {
    log_->Say("sagebrush: the workload listens at the API's own port, so that it cannot reach the API.");
  }
  const FileDescriptor plan_file(::memfd_create("plan", MFD_CLOEXEC));
  WriteAll(plan_file.get(), Serialize(plan));
  auto [ours, theirs] = MakePacketSockets();
  int output[2];
  int errors[2];
  if (::pipe2(output, O_CLOEXEC) != 0 || ::pipe2(errors, O_CLOEXEC) != 0) ThrowSystemError("Cannot make a pipe");
  output_ = FileDescriptor(output[0]);
  errors_ = FileDescriptor(errors[0]);
  const FileDescriptor output_end(output[1]), errors_end(errors[1]);
  ::fcntl(output[0], F_SETPIPE_SZ, kOutputPipeBytes);
  ::fcntl(output[0], F_SETFL, O_NONBLOCK);
  ::fcntl(errors[0], F_SETFL, O_NONBLOCK);
  bubblewrap_ = ::fork();
  if (bubblewrap_ < 0) ThrowSystemError("Cannot fork");
  if (bubblewrap_ == 0) BecomeSandbox(theirs.get(), output[1], errors[1], plan_file.get());

  bubblewrap_handle_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, bubblewrap_, 0)));
  if (!bubblewrap_handle_.valid()) ThrowSystemError("Cannot open a process handle");
  init_ = std::move(ours);
  ::fcntl(init_.get(), F_SETFL, O_NONBLOCK);
  loop_.Watch(bubblewrap_handle_.get(), EPOLLIN, [this](std::uint32_t) { Finish(); });
  loop_.Watch(init_.get(), EPOLLIN, [this](std::uint32_t) { OnInit(); });
  WatchOutput();
  WatchDisk();
}

void Supervisor::AcceptClient() {
  FileDescriptor socket(::accept4(control_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (socket.valid()) AddClient(std::move(socket), false);
}

void Supervisor::AddClient(FileDescriptor socket, bool watches) {
  const int fd = socket.get();
  if (fd < 0) return;
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  loop_.Watch(fd, EPOLLIN, [this, fd](std::uint32_t) { OnClient(fd); });
  clients_[fd] = {std::move(socket), watches};
}

void Supervisor::OnClient(int fd) {
  Packet packet;
  const ReceiveStatus status = ReceivePacket(fd, packet);
  if (status == ReceiveStatus::kClosed) DropClient(fd);
  if (status == ReceiveStatus::kPacket) Obey(fd, packet.text);
}

void Supervisor::DropClient(int fd) {
  loop_.Forget(fd);
  clients_.erase(fd);
  std::replace(connecting_.begin(), connecting_.end(), fd, -1);
}

void Supervisor::Obey(int fd, const std::string& command) {
  if (command == "watch") {
    clients_[fd].watches = true;
    SendPacket(fd, "state");
  } else if (command.starts_with("connect ")) {
    std::uint16_t port = 0;
    std::from_chars(command.data() + 8, command.data() + command.size(), port);
    if (state_.started.milliseconds != 0 && std::ranges::find(spec_.ports, port) != spec_.ports.end() &&
        SendPacket(init_.get(), "C" + std::to_string(port))) {
      connecting_.push_back(fd);
    } else {
      SendPacket(fd, "refused");
    }
  } else if (command.starts_with("network ")) {
    std::size_t host = 0;
    std::from_chars(command.data() + 8, command.data() + command.size(), host);
    Attempt([&] { GiveNetwork(fd, host); });
  } else if (command.starts_with("stop ")) {
    std::int64_t grace = 0;
    std::from_chars(command.data() + 5, command.data() + command.size(), grace);
    Terminate(ExitReason::kStopped, Milliseconds(grace));
  }
}

void Supervisor::Tell() {
  for (const auto& [fd, client] : clients_) {
    if (client.watches) SendPacket(fd, "state");
  }
}

void Supervisor::OnInit() {
  for (;;) {
    Packet packet;
    const ReceiveStatus status = ReceivePacket(init_.get(), packet);
    if (status == ReceiveStatus::kClosed) loop_.Forget(init_.get());
    if (status != ReceiveStatus::kPacket) return;
    const std::string_view rest = std::string_view(packet.text).substr(1);
    switch (packet.text[0]) {
      case 'L':
        relay_ = std::make_unique<ApiRelay>(loop_, std::move(packet.fd), spec_.api_address);
        break;
      case 'S':
        state_.started = WallNow();
        if (ended_by_) SendPacket(init_.get(), "T");
        if (spec_.run_time_max && !ended_by_) run_deadline_ = Later(SteadyNow(), *spec_.run_time_max);
        files_.WriteState(state_);
        Tell();
        break;
      case 'F':
        failure_ = rest;
        break;
      case 'X':
        wait_status_ = std::atoi(packet.text.c_str() + 1);
        break;
      case 'C':
      case 'R':
        OnConnected(std::move(packet.fd));
        break;
    }
  }
}

void Supervisor::OnConnected(FileDescriptor socket) {
  if (connecting_.empty()) return;
  const int client = connecting_.front();
  connecting_.pop_front();
  if (client < 0) return;
  int protocol = 0;
  socklen_t size = sizeof protocol;
  // The workload's side made it: hand on nothing but what was asked for.
  const bool tcp = socket.valid() && ::getsockopt(socket.get(), SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
                   protocol == IPPROTO_TCP;
  if (tcp) {
    SendPacket(client, "connected", socket.get());
  } else {
    SendPacket(client, "refused");
  }
}

void Supervisor::WatchOutput() {
  loop_.Watch(output_.get(), EPOLLIN, [this](std::uint32_t) { ReadOutput(); });
}

void Supervisor::ReadOutput() {
  ReadSome();
  if (!output_.valid() || !log_->IsFlooded()) return;
  // What a flood prints is mostly dropped. Reading it slowly has the workload wait for its own pipe, and costs its
  // neighbours no processor.
  loop_.Forget(output_.get());
  read_again_at_ = SteadyNow() + kFloodPauseMilliseconds;
}

// A bounded turn, so that a workload that prints without end can be stopped.
void Supervisor::ReadSome() {
  char buffer[64 * 1024];
  for (int turn = 0; output_.valid() && turn < 16; ++turn) {
    const ssize_t n = ::read(output_.get(), buffer, sizeof buffer);
    if (n < 0) return;
    if (n == 0) {
      loop_.Forget(output_.get());
      output_.Close();
      return;
    }
    splitter_.Feed({buffer, static_cast<std::size_t>(n)}, SteadyNow());
    if (log_->IsFlooded() && turn >= 4) return;
  }
}

// What its processes printed before they were gone; all of it, unless some cannot be killed and print on.
void Supervisor::ReadRest() {
  const std::int64_t deadline = SteadyNow() + kRestMilliseconds;
  while (output_.valid() && SteadyNow() < deadline) {
    pollfd ready{output_.get(), POLLIN, 0};
    if (::poll(&ready, 1, kRestMilliseconds) > 0) ReadSome();
  }
}

void Supervisor::Terminate(ExitReason reason, Seconds grace) {
  if (finished_ || wait_status_) return;
  if (!ended_by_) ended_by_ = reason;
  if (awaits_gang_) {
    Conclude();
    return;
  }
  const std::int64_t now = SteadyNow();
  run_deadline_ = INT64_MAX;
  // One that is still being started is told as soon as it runs.
  if (state_.started.milliseconds != 0) SendPacket(init_.get(), "T");
  kill_at_ = std::min(kill_at_, Later(now, grace));
  if (kill_at_ <= now) Kill();
}

void Supervisor::Kill() {
  cgroup_.KillAll(Milliseconds(0));
  if (bubblewrap_ > 0) ::kill(bubblewrap_, SIGKILL);
  kill_at_ = SteadyNow() + kKillAgainMilliseconds;
}

void Supervisor::OnTime() {
  const std::int64_t now = SteadyNow();
  if (finished_) return;
  if (now >= ask_at_) Attempt([this] { spec_.gang->host == 0 ? LookForOthers() : AskForNetwork(); });
  splitter_.Tick(now);
  if (now >= read_again_at_) {
    read_again_at_ = INT64_MAX;
    WatchOutput();
  }
  if (now >= run_deadline_) Terminate(ExitReason::kTimedOut, spec_.stop_grace);
  if (disk_ && !excess_ && now >= disk_->Due() && (excess_ = disk_->FindExcess(now))) {
    ended_by_ = ExitReason::kDiskFull;
    Kill();
  }
  if (now >= kill_at_) Kill();
}

Milliseconds Supervisor::UntilNextTime() const {
  std::int64_t next =
      std::min({run_deadline_, kill_at_, ask_at_, read_again_at_, splitter_.TickDue().value_or(INT64_MAX)});
  if (disk_ && !excess_) next = std::min(next, disk_->Due());
  return Milliseconds(next == INT64_MAX ? -1 : std::max<std::int64_t>(next - SteadyNow(), 0));
}

void Supervisor::Finish() {
  int status = 0;
  if (::waitpid(bubblewrap_, &status, WNOHANG) != bubblewrap_) return;
  bubblewrap_ = -1;
  OnInit();  // What it said last.
  EndFeeders();
  cgroup_.KillAll(Milliseconds(5000));
  char text[4096];
  const ssize_t size = ::read(errors_.get(), text, sizeof text);
  if (failure_.empty() && size > 0) failure_.assign(text, static_cast<std::size_t>(size));
  if (!wait_status_ && state_.started.milliseconds != 0)
    wait_status_ = SIGKILL;  // Its first process was killed with it.
  Conclude();
}

void Supervisor::Conclude() {
  EndFeeders();
  finished_ = true;
  awaits_gang_ = false;
  loop_.Forget(init_.get());
  init_.Close();  // Ends the first process inside, if it still lives.
  ReadRest();
  splitter_.Finish();
  if (log_) log_->Finish();
  state_.running = false;
  state_.ended = WallNow();
  if (wait_status_) {
    state_.exit_code = WIFSIGNALED(*wait_status_) ? 128 + WTERMSIG(*wait_status_) : WEXITSTATUS(*wait_status_);
  }
  state_.reason = ExitReason::kExited;
  if (log_) state_.message = log_->Failure();
  if (ended_by_) {
    state_.reason = *ended_by_;
    if (excess_) state_.message = *excess_;
    if (!input_failure_.empty()) state_.message = input_failure_;
  } else if (state_.started.milliseconds == 0) {
    state_.reason = ExitReason::kStartFailed;
    while (!failure_.empty() && failure_.back() == '\n') failure_.pop_back();
    state_.message = failure_.empty() ? "The sandbox ended before it ran the workload." : failure_;
  } else if (state_.exit_code != 0 && cgroup_.HasKilledForMemory()) {
    state_.reason = ExitReason::kOutOfMemory;
  } else if (state_.exit_code != 0 && disk_ && disk_->Measure().bytes >= spec_.disk_bytes_max) {
    state_.message.clear();
    state_.reason = ExitReason::kDiskFull;  // Stopped by the limit of a single file's size, sooner than by us.
  }
  Record();
}

void Supervisor::Record() {
  files_.WriteState(state_);
  Tell();
  // Nobody waits for what comes now.
  try {
    if (log_) log_->Sync();
    ::fsync(OpenFile(files_.directory() / "state.json", O_RDONLY).get());
  } catch (const Error&) {  // Removed already.
  }
  cgroup_.Remove();
}

}  // namespace sagebrush::runtime
