#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/api_relay.h"
#include "runtime/cgroup.h"
#include "runtime/disk_usage.h"
#include "runtime/event_loop.h"
#include "runtime/line_splitter.h"
#include "runtime/sandbox.h"
#include "runtime/workload_files.h"
#include "runtime/workload_log.h"

namespace sagebrush::runtime {

// Holds one workload from its start to its end: builds its sandbox, writes its log, keeps its limits, records how it
// ended. A process of its own with one thread, so that it outlives the server. Killing it kills the workload.
//   Clients of its control socket send "watch" (then get "state" whenever the state file changed), "stop <ms of
//   grace>", and "connect" (answered by "connected" with a socket, or "refused").
class Supervisor {
 public:
  // `program`: this executable. `lock`: the workload's lock, held until the process ends. `link`: a client that
  // watches.
  Supervisor(const Path& program, const Path& directory, const Path& sandbox_directory, FileDescriptor lock,
             FileDescriptor link);
  ~Supervisor();

  // Returns when the workload has ended and that is recorded.
  void Run();

 private:
  struct Client {
    FileDescriptor socket;
    bool watches = false;
  };
  struct Feeder {
    pid_t process;
    FileDescriptor report;
  };

  void Start();
  void Launch();
  std::string RelayAddress() const;
  [[noreturn]] void BecomeSandbox(int init_socket, int output, int errors, int plan);
  void LimitByRlimits() const;

  // What feeds the workload's pipes, a process each.
  void StartFeeders();
  [[noreturn]] void BecomeFeeder(const PipeInput& input, int report);
  void OnFeeder(int fd);
  void EndFeeders();

  void AcceptClient();
  void AddClient(FileDescriptor socket, bool watches);
  void OnClient(int fd);
  void DropClient(int fd);
  void Obey(int fd, const std::string& command);
  void Tell();

  void OnInit();
  void OnConnected(FileDescriptor socket);
  void WatchOutput();
  void ReadOutput();
  void ReadSome();
  void ReadRest();

  void Terminate(ExitReason reason, Seconds grace);
  void Kill();
  void OnTime();
  Milliseconds UntilNextTime() const;
  void Finish();
  void Conclude();
  void Record();

  const Path program_;
  const WorkloadFiles files_;
  const SandboxFiles sandbox_;
  const FileDescriptor lock_;
  WorkloadSpec spec_;
  WorkloadState state_{.running = true};

  EventLoop loop_;
  Cgroup cgroup_;
  FileDescriptor control_;
  FileDescriptor signals_;
  std::map<int, Client> clients_;
  std::deque<int> connecting_;  // Clients that wait for a socket, in order; -1: gone.

  pid_t bubblewrap_ = -1;
  FileDescriptor bubblewrap_handle_;
  FileDescriptor init_;
  FileDescriptor output_;
  FileDescriptor errors_;
  std::vector<Feeder> feeders_;
  std::unique_ptr<ApiRelay> relay_;
  std::unique_ptr<WorkloadLog> log_;
  LineSplitter splitter_;
  std::unique_ptr<DiskUsage> disk_;

  // Steady milliseconds; INT64_MAX: never.
  std::int64_t run_deadline_ = INT64_MAX;
  std::int64_t kill_at_ = INT64_MAX;
  std::int64_t read_again_at_ = INT64_MAX;
  std::optional<ExitReason> ended_by_;  // Why we ended it, if we did.
  std::optional<int> wait_status_;      // Of the workload's first process.
  std::string failure_;                 // Why it never ran.
  std::optional<std::string> excess_;   // Of the disk, which ended it.
  std::string input_failure_;           // Of a feeder, which ended it.
  bool finished_ = false;
};

}  // namespace sagebrush::runtime
