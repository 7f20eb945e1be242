#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"
#include "runtime/gang_network.h"
#include "runtime/idmapped_mounts.h"
#include "runtime/image_root.h"
#include "runtime/sandbox_init.h"
#include "runtime/supervisor.h"

namespace sagebrush::runtime {
namespace {

constexpr int kFilterFd = 6;
constexpr int kPasswdFd = 7;
constexpr int kGroupFd = 8;
constexpr int kHostsFd = 9;
constexpr int kFirstFreeFd = 32;

void SetLimit(int resource, std::int64_t value) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return;
  const auto wanted = static_cast<rlim_t>(value);
  limit.rlim_cur = limit.rlim_max = std::min(limit.rlim_max, wanted);
  ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

// A file in memory that begins with `text`.
FileDescriptor FileOf(std::string_view text) {
  FileDescriptor file(::memfd_create("text", MFD_CLOEXEC));
  if (!file.valid()) ThrowSystemError("Cannot make a file in memory");
  WriteAll(file.get(), text);
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

// Moves descriptors to the numbers that the sandbox expects; the old numbers may be among the new ones.
void Arrange(std::initializer_list<std::pair<int, int>> from_to) {
  std::vector<std::pair<int, int>> moved;
  for (const auto& [from, to] : from_to) moved.emplace_back(::fcntl(from, F_DUPFD_CLOEXEC, kFirstFreeFd), to);
  for (const auto& [from, to] : moved) {
    if (from < 0 || ::dup2(from, to) < 0) ThrowSystemError("Cannot arrange descriptors");
  }
}

}  // namespace

void Supervisor::LimitByRlimits() const {
  SetLimit(RLIMIT_CORE, 0);
  if (spec_.disk_bytes_max > 0) SetLimit(RLIMIT_FSIZE, spec_.disk_bytes_max);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  SetLimit(RLIMIT_NOFILE, static_cast<std::int64_t>(files.rlim_max));
  // What the machine's control groups cannot limit, less well.
  for (const std::string& missing : cgroup_.missing()) {
    if (missing == "memory" && spec_.memory_bytes_max > 0) SetLimit(RLIMIT_DATA, spec_.memory_bytes_max);
    if (missing == "pids" && spec_.processes_max > 0) SetLimit(RLIMIT_NPROC, spec_.processes_max);
  }
}

void Supervisor::BecomeSandbox(int init_socket, int output, int errors, int plan) {
  try {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    cgroup_.Join();
    LimitByRlimits();
    if (spec_.gang) EnterGangNetwork(network_.get());
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // Here, because a change of the user namespace forgets it.
    if (spec_.user) StageMounts(spec_.mounts, *spec_.user, files_.directory() / "mounts");
    const Path root = StageRoot(spec_, files_.directory() / "root");
    const FileDescriptor filter = OpenFile(sandbox_.filter(), O_RDONLY);
    const FileDescriptor null = OpenFile("/dev/null", O_RDWR);
    const FileDescriptor passwd = FileOf(PasswdFile(spec_)), group = FileOf(GroupFile(spec_)),
                         hosts = FileOf(GangHostsFile(spec_.gang ? spec_.gang->ids.size() : 1));
    const std::vector<std::string> arguments =
        BubblewrapArguments({spec_, sandbox_, root, program_, sandbox_.directory().parent_path(), kFilterFd, kPasswdFd,
                             kGroupFd, kHostsFd});
    std::vector<char*> pointers;
    for (const std::string& each : arguments) pointers.push_back(const_cast<char*>(each.c_str()));
    pointers.push_back(nullptr);
    Arrange({{null.get(), 0},
             {errors, 1},
             {errors, 2},
             {init_socket, kInitSocket},
             {output, kInitOutput},
             {plan, kInitPlan},
             {filter.get(), kFilterFd},
             {passwd.get(), kPasswdFd},
             {group.get(), kGroupFd},
             {hosts.get(), kHostsFd}});
    ::execvp("bwrap", pointers.data());
    ThrowSystemError("Cannot execute bwrap (install the package bubblewrap)");
  } catch (const std::exception& error) {
    const ssize_t ignored = ::write(errors, error.what(), std::strlen(error.what()));
    ::_exit(ignored > 0 ? 126 : 127);
  }
}

}  // namespace sagebrush::runtime
