#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

#include "base/file.h"

namespace sagebrush::algorithms {

// Turns SIGTERM and SIGINT into a stop request. Make it in main, before any thread: it blocks the signals, and threads
// made later inherit that. A second signal ends the process at once.
class TerminationSignal {
 public:
  TerminationSignal();
  ~TerminationSignal();
  std::stop_token token() const { return source_.get_token(); }

 private:
  void Wait();

  std::stop_source source_;
  FileDescriptor end_;
  std::thread thread_;
};

}  // namespace sagebrush::algorithms
