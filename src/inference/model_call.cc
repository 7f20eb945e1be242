#include "inference/model_call.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "inference/model_connection.h"

namespace sagebrush::inference {
namespace {

using Outcome = ModelAnswer::Outcome;

// A connection of which the answer's body is still to come.
struct StreamedAnswer {
  LoopConnections& connections;
  std::shared_ptr<ContainerState> container;
  std::unique_ptr<ModelConnection> connection;  // Null: the stream has ended.
};

using PieceDone = std::function<void(Outcome, std::string)>;

Task<void> ReadNext(std::shared_ptr<StreamedAnswer> answer, PieceDone done) {
  Outcome outcome = Outcome::kBroken;
  std::string piece;
  try {
    outcome = co_await answer->connection->ReadPiece(piece);
  } catch (const std::exception&) {  // Out of memory.
  }
  if (answer->connection->reusable()) answer->connections.Keep(answer->container, std::move(answer->connection));
  done(outcome, std::move(piece));
}

class ConnectionStream : public ModelStream {
 public:
  ConnectionStream(const Executor& executor, StreamedAnswer answer)
      : executor_(executor), answer_(std::make_shared<StreamedAnswer>(std::move(answer))) {}

  void Next(PieceDone done) override {
    if (!answer_->connection) return done(Outcome::kAnswered, "");
    asio::co_spawn(executor_, ReadNext(answer_, std::move(done)), asio::detached);
  }

 private:
  const Executor executor_;
  const std::shared_ptr<StreamedAnswer> answer_;
};

struct Request {
  asio::io_context& loop;
  Router& router;
  std::shared_ptr<ContainerState> container;
  std::string head;
  std::string_view body;
  ModelLimits limits;
  Delivery delivery;
};

// What becomes of a connection after an answer, or the head of one.
void Leave(LoopConnections& connections, const Request& request, std::unique_ptr<ModelConnection> connection,
           ModelAnswer& answer) {
  if (connection->streams()) {
    answer.rest = std::make_shared<ConnectionStream>(
        request.loop.get_executor(), StreamedAnswer{connections, request.container, std::move(connection)});
  } else if (connection->reusable()) {
    connections.Keep(request.container, std::move(connection));
  }
}

Task<ModelAnswer> Exchange(const Request& request) {
  auto& connections = asio::use_service<LoopConnections>(request.loop);
  auto connection = connections.Take(*request.container);
  ModelAnswer answer;
  if (connection) {
    bool answered = false;
    answer = co_await connection->RoundTrip(request.head, request.body, request.limits, request.delivery, answered);
    if (answer.outcome != Outcome::kBroken || answered) {
      Leave(connections, request, std::move(connection), answer);
      co_return answer;
    }
    connections.Drop(*request.container);  // The server has closed this one; the others are as old.
  }
  connection = co_await connections.Open(request.router, request.container);
  answer = {};
  answer.outcome = Outcome::kNoConnection;
  if (!connection) co_return answer;
  bool answered = false;
  answer = co_await connection->RoundTrip(request.head, request.body, request.limits, request.delivery, answered);
  Leave(connections, request, std::move(connection), answer);
  co_return answer;
}

Task<void> Run(Request request, std::function<void(ModelAnswer)> done) {
  ModelAnswer answer;
  try {
    answer = co_await Exchange(request);
  } catch (const std::exception&) {  // Out of memory or descriptors.
    answer.outcome = Outcome::kBroken;
  }
  done(std::move(answer));
}

}  // namespace

void CallModel(asio::io_context& loop, Router& router, std::shared_ptr<ContainerState> container, std::string head,
               std::string_view body, const ModelLimits& limits, Delivery delivery,
               std::function<void(ModelAnswer)> done) {
  asio::co_spawn(loop.get_executor(),
                 Run({loop, router, std::move(container), std::move(head), body, limits, delivery}, std::move(done)),
                 asio::detached);
}

}  // namespace sagebrush::inference
