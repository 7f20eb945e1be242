#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "inference/router.h"
#include "wire/http.h"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): the name is Asio's.
}

namespace sagebrush::inference {

class ModelStream;

// What came back from a model server.
struct ModelAnswer {
  enum class Outcome {
    kAnswered,
    kNoConnection,  // Nothing accepts connections in the container.
    kBroken,        // The connection broke, or what came is no HTTP, before an answer was complete.
    kTimedOut,
    kTooLarge,  // The body of the answer.
  };
  Outcome outcome = Outcome::kAnswered;
  int status = 0;
  wire::Headers headers;
  std::string body;
  std::shared_ptr<ModelStream> rest;  // Null: `body` is all. Else `body` is empty, and this has it.
};

// How an answer is wanted. A streamed one that is no success comes whole all the same.
enum class Delivery { kWhole, kStreamed };

// What a model server still sends, piece by piece. Belongs to one loop. Destroyed, it breaks off what is under way.
class ModelStream {
 public:
  virtual ~ModelStream() = default;
  // Calls `done` once, on the loop's thread: kAnswered with bytes; kAnswered without any at the end; or what went
  // wrong.
  virtual void Next(std::function<void(ModelAnswer::Outcome outcome, std::string bytes)> done) = 0;
};

// Sends one HTTP request to a container over a connection that is kept for the next one, and calls `done` once with the
// answer, on the thread of `loop`, on which this is called as well. Needs no thread meanwhile. `head` is the request's
// head with its empty line; `body` must stay valid until `done` is called. Sends a second time only when a kept
// connection turns out to have been closed before anything was answered.
void CallModel(boost::asio::io_context& loop, Router& router, std::shared_ptr<ContainerState> container,
               std::string head, std::string_view body, const ModelLimits& limits, Delivery delivery,
               std::function<void(ModelAnswer)> done);

}  // namespace sagebrush::inference
