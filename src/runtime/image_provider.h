#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/runtime.h"

namespace sagebrush::runtime {

// What is known of an image before it is ready to be run: what requests are checked by.
struct ImageDescription {
  std::string algorithm;              // "xgboost"
  std::string version;                // As the address names it: "1.7-1", "1", "latest".
  std::set<std::string> input_modes;  // Of AWS's, those in which training reads its channels.
  std::vector<std::pair<std::string, std::string>>
      metric_definitions;  // Name and regular expression; group 1 is the value.
};

// What a workload of an image runs, and what it needs for that.
struct PreparedImage {
  ImageRoot root;  // Of layers, without a directory to write to: each workload has its own.
  std::vector<std::string> train_command;
  std::vector<std::string> serve_command;
  std::vector<Mount> mounts;
  std::map<std::string, std::string> environment;
};

struct ImageState {
  enum class Stage { kPreparing, kReady, kFailed };
  Stage stage = Stage::kPreparing;
  PreparedImage image;  // When ready.
  std::string message;  // Else a sentence: how far it is, or why it cannot be had and what to do.
};

// Makes images ready to be run, in the background. Callers ask for state; a listener only says where to look again.
// What was begun in another process is begun anew by the next Prepare. Safe to call from any thread; no call waits.
class ImageProvider {
 public:
  virtual ~ImageProvider() = default;

  // What the address stands for in `region`. Throws Error(kValidation) that names the image, why it is not available,
  // and what is.
  virtual ImageDescription Describe(std::string_view image_uri, std::string_view region) const = 0;

  // Begins to make the image ready unless it is, or that has begun; `waiter`, a workload's id, is told of each change
  // from now on until it is ready or has failed. One that has failed is tried again once nobody has asked for it for a
  // while. Throws as Describe.
  virtual void Prepare(std::string_view image_uri, std::string_view region, const std::string& waiter) = 0;
  // Of an image that Prepare was called for; otherwise being prepared. Throws as Describe.
  virtual ImageState State(std::string_view image_uri, std::string_view region) const = 0;

  // `listener(waiter)` is called soon after the state of an image changed, on any thread.
  virtual void Listen(std::function<void(const std::string& waiter)> listener) = 0;
};

// The image, for who has seen that it is ready. Throws Error(kServiceUnavailable) while it is not,
// Error(kValidation) when it has failed.
PreparedImage ReadyImage(const ImageProvider& images, std::string_view image_uri, std::string_view region);

// The root of a workload of the image that is about to be started: layers get `writable`, made anew and empty. Throws
// Error.
ImageRoot RootFor(const PreparedImage& image, const Path& writable);

}  // namespace sagebrush::runtime
