#include "runtime/sandbox_init.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "runtime/packet.h"

namespace sagebrush::runtime {
namespace {

template <typename T>
bool ParseNumber(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// "10.0.0.1:80". Names are not resolved: there is no resolver inside.
bool ParseAddress(const std::string& text, sockaddr_in& address) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  if (colon == std::string::npos || !ParseNumber(std::string_view(text).substr(colon + 1), port)) return false;
  std::string host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  address = {.sin_family = AF_INET, .sin_port = htons(port)};
  return ::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1;
}

class Init {
 public:
  explicit Init(InitPlan plan) : plan_(std::move(plan)) {}

  int Run() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    const FileDescriptor children(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    Listen();
    TakeUser();
    StartWorkload();
    for (;;) {
      pollfd ready[] = {{kInitSocket, POLLIN, 0}, {children.get(), POLLIN, 0}};
      if (::poll(ready, 2, -1) < 0 && errno != EINTR) return 1;
      signalfd_siginfo ignored;
      while (::read(children.get(), &ignored, sizeof ignored) > 0) {
      }
      if (Reap()) return 0;
      if (ready[0].revents != 0 && !Obey()) return 1;
    }
  }

 private:
  void Listen() {
    if (plan_.relay_address.empty()) return;
    sockaddr_in address;
    if (!ParseAddress(plan_.relay_address, address)) return;
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket.get(), 128) != 0) {
      SendPacket(kInitSocket, "F" + ("Cannot listen at " + plan_.relay_address + " inside: " + std::strerror(errno)));
      ::_exit(1);
    }
    SendPacket(kInitSocket, "L", socket.get());
  }

  void TakeUser() {
    // Not even a program with file capabilities gives the workload any: it has no use for them, and they are what most
    // ways out of a sandbox begin with.
    for (unsigned long each = 0; ::prctl(PR_CAPBSET_READ, each) >= 0; ++each) {
      if (::prctl(PR_CAPBSET_DROP, each) != 0) Fail("Cannot give up capabilities");
    }
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (plan_.user >= 0) {
      const auto user = static_cast<uid_t>(plan_.user);
      if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0) {
        Fail("Cannot take the workload's user");
      }
    }
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
    if (::syscall(SYS_capset, &header, none) != 0) Fail("Cannot give up capabilities");
    // Taking a user forgets this.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_DUMPABLE, 0);
  }

  [[noreturn]] void Fail(const std::string& what) {
    SendPacket(kInitSocket, "F" + what + ": " + std::strerror(errno));
    ::_exit(1);
  }

  void StartWorkload() {
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0) Fail("Cannot make a pipe");
    workload_ = ::fork();
    if (workload_ < 0) Fail("Cannot fork");
    if (workload_ == 0) Execute(report[1]);
    ::close(report[1]);
    ::close(kInitOutput);
    char text[512];
    const ssize_t size = ::read(report[0], text, sizeof text);
    ::close(report[0]);
    if (size > 0) {
      SendPacket(kInitSocket, "F" + std::string(text, static_cast<std::size_t>(size)));
      ::_exit(1);
    }
    SendPacket(kInitSocket, "S");
  }

  [[noreturn]] void Execute(int report) {
    std::string what = "Cannot change to the directory " + plan_.working_directory;
    ::setsid();
    ::umask(0022);  // As in a container, and not the server's.
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(kInitOutput, 1);
    ::dup2(kInitOutput, 2);
    ::close(kInitOutput);
    if (::chdir(plan_.working_directory.c_str()) == 0) {
      std::vector<char*> arguments, environment;
      for (std::string& each : plan_.command) arguments.push_back(each.data());
      for (std::string& each : plan_.environment) {
        environment.push_back(each.data());
        if (each.starts_with("PATH=")) ::setenv("PATH", each.c_str() + 5, 1);  // For execvpe's search.
      }
      arguments.push_back(nullptr);
      environment.push_back(nullptr);
      ::execvpe(arguments[0], arguments.data(), environment.data());
      what = "Cannot execute " + plan_.command[0];
    }
    what += std::string(": ") + std::strerror(errno);
    WriteAll(report, std::string_view(what).substr(0, 500));
    ::_exit(127);
  }

  // True: the workload has ended.
  bool Reap() {
    for (;;) {
      int status = 0;
      const pid_t child = ::waitpid(-1, &status, WNOHANG);
      if (child <= 0) return false;
      if (child != workload_) continue;
      SendPacket(kInitSocket, "X" + std::to_string(status));
      return true;
    }
  }

  // False: the supervisor is gone.
  bool Obey() {
    Packet packet;
    if (ReceivePacket(kInitSocket, packet) != ReceiveStatus::kPacket) return false;
    std::uint16_t port = 0;
    if (packet.text == "T") ::kill(workload_, SIGTERM);
    if (packet.text.starts_with("C") && ParseNumber(std::string_view(packet.text).substr(1), port)) Connect(port);
    return true;
  }

  void Connect(std::uint16_t port) {
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int result = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    // On the loopback it is made or refused within the call, unless the listener's queue is full.
    pollfd made{socket.get(), POLLOUT, 0};
    int error = errno;
    socklen_t size = sizeof error;
    if (result == 0 || (error == EINPROGRESS && ::poll(&made, 1, 0) == 1)) {
      ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error != 0) {
      SendPacket(kInitSocket, "R");
      return;
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SendPacket(kInitSocket, "C", socket.get());
  }

  InitPlan plan_;
  pid_t workload_ = -1;
};

}  // namespace

std::string Serialize(const InitPlan& plan) {
  std::string out;
  const auto add = [&](const std::string& text) { out += text + '\0'; };
  add(std::to_string(plan.user));
  add(plan.relay_address);
  add(plan.working_directory);
  add(std::to_string(plan.command.size()));
  for (const std::string& each : plan.command) add(each);
  for (const std::string& each : plan.environment) add(each);
  return out;
}

std::optional<InitPlan> ParseInitPlan(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  InitPlan plan;
  std::size_t count = 0;
  if (parts.size() < 5 || !ParseNumber(parts[0], plan.user) || !ParseNumber(parts[3], count)) return std::nullopt;
  if (count == 0 || count > parts.size() - 4) return std::nullopt;
  plan.relay_address = parts[1];
  plan.working_directory = parts[2];
  const auto command_end = parts.begin() + 4 + static_cast<std::ptrdiff_t>(count);
  plan.command.assign(parts.begin() + 4, command_end);
  plan.environment.assign(command_end, parts.end());
  return plan;
}

int RunInit() {
  const auto plan = ParseInitPlan(ReadFile("/proc/self/fd/" + std::to_string(kInitPlan)));
  if (!plan) return 1;
  ::close(kInitPlan);
  ::fcntl(kInitSocket, F_SETFD, FD_CLOEXEC);
  // What bubblewrap left open.
  ::close_range(kInitPlan, ~0u, 0);
  return Init(*plan).Run();
}

}  // namespace sagebrush::runtime
