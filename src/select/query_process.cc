#include "select/query_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "runtime/seccomp_filter.h"
#include "runtime/spawn_settings.h"
#include "runtime/workload_users.h"
#include "select/duckdb.h"
#include "select/select_errors.h"
#include "select/worker.h"

namespace sagebrush::select {
namespace {

constexpr int kFilterFd = 4;
constexpr int kPipeBytes = 1 << 20;
constexpr std::chrono::milliseconds kWait{1'000};
constexpr int kIdleMax = 300;  // Five minutes.
constexpr const char* kProgramInside = "/run/sagebrush/bin/sagebrush-select";
constexpr const char* kLibraryInside = "/run/sagebrush/lib/libduckdb.so";

Path Program() { return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "sagebrush-select"; }

// All that the program sees: the system's libraries, itself, and the engine.
std::vector<std::string> Arguments(std::optional<std::uint32_t> user) {
  std::vector<std::string> out{"bwrap",         "--die-with-parent", "--unshare-pid", "--unshare-ipc",
                               "--unshare-uts", "--unshare-net",     "--clearenv",    "--unshare-cgroup-try"};
  const auto add = [&](std::initializer_list<std::string> arguments) { out.insert(out.end(), arguments); };
  if (user) {
    add({"--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"});
  } else {
    add({"--unshare-user", "--uid", "1000", "--gid", "1000"});
  }
  // Bubblewrap would make them for its own user only.
  for (const char* name : {"/usr", "/run", "/run/sagebrush", "/run/sagebrush/bin", "/run/sagebrush/lib"}) {
    add({"--perms", "0755", "--dir", name});
  }
  for (const char* name : {"/usr/lib", "/usr/lib64"}) {
    if (std::filesystem::exists(name)) add({"--ro-bind", name, name});
  }
  for (const char* name : {"/lib", "/lib64"}) {
    std::error_code ignored;
    if (std::filesystem::is_symlink(name, ignored)) {
      add({"--symlink", std::filesystem::read_symlink(name).string(), name});
    } else if (std::filesystem::exists(name, ignored)) {
      add({"--ro-bind", name, name});
    }
  }
  add({"--ro-bind", Program().string(), kProgramInside, "--ro-bind", DuckDbLibrary().string(), kLibraryInside});
  add({"--proc", "/proc", "--remount-ro", "/", "--chdir", "/", "--seccomp", std::to_string(kFilterFd), "--",
       kProgramInside});
  if (user) out.push_back(std::to_string(*user));
  return out;
}

FileDescriptor FilterFile() {
  FileDescriptor file(::memfd_create("filter", MFD_CLOEXEC));
  if (!file.valid()) ThrowSystemError("Cannot make a file in memory");
  WriteAll(file.get(), runtime::SeccompFilter());
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::pair<FileDescriptor, FileDescriptor> MakePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) ThrowSystemError("Cannot make a pipe");
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

void DoNotBlock(const FileDescriptor& file) { ::fcntl(file.get(), F_SETFL, O_NONBLOCK); }

std::string WithLength(const std::string& text) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(text.size() >> shift);
  return out + text;
}

}  // namespace

Error FailureOf(const Message& message) {
  std::string code, text;
  try {
    const Json document = ParseJson(message.payload);
    code = GetString(document, "Code");
    text = GetString(document, "Message");
  } catch (const Error&) {
    return {kInternalError, "sagebrush-select said something that is no message."};
  }
  const ErrorKind* const kind = FindSelectError(code);
  return {kind == nullptr ? kInternalError : *kind, text};
}

QuerySlots::Slot QuerySlots::Take() {
  if (free_.fetch_sub(1) > 0) return Slot(free_);
  free_.fetch_add(1);
  throw Error(kBusy, "As many queries run as may at a time. Please retry.");
}

QueryProcess::QueryProcess(QuerySlots::Slot slot, const Json& request, QueriedObject object)
    : slot_(std::move(slot)), next_bytes_(std::move(object.next)), unsent_(WithLength(ToText(request))) {
  for (const Path& needed : {Program(), DuckDbLibrary()}) {
    if (::access(needed.c_str(), R_OK) == 0) continue;
    throw Error(kNoEngine,
                fmt::format("SelectObjectContent needs {}, which this server has not: its operator gets it with "
                            "tools/duckdb.sh or the Debian package.",
                            needed.filename().string()));
  }
  Start(object.file);
  for (;;) {
    const std::optional<Message> first = Next();
    if (!first) continue;
    if (first->kind == Message::Kind::kBegun) return;
    throw FailureOf(*first);
  }
}

QueryProcess::~QueryProcess() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void QueryProcess::Start(const FileDescriptor& file) {
  auto [query_out, query_in] = MakePipe();
  auto [messages_out, messages_in] = MakePipe();
  const auto users = runtime::WorkloadUsers::OfThisMachine();
  std::optional<std::uint32_t> user;
  if (users.any()) user = runtime::WorkloadUsers(users).Take();
  const FileDescriptor filter = FilterFile(), null = OpenFile("/dev/null", O_RDWR);
  runtime::SpawnSettings settings;
  settings.Give(query_out.get(), kQueryFd);
  settings.Give(messages_in.get(), kMessagesFd);
  settings.Give(null.get(), STDERR_FILENO);
  settings.Give(file.valid() ? file.get() : null.get(), kObjectFd);
  settings.Give(filter.get(), kFilterFd);
  std::vector<std::string> arguments = Arguments(user);
  std::vector<char*> pointers;
  for (std::string& each : arguments) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  char* environment[] = {nullptr};
  const int error =
      ::posix_spawnp(&process_, "bwrap", &settings.actions, &settings.attributes, pointers.data(), environment);
  if (error != 0) {
    errno = error;
    ThrowSystemError("Cannot start bwrap (is the package bubblewrap installed?)");
  }
  to_ = std::move(query_in);
  from_ = std::move(messages_out);
  DoNotBlock(to_);
  DoNotBlock(from_);
}

std::optional<Message> QueryProcess::Next() {
  for (;;) {
    if (auto message = reader_.Next()) {
      idle_ = 0;
      return message;
    }
    if (Move()) continue;
    if (++idle_ < kIdleMax) return std::nullopt;
    throw Error(kInternalError, "The query made no progress for five minutes.");
  }
}

bool QueryProcess::Move() {
  pollfd ready[] = {{from_.get(), POLLIN, 0}, {to_.get(), POLLOUT, 0}};
  const int count = ::poll(ready, to_.valid() ? 2 : 1, static_cast<int>(kWait.count()));
  if (count == 0) return false;
  if (count < 0 && errno != EINTR) ThrowSystemError("Cannot wait for a query");
  if (ready[0].revents != 0) {
    char buffer[64 << 10];
    const ssize_t n = ::read(from_.get(), buffer, sizeof buffer);
    if (n == 0) ThrowEnded();
    if (n > 0) reader_.Add({buffer, static_cast<std::size_t>(n)});
    return true;
  }
  if (to_.valid() && ready[1].revents != 0) Feed();
  return true;
}

// The object's bytes behind the query. Whoever has seen enough of them stops reading: that is no failure.
void QueryProcess::Feed() {
  if (sent_ == unsent_.size()) {
    sent_ = 0;
    unsent_.clear();
    if (next_bytes_) next_bytes_(unsent_);
    if (unsent_.empty()) return to_.Close();
  }
  const ssize_t n = ::write(to_.get(), unsent_.data() + sent_, unsent_.size() - sent_);
  if (n > 0) sent_ += static_cast<std::size_t>(n);
  if (n < 0 && errno != EAGAIN && errno != EINTR) to_.Close();
}

void QueryProcess::ThrowEnded() {
  throw Error(kInternalError,
              "The query ended before its time: it needed more processor time or memory than it may have, or it was "
              "stopped.");
}

}  // namespace sagebrush::select
