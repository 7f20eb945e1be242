#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"

namespace sagebrush::algorithms {

// The checkpoints of a job, `<algorithm>-checkpoint.N` for the model after round N (from 0), as SageMaker's container
// names them.
class Checkpoints {
 public:
  Checkpoints(Path directory, std::string_view algorithm);

  struct Checkpoint {
    int round;
    Path file;
  };
  // Newest first. Files with other names are not checkpoints.
  std::vector<Checkpoint> List() const;
  // Goes on from the newest one that can be read: `load` takes its bytes, or throws Error, which is logged, and leaves
  // things as they were. Returns its round; nullopt: there is none.
  std::optional<int> Resume(const std::function<void(const std::string&)>& load) const;
  // Whole or not at all. Deletes all but the newest five.
  void Save(int round, const std::string& model);

 private:
  Path directory_;
  std::string prefix_;
};

// Replaces `path` as a whole. Not durable: a job whose machine fails is run again.
void WriteWholeFile(const Path& path, const std::string& bytes);

}  // namespace sagebrush::algorithms
