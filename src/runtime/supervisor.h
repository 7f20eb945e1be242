#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
//   grace>", and "connect <port>" (answered by "connected" with a socket, or "refused"). Of version 1
//   (kWorkloadVersion): "connect", to its one port. The supervisors of a gang send that of its first host "network
//   <host>" (answered by "host" and "hub", each with a descriptor of GangNetwork).
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

  static std::int64_t SteadyNow();  // Milliseconds.

  void Start();
  // Does a step towards the start. What it throws is why the workload never ran.
  void Attempt(const std::function<void()>& step);
  void Launch();
  void WatchDisk();
  std::string RelayAddress() const;
  [[noreturn]] void BecomeSandbox(int init_socket, int output, int errors, int plan);
  void LimitByRlimits() const;

  // What feeds the workload's pipes, a process each.
  void StartFeeders();
  [[noreturn]] void BecomeFeeder(const PipeInput& input, int report);
  void OnFeeder(int fd);
  void EndFeeders();

  // A gang's network is made by the supervisor of its first host, which launches when the others have taken their parts
  // of it, so that it is there for them however soon its own workload ends. They ask for it, and then launch.
  void AwaitGang();
  void LookForOthers();
  void AskForNetwork();
  void OnNetwork();
  void GiveNetwork(int fd, std::size_t host);
  void LaunchInGang();
  [[noreturn]] void ThrowNoNetwork(const std::string& why) const;

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

  FileDescriptor network_;             // The network namespace to run it in, made before; of a host of a gang only.
  FileDescriptor hub_;                 // Held, so that the gang's network stays.
  std::vector<FileDescriptor> hosts_;  // For the other hosts, who ask for them: of the first host only.
  std::set<std::size_t> missing_;      // Those that have not.
  FileDescriptor first_host_;          // Where this one asks.
  bool awaits_gang_ = false;

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
  std::int64_t ask_at_ = INT64_MAX;
  std::int64_t asked_since_ = INT64_MAX;
  std::int64_t read_again_at_ = INT64_MAX;
  std::optional<ExitReason> ended_by_;  // Why we ended it, if we did.
  std::optional<int> wait_status_;      // Of the workload's first process.
  std::string failure_;                 // Why it never ran.
  std::optional<std::string> excess_;   // Of the disk, which ended it.
  std::string input_failure_;           // Of a feeder, which ended it.
  bool finished_ = false;
};

}  // namespace sagebrush::runtime
