#include "inference/model_call.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "inference/model_connection.h"

namespace sagebrush::inference {
namespace {

using Outcome = ModelAnswer::Outcome;

Task<ModelAnswer> Exchange(LoopConnections& connections, Router& router, std::shared_ptr<ContainerState> container,
                           std::string_view head, std::string_view body, ModelLimits limits) {
  auto connection = connections.Take(*container);
  if (connection) {
    bool answered = false;
    ModelAnswer answer = co_await connection->RoundTrip(head, body, limits, answered);
    if (answer.outcome != Outcome::kBroken || answered) {
      if (connection->reusable()) connections.Keep(std::move(container), std::move(connection));
      co_return answer;
    }
    connections.Drop(*container);  // The server has closed this one; the others are as old.
  }
  connection = co_await connections.Open(router, container);
  ModelAnswer answer;
  answer.outcome = Outcome::kNoConnection;
  if (!connection) co_return answer;
  bool answered = false;
  answer = co_await connection->RoundTrip(head, body, limits, answered);
  if (connection->reusable()) connections.Keep(std::move(container), std::move(connection));
  co_return answer;
}

Task<void> Run(LoopConnections& connections, Router& router, std::shared_ptr<ContainerState> container,
               std::string head, std::string_view body, ModelLimits limits, std::function<void(ModelAnswer)> done) {
  ModelAnswer answer;
  try {
    answer = co_await Exchange(connections, router, std::move(container), head, body, limits);
  } catch (const std::exception&) {  // Out of memory or descriptors.
    answer.outcome = Outcome::kBroken;
  }
  done(std::move(answer));
}

}  // namespace

void CallModel(asio::io_context& loop, Router& router, std::shared_ptr<ContainerState> container, std::string head,
               std::string_view body, const ModelLimits& limits, std::function<void(ModelAnswer)> done) {
  auto& connections = asio::use_service<LoopConnections>(loop);
  asio::co_spawn(loop.get_executor(),
                 Run(connections, router, std::move(container), std::move(head), body, limits, std::move(done)),
                 asio::detached);
}

}  // namespace sagebrush::inference
