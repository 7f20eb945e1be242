#include "runtime/pipe_feeder.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <numeric>
#include <random>

#include <fmt/format.h>

#include "base/error.h"
#include "runtime/object_stream.h"

namespace sagebrush::runtime {
namespace {

constexpr int kPipeBytes = 1 << 20;
constexpr mode_t kPipeMode = 0644;  // The workload is another owner, or has it on a read-only mount.

std::string PipeName(const PipeInput& input, std::uint64_t epoch) { return fmt::format("{}_{}", input.name, epoch); }

void MakePipe(const PipeInput& input, std::uint64_t epoch, const FileDescriptor& directory) {
  const std::string name = PipeName(input, epoch);
  if (::mkfifoat(directory.get(), name.c_str(), kPipeMode) != 0 && errno != EEXIST) {
    ThrowSystemError("Cannot make the pipe " + name);
  }
}

// Its files are "0", "1" and so on, and "names".
std::uint32_t CountObjects(const FileDescriptor& directory) {
  const std::unique_ptr<DIR, decltype(&::closedir)> entries(
      ::fdopendir(::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), &::closedir);
  if (entries == nullptr) ThrowSystemError("Cannot list the objects of an input");
  std::uint32_t count = 0;
  while (const dirent* entry = ::readdir(entries.get())) count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
  return count;
}

// False: nobody reads any more.
bool WriteTo(const FileDescriptor& pipe, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(pipe.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EPIPE) return false;
    if (n < 0 && errno != EINTR) ThrowSystemError("Cannot write to a pipe");
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  return true;
}

}  // namespace

std::vector<std::uint32_t> OrderOfEpoch(std::uint32_t count, std::optional<std::int64_t> shuffle_seed,
                                        std::uint64_t epoch) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  if (!shuffle_seed) return order;
  const auto seed = static_cast<std::uint64_t>(*shuffle_seed);
  std::seed_seq parts{seed & 0xffff'ffff, seed >> 32, epoch & 0xffff'ffff, epoch >> 32};
  std::mt19937_64 random(parts);
  // std::shuffle is not the same in every library.
  for (std::uint32_t left = count; left > 1; --left) std::swap(order[left - 1], order[random() % left]);
  return order;
}

PipeFeeder::PipeFeeder(const PipeInput& input, FileDescriptor objects, FileDescriptor pipes)
    : input_(input), objects_(std::move(objects)), pipes_(std::move(pipes)) {}

void PipeFeeder::Prepare(const PipeInput& input, std::optional<std::uint32_t> user) {
  if (input.name.empty() || input.name.find_first_of(std::string_view("/\0", 2)) != std::string::npos) {
    throw Error(kInternalFailure, "'" + input.name + "' cannot be the name of a pipe.");
  }
  const FileDescriptor directory = OpenFile(input.pipes, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  MakePipe(input, 0, directory);
  const std::string first = PipeName(input, 0);
  // Whatever this process's mask says.
  const bool open =
      ::fchmodat(directory.get(), first.c_str(), kPipeMode, 0) == 0 && ::fchmod(directory.get(), 0755) == 0;
  const bool given = !user || (::fchownat(directory.get(), first.c_str(), *user, *user, AT_SYMLINK_NOFOLLOW) == 0 &&
                               ::fchown(directory.get(), *user, *user) == 0);
  if (!open || !given) ThrowSystemError("Cannot make the pipe " + first + " ready");
}

void PipeFeeder::Run() {
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(0);
  const std::uint32_t count = CountObjects(objects_);
  for (std::uint64_t epoch = 0;; ++epoch) {
    const std::vector<std::uint32_t> order = OrderOfEpoch(count, input_.shuffle_seed, epoch);
    const std::string name = PipeName(input_, epoch);
    pipe_ =
        FileDescriptor(::openat(pipes_.get(), name.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));  // Waits for a reader.
    if (!pipe_.valid()) ThrowSystemError("Cannot open the pipe " + name);
    ::fcntl(pipe_.get(), F_SETPIPE_SZ, kPipeBytes);
    MakePipe(input_, epoch + 1, pipes_);  // Before this one is over: its reader may go on at once.
    Feed(order);
    ::unlinkat(pipes_.get(), name.c_str(), 0);  // Nobody would write to it again.
    pipe_.Close();
  }
}

void PipeFeeder::Feed(const std::vector<std::uint32_t>& order) {
  for (const std::uint32_t number : order) {
    try {
      const FileDescriptor object = OpenObject(number);
      if (!StreamObject(object, {input_.gzip, input_.record_io},
                        [this](std::string_view bytes) { return WriteTo(pipe_, bytes); })) {
        return;
      }
    } catch (const Error& error) {
      throw Error(error.kind(), fmt::format("Channel {}: {} {}.", input_.name, NameOf(number), error.what()));
    }
  }
}

FileDescriptor PipeFeeder::OpenObject(std::uint32_t number) const {
  FileDescriptor object(::openat(objects_.get(), std::to_string(number).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!object.valid()) ThrowSystemError("cannot be opened");
  return object;
}

std::string PipeFeeder::NameOf(std::uint32_t number) const {
  const FileDescriptor names(::openat(objects_.get(), "names", O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  const std::unique_ptr<FILE, decltype(&::fclose)> lines(names.valid() ? ::fdopen(::dup(names.get()), "r") : nullptr,
                                                         &::fclose);
  std::string name = fmt::format("Object {}", number);
  if (lines == nullptr) return name;
  char* line = nullptr;
  std::size_t room = 0;
  for (std::uint32_t at = 0; ::getline(&line, &room, lines.get()) > 0; ++at) {
    if (at != number) continue;
    name = line;
    if (name.ends_with('\n')) name.pop_back();
    break;
  }
  ::free(line);
  return name;
}

}  // namespace sagebrush::runtime
