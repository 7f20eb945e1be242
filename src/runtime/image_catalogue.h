#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "runtime/image_provider.h"

namespace sagebrush::runtime {

// The built-in algorithms: AWS's image addresses stand for a program of this server's, which needs nothing to become
// ready. Immutable after construction.
class ImageCatalogue : public ImageProvider {
 public:
  // `catalogue`: what `sagebrush-algorithms catalogue` prints (algorithms/documentation.h). `program`: the algorithms'
  // program (sagebrush-algorithms). `libraries`: directories that hold the shared libraries it needs besides the
  // system's; found by FindLibraryDirectories. Neither is looked at before a workload starts.
  ImageCatalogue(const Json& catalogue, const Path& program, const std::vector<Path>& libraries);
  // With the program and its catalogue (algorithms.json) beside this process's own executable. Throws Error without
  // them.
  static ImageCatalogue BesideThisProgram();

  // Matches repository name and tag, whatever the region and partition, of an address that is AWS's (aws_registries.h)
  // or names no host.
  ImageDescription Describe(std::string_view image_uri, std::string_view region) const override;
  void Prepare(std::string_view image_uri, std::string_view region, const std::string& waiter) override;
  ImageState State(std::string_view image_uri, std::string_view region) const override;
  void Listen(std::function<void(const std::string&)>) override {}  // All images are ready from the beginning.

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
