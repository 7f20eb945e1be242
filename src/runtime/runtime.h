#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/file.h"

namespace sagebrush::runtime {

// A file or directory of the host that the workload sees at `target`.
struct Mount {
  Path source;
  Path target;
  bool read_only = true;
};

// What the workload sees where none of its mounts are. Its /proc, /dev, /tmp and /run are the sandbox's in any case.
struct HostRoot {};  // The machine's programs and libraries, read-only.
// An unpacked root file system, read-only.
struct DirectoryRoot {
  Path directory;
};
// Directories one over the other (overlayfs), which stay as they are; what the workload writes comes to `writable`, an
// empty directory of its own, and counts with what it writes in its mounts.
struct LayeredRoot {
  std::vector<Path> layers;  // The lowest first.
  Path writable;
};
using ImageRoot = std::variant<HostRoot, DirectoryRoot, LayeredRoot>;

// Files that the workload reads as a stream, one behind the other, from named pipes: `<name>_0`, then `<name>_1` for
// all of them once more, and so on for as long as it opens the next. A pipe that it closes early is over; each goes
// when it is over, and the next one is there before.
struct PipeInput {
  std::string name;  // Of a file.
  Path objects;      // A directory of the host: files "0", "1", ..., in this order, and "names", a line for each.
  Path pipes;        // A directory of the host that the workload sees read-only. Here the pipes are made.
  std::optional<std::int64_t> shuffle_seed;  // Each epoch has an order of its own, the same for the same seed.
  bool gzip = false;                         // The files are gzip: what is in them is streamed.
  bool record_io = false;                    // Each file becomes a RecordIO record.
};

// Of a new ext4 file system (mke2fs's inode_ratio).
inline constexpr std::int64_t kDiskBytesPerFile = 16 << 10;
// What a supervisor can count often enough.
inline constexpr std::int64_t kDiskFilesMax = 1'000'000;

// The place of a workload in a gang: those that were started together.
struct GangPlace {
  std::vector<std::string> ids;  // Of the gang's workloads, in the order of its hosts: algo-1, algo-2 and so on.
  std::size_t host = 0;          // Which of them this workload is.
};

struct WorkloadSpec {
  // What runs, as the ImageProvider told. Roots other than the host's need a server that runs as root.
  ImageRoot root;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  Path working_directory = "/";
  std::vector<Mount> mounts;
  std::vector<PipeInput> pipes;

  // Limits: exceeding one hurts this workload only.
  double cpus = 1;
  std::int64_t memory_bytes_max = 0;  // 0: no limit of its own.
  // What it may write in all its writable mounts together, and with that how many files: one for each
  // kDiskBytesPerFile, as a file system of that size would have, up to kDiskFilesMax. 0: no limit.
  std::int64_t disk_bytes_max = 0;
  std::int64_t processes_max = 4096;

  int gpus = 0;  // Of NVIDIA, that it has to itself. StartGang throws where the machine has not as many free.

  // The workload has its own network namespace: its own loopback and, in a gang, the other hosts of that. `true`:
  // besides, the server's API at `api_address` (host:port) is reachable from inside at the same port of the loopback
  // (workload_address.h), through the supervisor.
  bool network = true;
  std::string api_address;

  std::optional<Seconds> run_time_max;  // Then SIGTERM, `stop_grace`, SIGKILL; reason kTimedOut.
  Seconds stop_grace{120};

  // Every line that the workload prints is appended here (base/line_file.h) as soon as it is complete.
  Path log_file;
  std::vector<std::uint16_t> ports;  // That it listens on inside, for Connect.

  // The user of this machine that it runs as and that its files belong to. Chosen by Start, whatever is said here; none
  // where the server may not change users.
  std::optional<std::uint32_t> user;

  // Chosen by StartGang, whatever is said here: device nodes of this machine that it sees in /dev, those of its GPUs.
  std::vector<Path> devices;

  // Chosen by StartGang, whatever is said here; none for a gang of one.
  std::optional<GangPlace> gang;
};

enum class ExitReason {
  kExited,          // By itself; exit_code tells.
  kStopped,         // After Stop was called.
  kTimedOut,        // run_time_max.
  kOutOfMemory,     // The kernel killed it at memory_bytes_max.
  kDiskFull,        // It went over disk_bytes_max, or filled the machine's disk; message tells.
  kStartFailed,     // It never ran; message tells why.
  kSupervisorLost,  // Its supervisor, or what fed its pipes, was killed; the workload was ended with it.
  kInputFailed,     // What is in an input cannot be streamed as asked; message tells.
};

struct WorkloadState {
  bool running = false;
  Time started;  // When the workload's first process was executed; zero while it was not yet.
  Time ended;    // Zero while it runs.
  ExitReason reason = ExitReason::kExited;
  int exit_code = 0;  // 128 + signal when a signal ended it.
  // For kStartFailed, kDiskFull and kInputFailed; else what of the log could not be written, and why. While it runs:
  // why nothing can be done with it.
  std::string message;
};

// Runs workloads in sandboxes; they outlive a restart of the server, and its upgrade: those of the release before are
// run on. One of a newer release is left as it is: it is told as running, with a message, and Stop and Remove of it
// throw Error. Callers ask for state; a listener only says where to look again. Safe to call from any thread.
class Runtime {
 public:
  virtual ~Runtime() = default;

  // Starts workloads, given with their ids, as the hosts of a gang: each reaches each, by the names algo-1, algo-2 and
  // so on in the order given, and nothing else does; else each is a workload of its own, with its own end. Does nothing
  // for those that were already started. Returns once the start of all is recorded, before they run; none runs before
  // the others can be reached. Throws Error when the machine cannot run them at all; then none of those runs that this
  // call was to start.
  virtual void StartGang(const std::vector<std::pair<std::string, WorkloadSpec>>& hosts) = 0;
  // One alone.
  void Start(const std::string& id, const WorkloadSpec& spec) { StartGang({{id, spec}}); }
  // nullopt: never started, or removed.
  virtual std::optional<WorkloadState> Inspect(const std::string& id) const = 0;
  // Sends SIGTERM, then SIGKILL after `grace`. Returns at once; does nothing if it has exited.
  virtual void Stop(const std::string& id, Seconds grace) = 0;
  // Forgets an exited workload and deletes the runtime's files of it. Kills it first if it still runs.
  virtual void Remove(const std::string& id) = 0;
  // Ids of everything started and not removed, also by an earlier server process.
  virtual std::vector<std::string> List() const = 0;

  // A socket connected to `port` inside the workload, one of its spec's. nullopt: nothing accepts there (yet).
  virtual std::optional<FileDescriptor> Connect(const std::string& id, std::uint16_t port) = 0;

  // `listener(id)` is called soon after the state of a workload changed, on a thread of the runtime.
  virtual void Listen(std::function<void(const std::string& id)> listener) = 0;
};

}  // namespace sagebrush::runtime
