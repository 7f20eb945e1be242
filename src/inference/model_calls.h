#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "inference/model_call.h"

namespace sagebrush::inference {

// Calls one workload from a thread that waits for nothing else (a chore), several requests at a time, over connections
// that are kept. Used by one thread, on which all of it happens. Destroyed, it gives up what is under way.
class ModelCalls {
 public:
  ModelCalls(runtime::Runtime& runtime, std::string workload_id);
  ~ModelCalls();
  ModelCalls(const ModelCalls&) = delete;

  // Sends a request: its head with the empty line, and `body`, which must stay valid until `done` is called, by Wait.
  void Begin(std::string head, std::string_view body, const ModelLimits& limits, std::function<void(ModelAnswer)> done);
  // Goes on with what is under way, `time_max` at most. Throws what Runtime::Connect throws beside Error.
  void Wait(std::chrono::milliseconds time_max);
  // One request and its answer.
  ModelAnswer Call(std::string head, const ModelLimits& limits);

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace sagebrush::inference
