#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "runtime/runtime.h"

namespace sagebrush::runtime {

// The form of a workload's files, and of what its supervisor is told (supervisor.h); raised when either changes so that
// the release before would misread it. A release reads its own and the one before. 1: files without a number, with one
// port each. 2: several ports, gangs, GPUs, roots, pipes.
inline constexpr std::int64_t kWorkloadVersion = 2;

// The files that server and supervisor share about one workload, all in one directory: what shall run, whether its
// supervisor lives, and how far it came. A supervisor holds the lock from before its first instruction to its end, so
// that "unlocked and not ended" means that it was killed.
class WorkloadFiles {
 public:
  explicit WorkloadFiles(const Path& directory) : directory_(directory) {}

  const Path& directory() const { return directory_; }
  std::string id() const { return directory_.filename().string(); }
  // Names the workload's control groups: no other directory of this machine gives the same name, not even a copy of
  // this one that another server runs. Throws Error when the directory is not there.
  std::string CgroupName() const;

  // Why nothing of it can be read: a newer release wrote spec or state. Empty: none did. Throws Error on damage.
  std::string WhyTooNew() const;
  // What the supervisor understands, which may be of another release than who wrote the spec: it wrote the state.
  std::int64_t SupervisorVersion() const;

  // Not durable until Sync. Made whole: a reader sees all of it or none.
  void WriteSpec(const WorkloadSpec& spec) const;
  void Sync() const;
  // nullopt: was never written. Throws Error on damage.
  std::optional<WorkloadSpec> ReadSpec() const;
  // The machine was started anew since the spec was written.
  bool IsFromBeforeBoot() const;

  // nullopt: no supervisor began. `running` until it ended.
  std::optional<WorkloadState> ReadState() const;
  // Takes the space that every later WriteState of an ordinary length needs, so that a disk that fills up meanwhile
  // does not keep the end of the workload from being recorded. Throws Error when there is none.
  void ReserveState() const;
  // Made whole, not synced.
  void WriteState(const WorkloadState& state) const;

  // Invalid: a supervisor (or another caller) holds it. Held until the last copy of the descriptor is closed.
  FileDescriptor TryLock() const;

 private:
  void Replace(const char* name, std::string_view text) const;
  std::optional<Json> Read(const char* name) const;

  Path directory_;
};

// Also used by tests and messages: "OutOfMemory".
std::string_view ToText(ExitReason reason);

}  // namespace sagebrush::runtime
