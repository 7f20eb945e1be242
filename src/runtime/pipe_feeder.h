#pragma once

#include <string>
#include <vector>

#include "runtime/runtime.h"

namespace sagebrush::runtime {

// Feeds the pipes of one PipeInput, epoch after epoch, in a process of its own: it waits in system calls for a workload
// that may never read.
class PipeFeeder {
 public:
  // `objects`, `pipes`: the directories, as this process may use them.
  PipeFeeder(const PipeInput& input, FileDescriptor objects, FileDescriptor pipes);

  // Makes the directory and the first pipe ready, for a feeder of user `user` in another process (nullopt: of this
  // one). Repeatable.
  static void Prepare(const PipeInput& input, std::optional<std::uint32_t> user);

  // Feeds until the process is killed. Throws Error, and leaves the pipe that was being fed open, so that its reader
  // does not take the end for the end of the data; kValidation when an object is not what the input says.
  [[noreturn]] void Run();

 private:
  void Feed(const std::vector<std::uint32_t>& order);
  FileDescriptor OpenObject(std::uint32_t number) const;
  std::string NameOf(std::uint32_t number) const;

  const PipeInput& input_;
  const FileDescriptor objects_;
  const FileDescriptor pipes_;
  FileDescriptor pipe_;  // That is being fed.
};

// The order in which an epoch has the objects 0 to `count` - 1.
std::vector<std::uint32_t> OrderOfEpoch(std::uint32_t count, std::optional<std::int64_t> shuffle_seed,
                                        std::uint64_t epoch);

}  // namespace sagebrush::runtime
