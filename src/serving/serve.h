#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "algorithms/algorithm.h"
#include "base/file.h"

namespace sagebrush::serving {

// What the hosting contract and AWS's containers let one set.
struct ServeOptions {
  std::string algorithm;  // In the registry: loads the model.
  algorithms::Hosting hosting{.model = "/opt/ml/model"};
  std::string address = "0.0.0.0";
  std::uint16_t port = 8080;  // 0: the system picks one.
  int threads = 0;            // 0: as many as the CPU limit allows.
  std::size_t body_bytes_max = 6 * 1024 * 1024;
  std::string default_accept;  // SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT; empty: the algorithm's.
};

// The defaults, changed by the environment: SAGEMAKER_BIND_TO_PORT, MAX_CONTENT_LENGTH, SAGEMAKER_MAX_PAYLOAD_IN_MB and
// those named above. Throws Error(kValidation) that names the variable.
ServeOptions ServeOptionsFromEnvironment();

// Loads the model and answers requests until SIGTERM or SIGINT, then finishes the requests that have begun. Prints a
// line with the port once it listens. Returns the exit status: 0, or 1 after printing why the model cannot be served.
// Call from the main thread before others are started: the signals are blocked in all threads.
int Serve(const ServeOptions& options);

}  // namespace sagebrush::serving
