#include "inference/model_calls.h"

#include <vector>

#include <boost/asio/co_spawn.hpp>

#include "inference/model_connection.h"
#include "inference/model_port.h"

namespace sagebrush::inference {

using Outcome = ModelAnswer::Outcome;

struct ModelCalls::Loop {
  Loop(runtime::Runtime& used_runtime, std::string id) : runtime(used_runtime), workload_id(std::move(id)) {}

  std::unique_ptr<ModelConnection> Open() {
    try {
      auto socket = runtime.Connect(workload_id, kModelPort);
      if (socket) return std::make_unique<ModelConnection>(context.get_executor(), wheel, socket->Release());
    } catch (const Error&) {
      // As if nothing accepted there.
    }
    return nullptr;
  }

  Task<void> Run(std::string head, std::string_view body, ModelLimits limits, std::function<void(ModelAnswer)> done) {
    ModelAnswer answer;
    for (bool again = true; again;) {
      again = false;
      answer.outcome = Outcome::kNoConnection;
      const bool kept = !idle.empty();
      std::unique_ptr<ModelConnection> connection;
      if (kept) {
        connection = std::move(idle.back());
        idle.pop_back();
      } else {
        connection = Open();
      }
      if (!connection) break;
      bool answered = false;
      answer = co_await connection->RoundTrip(head, body, limits, Delivery::kWhole, answered);
      if (kept && answer.outcome == Outcome::kBroken && !answered) {
        idle.clear();  // The server has closed this one; the others are as old.
        again = true;
      } else if (connection->reusable()) {
        idle.push_back(std::move(connection));
      }
    }
    done(std::move(answer));
  }

  runtime::Runtime& runtime;
  const std::string workload_id;
  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  TimerWheel wheel;
  asio::io_context context{1};
  std::vector<std::unique_ptr<ModelConnection>> idle;
};

ModelCalls::ModelCalls(runtime::Runtime& runtime, std::string workload_id)
    : loop_(std::make_unique<Loop>(runtime, std::move(workload_id))) {}

ModelCalls::~ModelCalls() = default;

void ModelCalls::Begin(std::string head, std::string_view body, const ModelLimits& limits,
                       std::function<void(ModelAnswer)> done) {
  asio::co_spawn(loop_->context.get_executor(), loop_->Run(std::move(head), body, limits, std::move(done)),
                 [](const std::exception_ptr& failure) {
                   if (failure) std::rethrow_exception(failure);
                 });
}

void ModelCalls::Wait(std::chrono::milliseconds time_max) {
  loop_->context.restart();
  loop_->context.run_one_for(time_max);
  loop_->wheel.Advance(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - loop_->start));
}

ModelAnswer ModelCalls::Call(std::string head, const ModelLimits& limits) {
  std::optional<ModelAnswer> answered;
  Begin(std::move(head), "", limits, [&](ModelAnswer answer) { answered = std::move(answer); });
  while (!answered) Wait(TimerWheel::kTick);
  return std::move(*answered);
}

}  // namespace sagebrush::inference
