#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "runtime/runtime.h"

namespace sagebrush::runtime {

// What an image address stands for: a program of ours and what it needs to run in a sandbox.
struct ImageInfo {
  std::string algorithm;              // "xgboost"
  std::string version;                // As the address names it: "1.7-1", "1", "latest".
  std::set<std::string> input_modes;  // Of AWS's, those in which training reads its channels.
  std::vector<std::string> train_command;
  std::vector<std::string> serve_command;
  std::vector<Mount> mounts;
  std::map<std::string, std::string> environment;
  std::vector<std::pair<std::string, std::string>>
      metric_definitions;  // Name and regular expression; group 1 is the value.
};

// The catalogue: resolves AWS's image addresses to what this server runs in their place. Immutable after construction.
class Images {
 public:
  // `catalogue`: what `sagebrush-algorithms catalogue` prints (algorithms/documentation.h). `program`: the algorithms'
  // program (sagebrush-algorithms). `libraries`: directories that hold the shared libraries it needs besides the
  // system's; found by FindLibraryDirectories. Neither is looked at before a workload starts.
  Images(const Json& catalogue, const Path& program, const std::vector<Path>& libraries);
  // With the program and its catalogue (algorithms.json) beside this process's own executable. Throws Error without
  // them.
  static Images BesideThisProgram();

  // Matches repository name and tag, whatever the region and partition, of an address that is AWS's (aws_registries.h)
  // or names no host. Throws Error(kValidation) that names the image, why it is not available, and what is.
  ImageInfo Resolve(std::string_view image_uri, std::string_view region) const;

 private:
  struct Family {
    std::string repository;
    std::vector<std::string> tags;
    std::string algorithm;
    std::set<std::string> input_modes;
    std::vector<std::pair<std::string, std::string>> metric_definitions;
  };

  std::string Available() const;
  [[noreturn]] void ThrowNotAvailable(std::string_view uri, const std::string& why) const;

  std::vector<Family> families_;
  std::string program_;
  std::vector<Mount> mounts_;
  std::map<std::string, std::string> environment_;
};

// The directories outside the system's library folders from which `program` loads shared libraries, at its start or
// later: those of its run path (RUNPATH in its ELF header) and, transitively, of the libraries found there. Empty when
// it is no ELF program.
std::vector<Path> FindLibraryDirectories(const Path& program);

}  // namespace sagebrush::runtime
