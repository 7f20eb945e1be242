#include "inference/runtime_operations.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "inference/fake_model.h"
#include "wire/event_stream.h"
#include "wire/model.h"

namespace sagebrush::inference {
namespace {

using testing::HasSubstr;

std::string Answer(int status, std::string_view body, std::string_view headers = "") {
  return fmt::format("HTTP/1.1 {} x\r\n{}Content-Length: {}\r\n\r\n{}", status, headers, body.size(), body);
}

// Invokes through the operation table on a loop of its own, as the gateway does.
class InvokeEndpointTest : public testing::Test {
 protected:
  InvokeEndpointTest() {
    AddRuntimeOperations(operations_, router_);
    Set("w1");
  }
  ~InvokeEndpointTest() override {
    loop_.stop();
    thread_.join();
    stream_.reset();  // Before its loop goes.
  }

  void LimitTime(std::chrono::milliseconds time_max) {
    limits_.time_max = time_max;
    Set("w1");
  }
  void Set(const std::string& workload) { SetContainers({{workload}}); }
  void SetContainers(const std::vector<Container>& containers) {
    const Instance instance{containers.back().workload_id, containers};
    router_.SetRoute("123456789012", "us-east-1", "Ab", {{{"v", 1, {instance}}}, limits_});
  }

  struct Result {
    Json output;
    std::string code;
    std::string message;
    Json members;
  };
  Result Invoke(const std::string& body, JsonObject more = {}) { return Ask("InvokeEndpoint", body, std::move(more)); }
  Result Ask(const std::string& operation, const std::string& body, JsonObject more = {}) {
    wire::HttpRequest http{.body = body, .received = std::chrono::steady_clock::now()};
    const wire::Service& service = *wire::FindService("sagemaker-runtime");
    JsonObject input{{"EndpointName", "Ab"}, {"Body", body}};
    for (const auto& [name, value] : more) input[name] = value;
    wire::Call call{service, *service.FindOperation(operation), input, {}, "us-east-1", "id", &http};
    call.principal.account = "123456789012";
    call.loop = &loop_;
    std::promise<Result> promise;
    boost::asio::post(loop_, [&] {
      try {
        operations_.Find("sagemaker-runtime", operation)
            ->async_handler(call, [&](std::exception_ptr failure, Json output) {
              stream_ = std::move(call.reply_stream);
              promise.set_value(ResultOf(failure, std::move(output)));
            });
      } catch (...) {
        promise.set_value(ResultOf(std::current_exception(), {}));
      }
    });
    return promise.get_future().get();
  }

  // What the stream of the last invocation sends until its end.
  std::vector<std::string> Messages() {
    std::vector<std::string> messages;
    for (;;) {
      std::promise<std::string> promise;
      boost::asio::post(loop_, [&] {
        stream_->Next([&](const std::exception_ptr&, std::string bytes) { promise.set_value(std::move(bytes)); });
      });
      std::string message = promise.get_future().get();
      if (message.empty()) return messages;
      messages.push_back(std::move(message));
    }
  }

  // On the thread that threw: ThreadSanitizer does not see how libstdc++ counts the users of an exception.
  static Result ResultOf(const std::exception_ptr& failure, Json output) {
    Result result{std::move(output), "", "", {}};
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const Error& error) {
      result.code = error.kind().code;
      result.message = error.what();
      result.members = error.members();
    }
    return result;
  }

  ModelLimits limits_;
  std::shared_ptr<wire::BodySource> stream_;
  FakeRuntime runtime_;
  Router router_{runtime_};
  wire::OperationTable operations_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
  std::thread thread_{[this] { loop_.run(); }};
};

TEST_F(InvokeEndpointTest, SendsTheBodyAndHeadersAndReturnsTheModelsAnswer) {
  std::string seen;
  runtime_.Serve("w1", [&](const std::string& request) {
    seen = request;
    return Answer(200, "0.5", "Content-Type: text/csv\r\nX-Amzn-SageMaker-Custom-Attributes: trace=1\r\n");
  });
  const Result result =
      Invoke("1,2", {{"ContentType", "text/csv"}, {"Accept", "text/csv"}, {"CustomAttributes", "c=1"}});
  EXPECT_EQ(result.message, "");
  EXPECT_EQ(GetString(result.output, "Body"), "0.5");
  EXPECT_EQ(GetString(result.output, "ContentType"), "text/csv");
  EXPECT_EQ(GetString(result.output, "CustomAttributes"), "trace=1");
  EXPECT_EQ(GetString(result.output, "InvokedProductionVariant"), "v");
  EXPECT_THAT(seen, testing::StartsWith("POST /invocations HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nContent-Type: text/csv\r\nAccept: text/csv\r\n"));
  EXPECT_THAT(seen, HasSubstr("\r\nX-Amzn-SageMaker-Custom-Attributes: c=1\r\n"));
  EXPECT_THAT(seen, testing::EndsWith("\r\n\r\n1,2"));
}

TEST_F(InvokeEndpointTest, SendsNoAcceptHeaderWhenTheCallerGivesNone) {
  std::string seen;
  runtime_.Serve("w1", [&](const std::string& request) {
    seen = request;
    return Answer(200, "");
  });
  Invoke("x");
  EXPECT_THAT(seen, testing::Not(HasSubstr("Accept:")));
}

TEST_F(InvokeEndpointTest, GivesEachContainerWhatTheOneBeforeItAnswered) {
  SetContainers({{"w1", "first"}, {"w2", "second"}});
  std::string seen;
  runtime_.Serve("w1", [](const std::string& request) {
    return Answer(200, request.substr(request.find("\r\n\r\n") + 4) + ",2", "Content-Type: text/csv\r\n");
  });
  runtime_.Serve("w2", [&](const std::string& request) {
    seen = request;
    return Answer(200, "[3]", "Content-Type: application/json\r\n");
  });
  const Result result = Invoke("1", {{"ContentType", "text/plain"}});
  EXPECT_EQ(GetString(result.output, "Body"), "[3]");
  EXPECT_EQ(GetString(result.output, "ContentType"), "application/json");
  EXPECT_THAT(seen, HasSubstr("\r\nContent-Type: text/csv\r\n"));
  EXPECT_THAT(seen, testing::EndsWith("\r\n\r\n1,2"));
  runtime_.Serve("w2", [](const std::string&) { return Answer(400, "no"); });
  runtime_.CloseConnections();
  EXPECT_THAT(Invoke("1").message, testing::StartsWith("Received client error (400) from second with message"));
  const auto counts = router_.TakeCounts();
  EXPECT_EQ(counts.at(0).model_latency.sample_count(), 2);
  EXPECT_EQ(counts.at(0).client_errors, 1);
}

TEST_F(InvokeEndpointTest, KeepsItsConnection) {
  runtime_.Serve("w1", [](const std::string&) { return Answer(200, "ok"); });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(GetString(Invoke("x").output, "Body"), "ok");
  EXPECT_EQ(runtime_.connections(), 1);
}

TEST_F(InvokeEndpointTest, OpensANewConnectionWhenTheKeptOneWasClosed) {
  runtime_.Serve("w1", [](const std::string&) { return Answer(200, "ok"); });
  Invoke("x");
  runtime_.CloseConnections();
  EXPECT_EQ(GetString(Invoke("x").output, "Body"), "ok");
  EXPECT_EQ(runtime_.connections(), 2);
}

TEST_F(InvokeEndpointTest, DoesNotSendASecondTimeOverANewConnection) {
  std::atomic<int> requests{0};
  runtime_.Serve("w1", [&](const std::string&) {
    ++requests;
    return std::string();
  });
  EXPECT_EQ(Invoke("x").code, "ModelError");
  EXPECT_EQ(requests, 1);
}

TEST_F(InvokeEndpointTest, DoesNotSendASecondTimeOnceAnAnswerHasBegun) {
  std::atomic<int> requests{0};
  runtime_.Serve(
      "w1", [&](const std::string&) { return ++requests == 1 ? Answer(200, "ok") : "HTTP/1.1 200 x\r\nContent-Le"; });
  Invoke("x");
  LimitTime(std::chrono::milliseconds(250));
  EXPECT_EQ(Invoke("x").code, "ModelError");  // The rest never comes.
  EXPECT_EQ(requests, 2);
}

TEST_F(InvokeEndpointTest, ClosesAConnectionThatTheModelDoesNotKeep) {
  runtime_.Serve("w1", [](const std::string&) { return Answer(200, "ok", "Connection: close\r\n"); });
  Invoke("x");
  Invoke("x");
  EXPECT_EQ(runtime_.connections(), 2);
}

TEST_F(InvokeEndpointTest, ReadsChunkedAnswersAndSkipsContinue) {
  runtime_.Serve("w1", [](const std::string&) {
    return "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
           "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  });
  EXPECT_EQ(GetString(Invoke("x").output, "Body"), "abcde");
  EXPECT_EQ(GetString(Invoke("x").output, "Body"), "abcde");
  EXPECT_EQ(runtime_.connections(), 1);
}

TEST_F(InvokeEndpointTest, CarriesLargeBodiesBothWays) {
  const std::string body(6'000'000, 'x');
  runtime_.Serve("w1",
                 [&](const std::string& request) { return Answer(200, request.substr(request.find("\r\n\r\n") + 4)); });
  EXPECT_TRUE(GetString(Invoke(body).output, "Body") == body);
}

// The phrases: github.com/aws/amazon-sagemaker-examples issues 833 (500 from model), 1881 (400), 799 (time-out).
TEST_F(InvokeEndpointTest, ReportsTheModelsErrors) {
  runtime_.Serve("w1", [](const std::string&) { return Answer(400, "unable to evaluate payload provided"); });
  const Result client = Invoke("x");
  EXPECT_EQ(client.code, "ModelError");
  EXPECT_EQ(
      client.message,
      "Received client error (400) from primary with message \"unable to evaluate payload provided\". See log group "
      "/aws/sagemaker/Endpoints/Ab in account 123456789012 for more information.");
  EXPECT_EQ(GetInt(client.members, "OriginalStatusCode"), 400);
  EXPECT_EQ(GetString(client.members, "OriginalMessage"), "unable to evaluate payload provided");
  EXPECT_EQ(GetString(client.members, "LogStreamArn"),
            "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/Ab");

  Set("w2");
  runtime_.Serve("w2", [](const std::string&) { return Answer(503, ""); });
  EXPECT_THAT(Invoke("x").message,
              testing::StartsWith("Received server error (503) from primary with message \"\". See"));
}

TEST_F(InvokeEndpointTest, ReportsAModelThatDoesNotAnswerInTime) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  runtime_.Serve("w1", [released](const std::string&) {  // Outlives this test.
    released.wait();
    return Answer(200, "late");
  });
  LimitTime(std::chrono::milliseconds(250));
  const Result result = Invoke("x");
  release.set_value();
  EXPECT_THAT(result.message,
              testing::StartsWith("Received server error (0) from primary with message \"Your invocation "
                                  "timed out while waiting for a response from container primary."));
}

TEST_F(InvokeEndpointTest, ReportsAModelThatDoesNotReadTheRequestInTime) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  runtime_.Serve("w1", [released](const std::string&) {  // Outlives this test.
    released.wait();
    return Answer(200, "late");
  });
  LimitTime(std::chrono::milliseconds(250));
  // The model is stuck with the head of an empty request, and the body of this one fills the socket.
  const Result result = Invoke(std::string(6'000'000, 'x'), {{"Accept", "Content-Length: 0"}});
  release.set_value();
  EXPECT_THAT(result.message, HasSubstr("timed out"));
}

TEST_F(InvokeEndpointTest, ReportsAModelThatCannotBeReachedOrSpeaksNoHttp) {
  EXPECT_THAT(Invoke("x").message, HasSubstr("does not accept connections"));
  runtime_.Serve("w1", [](const std::string&) { return std::string("banana\r\n\r\n"); });
  EXPECT_EQ(Invoke("x").code, "ModelError");
}

TEST_F(InvokeEndpointTest, RefusesAnAnswerThatIsTooLarge) {
  runtime_.Serve("w1", [](const std::string&) { return Answer(200, std::string(7'000'000, 'x')); });
  EXPECT_THAT(Invoke("x").message, HasSubstr("larger than 6291456 bytes"));
}

TEST_F(InvokeEndpointTest, SaysWhyItRefusesWhatTheEndpointIsNotConfiguredFor) {
  for (const std::string member : {"TargetModel", "TargetContainerHostname", "InferenceComponentName", "SessionId",
                                   "EnableExplanations", "PrefixAwareId"}) {
    const Result result = Invoke("x", {{member, "y"}});
    EXPECT_EQ(result.code, "ValidationError");
    EXPECT_THAT(result.message, HasSubstr(member + " cannot be used with endpoint Ab"));
  }
}

TEST_F(InvokeEndpointTest, CountsInvocationsErrorsAndLatency) {
  std::atomic<int> status{200};
  runtime_.Serve("w1", [&](const std::string&) { return Answer(status, ""); });
  Invoke("x");
  status = 404;
  Invoke("x");
  status = 500;
  Invoke("x");
  const auto counts = router_.TakeCounts();
  ASSERT_EQ(counts.size(), 1u);
  EXPECT_EQ(counts[0].variant, "v");
  EXPECT_EQ(counts[0].model_latency.sample_count(), 3);
  EXPECT_EQ(counts[0].overhead_latency.sample_count(), 3);
  EXPECT_EQ(counts[0].client_errors, 1);
  EXPECT_EQ(counts[0].server_errors, 1);
  EXPECT_GT(counts[0].model_latency.sum(), 0);
  EXPECT_EQ(router_.Outstanding("w1"), 0);
}

TEST_F(InvokeEndpointTest, CountsAreTakenOnceAndOutliveTheirEndpoint) {
  runtime_.Serve("w1", [&](const std::string&) { return Answer(200, ""); });
  Invoke("x");
  EXPECT_EQ(router_.TakeCounts().at(0).model_latency.sample_count(), 1);
  EXPECT_TRUE(router_.TakeCounts().at(0).model_latency.empty());
  Invoke("x");
  router_.RemoveRoute("123456789012", "us-east-1", "Ab");
  EXPECT_EQ(router_.TakeCounts().at(0).model_latency.sample_count(), 1);
  EXPECT_TRUE(router_.TakeCounts().empty());
}

TEST_F(InvokeEndpointTest, AsksForTheLowerCaseEndpointArn) {
  wire::HttpRequest http;
  const wire::Service& service = *wire::FindService("sagemaker-runtime");
  wire::Call call{
      service, *service.FindOperation("InvokeEndpoint"), JsonObject{{"EndpointName", "Ab"}}, {}, "eu-west-1", "",
      &http};
  call.principal.account = "123456789012";
  const auto accesses = operations_.Find("sagemaker-runtime", "InvokeEndpoint")->access(call);
  ASSERT_EQ(accesses.size(), 1u);
  EXPECT_EQ(accesses[0].action, "sagemaker:InvokeEndpoint");
  EXPECT_EQ(accesses[0].resource, "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/ab");
}

constexpr std::string_view kChunked =
    "HTTP/1.1 200 x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string Part(std::string_view payload) { return wire::PayloadEvent("PayloadPart", payload); }

class InvokeStreamTest : public InvokeEndpointTest {
 protected:
  Result Stream(const std::string& body, JsonObject more = {}) {
    return Ask("InvokeEndpointWithResponseStream", body, std::move(more));
  }
};

TEST_F(InvokeStreamTest, SendsWhatTheModelSendsAsPayloadParts) {
  runtime_.Serve("w1", [](const std::string&) { return std::string(kChunked) + "3\r\none\r\n4\r\n two\r\n0\r\n\r\n"; });
  const Result result = Stream("x");
  EXPECT_EQ(result.message, "");
  EXPECT_EQ(GetString(result.output, "ContentType"), "text/plain");
  EXPECT_EQ(GetString(result.output, "InvokedProductionVariant"), "v");
  std::string all;
  for (const std::string& message : Messages()) all += message;
  EXPECT_THAT(all, testing::AnyOf(Part("one two"), Part("one") + Part(" two")));
  stream_.reset();
  Stream("y");
  EXPECT_EQ(runtime_.connections(), 1) << "the connection is kept for the next one";
}

TEST_F(InvokeStreamTest, CountsAsUnderWayUntilTheStreamEnds) {
  runtime_.Serve("w1", [](const std::string&) { return Answer(200, "text"); });
  Stream("x");
  EXPECT_EQ(router_.Outstanding("w1"), 1);
  EXPECT_THAT(Messages(), testing::ElementsAre(Part("text")));
  EXPECT_EQ(router_.Outstanding("w1"), 0);
  Stream("x");
  EXPECT_EQ(router_.Outstanding("w1"), 1);
  std::promise<void> gone;
  boost::asio::post(loop_, [&] {
    stream_.reset();  // The client went away.
    gone.set_value();
  });
  gone.get_future().wait();
  EXPECT_EQ(router_.Outstanding("w1"), 0);
}

TEST_F(InvokeStreamTest, IsAnErrorWhereTheModelRefuses) {
  runtime_.Serve("w1", [](const std::string&) { return Answer(400, "cannot read this"); });
  const Result result = Stream("x");
  EXPECT_EQ(result.code, "ModelError");
  EXPECT_EQ(GetString(result.members, "OriginalMessage"), "cannot read this");
  EXPECT_EQ(stream_, nullptr);
  EXPECT_EQ(router_.Outstanding("w1"), 0);
}

TEST_F(InvokeStreamTest, HasNoLimitOfBytes) {
  const std::string large(limits_.body_bytes_max + 1, 'x');
  runtime_.Serve("w1", [&](const std::string&) { return Answer(200, large); });
  Stream("x");
  std::size_t bytes = 0;
  for (const std::string& message : Messages()) bytes += message.size() - Part("").size();
  EXPECT_EQ(bytes, large.size());
}

TEST_F(InvokeStreamTest, EndsWithAnExceptionWhereTheModelBreaksOff) {
  runtime_.Serve("w1", [](const std::string&) { return std::string(kChunked) + "3\r\none\r\n"; });
  Stream("x");
  runtime_.CloseConnections();
  const auto messages = Messages();
  ASSERT_FALSE(messages.empty());
  EXPECT_THAT(messages.back(), HasSubstr(R"({"ErrorCode":"StreamBroken","Message":"Your model primary )"));
  EXPECT_THAT(messages.back(), HasSubstr("ModelStreamError"));
}

TEST_F(InvokeStreamTest, EndsWithAnExceptionWhereTheModelTakesTooLong) {
  limits_.stream_time_max = std::chrono::milliseconds(1);
  Set("w1");
  runtime_.Serve("w1", [](const std::string&) { return std::string(kChunked) + "3\r\none\r\n"; });
  Stream("x");
  EXPECT_THAT(Messages().back(), HasSubstr(R"("ErrorCode":"ModelInvocationTimeExceeded")"));
}

}  // namespace
}  // namespace sagebrush::inference
