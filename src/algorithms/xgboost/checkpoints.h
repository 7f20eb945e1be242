#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"

namespace sagebrush::algorithms::xgboost {

// The checkpoints of a job, `xgboost-checkpoint.N` for the model after round N (from 0), as SageMaker's container names
// them.
class Checkpoints {
 public:
  explicit Checkpoints(Path directory) : directory_(std::move(directory)) {}

  struct Checkpoint {
    int round;
    Path file;
  };
  // Newest first. Files with other names are not checkpoints.
  std::vector<Checkpoint> List() const;
  // Whole or not at all. Deletes all but the newest five.
  void Save(int round, const std::string& model);

 private:
  Path directory_;
};

// Replaces `path` as a whole. Not durable: a job whose machine fails is run again.
void WriteWholeFile(const Path& path, const std::string& bytes);

}  // namespace sagebrush::algorithms::xgboost
