#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <thread>

#include "base/mutex.h"
#include "runtime/event_loop.h"
#include "runtime/gpus.h"
#include "runtime/runtime.h"
#include "runtime/sandbox.h"
#include "runtime/workload_files.h"
#include "runtime/workload_users.h"

namespace sagebrush::runtime {

// Runs workloads as sandboxed processes of this machine, each held by a supervisor process of its own. What it
// remembers is in <data>/workloads/<id>/; a new ProcessRuntime on the same data directory, also after this process was
// killed, takes over what still runs, starts what was recorded but had not begun, and ends what lost its supervisor.
// One at a time per data directory. Its destruction ends no workload.
class ProcessRuntime : public Runtime {
 public:
  // `supervisor`: the program sagebrush-supervisor. `devices`: where the machine's GPUs are found. Throws Error when
  // the data directory cannot be written.
  ProcessRuntime(const Path& data, const Path& supervisor, const Path& devices = "/dev");
  // With the supervisor beside this process's own executable.
  explicit ProcessRuntime(const Path& data);
  ~ProcessRuntime() override;

  void StartGang(const std::vector<std::pair<std::string, WorkloadSpec>>& hosts) override;
  std::optional<WorkloadState> Inspect(const std::string& id) const override;
  void Stop(const std::string& id, Seconds grace) override;
  // Waits for a running workload to be killed: not to be called from a listener.
  void Remove(const std::string& id) override;
  std::vector<std::string> List() const override;
  std::optional<FileDescriptor> Connect(const std::string& id, std::uint16_t port) override;
  void Listen(std::function<void(const std::string& id)> listener) override;

 private:
  struct Workload {
    explicit Workload(const Path& directory) : files(directory) {}

    const WorkloadFiles files;
    // Below: guarded by mutex_.
    WorkloadState state{.running = true};
    FileDescriptor link;  // To the supervisor, which tells of changes; closed when it ends.
    pid_t child = -1;     // The supervisor, if this process started it.
    bool spawned = false;
    std::optional<Milliseconds> stop_wanted;  // Not told to the supervisor yet.
    std::optional<std::uint32_t> user;
    std::vector<Path> devices;
    std::int64_t supervisor_version = kWorkloadVersion;
    std::string not_ours;  // Why nothing may be done with it: it is of a newer release. Empty: it is ours.
  };
  using Entry = std::shared_ptr<Workload>;

  Entry FindEntry(const std::string& id) const;
  static void CheckOurs(const Workload& workload);  // Needs mutex_. Throws Error.
  Path DirectoryOf(const std::string& id) const { return directory_ / id; }
  void AdoptAll();
  // Chooses what is the workload's own as long as it is known: a user, devices.
  void TakeOwn(Workload& workload, WorkloadSpec& spec);
  void Forget(const std::string& id) REQUIRES(mutex_);
  void Record(Workload& workload, WorkloadSpec spec);
  void Spawn(const Entry& entry, FileDescriptor lock);
  // Of a start that failed, before its supervisor is watched.
  void Undo(const Entry& entry);

  // On the thread only, or before it runs.
  void Run();
  void Post(std::function<void()> task);
  void Watch(const Entry& entry);
  void OnLink(const Entry& entry);
  void OnLost(const Entry& entry);
  void Resolve(const Entry& entry);
  bool Rejoin(const Entry& entry);
  void Leave(const Entry& entry, const std::string& why);
  void EndLost(const Entry& entry, const std::string& message);
  void Settle(const Entry& entry, const WorkloadState& state);

  const Path directory_;
  const Path supervisor_;
  const SandboxFiles sandbox_;

  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Entry> workloads_ GUARDED_BY(mutex_);
  Gpus gpus_ GUARDED_BY(mutex_);
  WorkloadUsers users_ GUARDED_BY(mutex_) = WorkloadUsers::OfThisMachine();
  std::vector<std::function<void(const std::string&)>> listeners_ GUARDED_BY(mutex_);
  std::deque<std::function<void()>> tasks_ GUARDED_BY(mutex_);

  // The thread's own.
  EventLoop loop_;
  bool stopping_ = false;
  FileDescriptor wake_;
  std::vector<Entry> unresolved_;  // To be looked at again soon.
  std::thread thread_;
};

}  // namespace sagebrush::runtime
