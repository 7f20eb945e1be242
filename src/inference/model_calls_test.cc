#include "inference/model_calls.h"

#include <gtest/gtest.h>

#include "inference/fake_model.h"

namespace sagebrush::inference {
namespace {

using Outcome = ModelAnswer::Outcome;

std::string Head(std::size_t body_bytes) {
  return "POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
}

std::string Ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class ModelCallsTest : public testing::Test {
 protected:
  void Begin(std::string_view body, ModelLimits limits = {}) {
    const std::size_t place = answers_.size();
    answers_.emplace_back();
    calls_.Begin(Head(body.size()), body, limits,
                 [this, place](ModelAnswer answer) { answers_[place] = std::move(answer); });
  }
  void WaitForAll() {
    while (std::ranges::any_of(answers_, [](const auto& answer) { return !answer; })) {
      calls_.Wait(std::chrono::milliseconds(100));
    }
  }

  FakeRuntime runtime_;
  std::vector<std::optional<ModelAnswer>> answers_;
  ModelCalls calls_{runtime_, "w"};
};

TEST_F(ModelCallsTest, HasSeveralUnderWayAndKeepsTheirConnections) {
  runtime_.Serve("w", [](const std::string& request) { return Ok(request.substr(request.find("\r\n\r\n") + 4)); });
  const std::vector<std::string> bodies{"a", "bb", std::string(1 << 20, 'c')};
  for (int round = 0; round < 2; ++round) {
    answers_.clear();
    for (const std::string& body : bodies) Begin(body);
    WaitForAll();
    for (std::size_t i = 0; i < bodies.size(); ++i) EXPECT_EQ(answers_[i]->body, bodies[i]);
  }
  EXPECT_LE(runtime_.connections(), 3);
}

TEST_F(ModelCallsTest, SendsAgainWhatAConnectionClosedMeanwhileDidNotAnswer) {
  runtime_.Serve("w", [](const std::string&) { return Ok("1"); });
  EXPECT_EQ(calls_.Call(Head(0), {}).body, "1");
  runtime_.CloseConnections();
  EXPECT_EQ(calls_.Call(Head(0), {}).body, "1");
}

TEST_F(ModelCallsTest, TellsHowACallFailed) {
  EXPECT_EQ(calls_.Call(Head(0), {}).outcome, Outcome::kNoConnection);
  runtime_.Serve("w", [](const std::string&) { return std::string(); });
  EXPECT_EQ(calls_.Call(Head(0), {}).outcome, Outcome::kBroken);
  runtime_.Serve("w", [](const std::string&) { return Ok("12345"); });
  EXPECT_EQ(calls_.Call(Head(0), {.body_bytes_max = 4}).outcome, Outcome::kTooLarge);
}

TEST_F(ModelCallsTest, GivesUpWhatIsUnderWayWhenItIsDestroyed) {
  runtime_.Serve("w", [](const std::string&) { return "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n123"; });
  const std::string body = "x";
  bool done = false;
  {
    ModelCalls calls(runtime_, "w");
    calls.Begin(Head(1), body, {}, [&](ModelAnswer) { done = true; });
    calls.Wait(std::chrono::milliseconds(1));
  }
  EXPECT_FALSE(done);
}

}  // namespace
}  // namespace sagebrush::inference
