#include <fcntl.h>
#include <sys/resource.h>

#include <thread>

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "gateway/fake_responder.h"
#include "gateway/gateway.h"
#include "gateway/test_client.h"

namespace sagebrush::gateway {
namespace {

class ConnectionTest : public testing::Test {
 protected:
  explicit ConnectionTest(Options options = {}) {
    options.threads = 2;
    auto responder = std::make_unique<FakeResponder>();
    responder_ = responder.get();
    gateway_ = std::make_unique<Gateway>(options, std::move(responder), clock_);
  }
  TestClient Connect() {
    if (gateway_->Address().empty()) gateway_->Start();
    return TestClient(gateway_->Address());
  }

  SystemClock clock_;
  FakeResponder* responder_ = nullptr;
  std::unique_ptr<Gateway> gateway_;
};

std::string Post(std::string_view path, std::string_view body, std::string_view more_headers = "") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\n{}Content-Length: {}\r\n\r\n{}", path, more_headers, body.size(),
                     body);
}

TEST_F(ConnectionTest, AnswersRequestAfterRequestOnOneConnection) {
  TestClient client = Connect();
  for (const std::string body : {"one", "two", ""}) {
    client.Send(Post("/echo", body));
    const auto reply = client.Receive();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, body);
    EXPECT_EQ(reply.Header("x-amzn-requestid").size(), 36u);
    EXPECT_FALSE(reply.Header("date").empty());
  }
}

TEST_F(ConnectionTest, AnswersPipelinedRequestsInOrder) {
  TestClient client = Connect();
  client.Send(Post("/pool", "first") + Post("/echo", "second") + Post("/upload", "third") + Post("/echo", "fourth"));
  EXPECT_EQ(client.Receive().body, "first");
  EXPECT_EQ(client.Receive().body, "second");
  EXPECT_EQ(client.Receive().body, "5");
  EXPECT_EQ(client.Receive().body, "fourth");
}

TEST_F(ConnectionTest, TakesARequestByteByByte) {
  TestClient client = Connect();
  for (const char c : Post("/echo", "slow")) client.Send(std::string(1, c));
  EXPECT_EQ(client.Receive().body, "slow");
}

TEST_F(ConnectionTest, UndoesHttpChunks) {
  TestClient client = Connect();
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n"
      "trailer: ignored\r\n\r\n");
  EXPECT_EQ(client.Receive().body, "hello world");
  client.Send(Post("/echo", "next"));
  EXPECT_EQ(client.Receive().body, "next");
}

TEST_F(ConnectionTest, ClosesWhenTheClientAsksForIt) {
  TestClient client = Connect();
  client.Send(Post("/echo", "bye", "Connection: close\r\n"));
  const auto reply = client.Receive();
  EXPECT_EQ(reply.body, "bye");
  EXPECT_EQ(reply.Header("connection"), "close");
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(ConnectionTest, ClosesAfterHttp10) {
  TestClient client = Connect();
  client.Send("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(ConnectionTest, AnswersHeadWithLengthAndNoBody) {
  TestClient client = Connect();
  client.Send("HEAD /early HTTP/1.1\r\nHost: x\r\n\r\n" + Post("/echo", "after"));
  const auto reply = client.Receive(true);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.Header("content-length"), "19");
  EXPECT_EQ(client.Receive().body, "after");
}

TEST_F(ConnectionTest, SaysContinueOnlyWhenItWantsTheBody) {
  TestClient client = Connect();
  client.Send("POST /upload HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.ReceiveLine(), "HTTP/1.1 100 Continue\r\n");
  EXPECT_EQ(client.ReceiveLine(), "\r\n");
  client.Send("hello");
  EXPECT_EQ(client.Receive().body, "5");

  client.Send("POST /refuse HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  const auto refused = client.Receive();
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.Header("connection"), "close");
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(ConnectionTest, KeepsTheConnectionAfterAnEarlyErrorWithASmallBody) {
  TestClient client = Connect();
  client.Send(Post("/early", "unread") + Post("/refuse", "unread too") + Post("/echo", "read"));
  EXPECT_EQ(client.Receive().status, 400);
  EXPECT_EQ(client.Receive().status, 403);
  EXPECT_EQ(client.Receive().body, "read");
}

TEST_F(ConnectionTest, TheReplyToAnEarlyErrorArrivesThoughTheBodyIsLarge) {
  TestClient client = Connect();
  client.Send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n" + std::string(900'000, 'x'));
  EXPECT_EQ(client.Receive().status, 403);
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(ConnectionTest, AnExceptionThatIsNoErrorBecomesA500) {
  TestClient client = Connect();
  client.Send(Post("/boom", ""));
  EXPECT_EQ(client.Receive().status, 500);
  client.Send(Post("/echo", "still here"));
  EXPECT_EQ(client.Receive().body, "still here");
}

TEST_F(ConnectionTest, AnswersMalformedRequestsWith4xxAndCloses) {
  const std::vector<std::string> requests{
      "\r\n\r\n",
      "nonsense\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "GET relative HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\n: no name\r\n\r\n",
      "GET / HTTP/1.1\r\nbad name: x\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: minus\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n",
      "POST /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nExpect: miracles\r\nContent-Length: 3\r\n\r\nabc",
      "CONNECT nowhere HTTP/1.1\r\n\r\n",
      "CONNECT a:b HTTP/1.1\r\n\r\n",
      std::string("GET /\0 HTTP/1.1\r\n\r\n", 19),
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",  // A TLS hello on the plain port.
  };
  for (const std::string& request : requests) {
    TestClient client = Connect();
    client.Send(request);
    client.CloseWrite();
    const auto reply = client.Receive();
    EXPECT_GE(reply.status, 400) << request;
    EXPECT_LT(reply.status, 500) << request;
    EXPECT_FALSE(reply.Header("x-amzn-requestid").empty()) << request;
  }
}

TEST_F(ConnectionTest, ATruncatedRequestEndsQuietly) {
  for (const std::string request : {"GET / HT", "POST /echo HTTP/1.1\r\nHost: x\r\n", ""}) {
    TestClient client = Connect();
    client.Send(request);
    client.CloseWrite();
    EXPECT_TRUE(client.IsClosed()) << request;
  }
}

TEST_F(ConnectionTest, ATruncatedBodyIsAnError) {
  for (const std::string path : {"/echo", "/upload"}) {
    TestClient client = Connect();
    client.Send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nshort");
    client.CloseWrite();
    EXPECT_EQ(client.Receive().body, "RequestTimeout") << path;
  }
}

TEST_F(ConnectionTest, LimitsHeadsAndBodies) {
  TestClient large = Connect();
  large.Send("GET / HTTP/1.1\r\nx: " + std::string(80'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(large.Receive().status, 431);

  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 201; ++i) many += "x: y\r\n";
  TestClient numerous = Connect();
  numerous.Send(many + "\r\n");
  EXPECT_EQ(numerous.Receive().status, 431);

  TestClient announced = Connect();
  announced.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n");
  EXPECT_EQ(announced.Receive().status, 413);

  TestClient chunked = Connect();
  chunked.Send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n895440\r\n");
  std::thread sender([&] { chunked.Send(std::string(9'000'000, 'x')); });
  EXPECT_EQ(chunked.Receive().status, 413);
  sender.join();
}

TEST_F(ConnectionTest, AHeaderBelowTheLimitIsTaken) {
  TestClient client = Connect();
  client.Send(Post("/echo", "ok", "x: " + std::string(60'000, 'x') + "\r\n"));
  EXPECT_EQ(client.Receive().body, "ok");
}

TEST_F(ConnectionTest, AStreamedUploadTakesLittleMemory) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "AddressSanitizer keeps freed memory back, so the process's size says nothing.";
#endif
  constexpr std::uint64_t kBytes = 400'000'000;
  TestClient client = Connect();
  client.Send(Post("/upload", "warm up"));
  client.Receive();
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  client.Send(fmt::format("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", kBytes));
  const std::string piece(1'000'000, 'x');
  for (std::uint64_t sent = 0; sent < kBytes; sent += piece.size()) ASSERT_TRUE(client.Send(piece));
  EXPECT_EQ(client.Receive().body, std::to_string(kBytes));
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 50 * 1024);
}

TEST_F(ConnectionTest, SendsFilesInWholeAndInPart) {
  const TemporaryDirectory directory;
  std::string content(5'000'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 1000);
  WriteFileDurably(directory.path() / "file", content);
  const auto file = std::make_shared<FileDescriptor>(OpenFile(directory.path() / "file", O_RDONLY));
  TestClient client = Connect();
  for (const auto& [offset, length] :
       {std::pair<std::uint64_t, std::uint64_t>{0, 5'000'000}, {4'999'999, 1}, {17, 0}}) {
    responder_->file = {file, offset, length};
    client.Send("GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client.Receive().body == content.substr(offset, length)) << offset;
  }
}

TEST_F(ConnectionTest, ManyClientsAtOnceGetTheirOwnAnswers) {
  Connect();
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([this, i] {
      TestClient client(gateway_->Address());
      for (int round = 0; round < 50; ++round) {
        const std::string body = fmt::format("{}-{}", i, round);
        client.Send(Post(round % 2 == 0 ? "/pool" : "/echo", body));
        EXPECT_EQ(client.Receive().body, body);
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST_F(ConnectionTest, StopEndsIdleConnectionsAndFreesThePort) {
  TestClient client = Connect();
  client.Send(Post("/echo", "x"));
  client.Receive();
  const std::string address = gateway_->Address();
  gateway_->Stop();
  EXPECT_TRUE(client.IsClosed());
  Options options;
  options.listen = address;
  Gateway next(options, std::make_unique<FakeResponder>(), clock_);
  next.Start();
  EXPECT_EQ(next.Address(), address);
}

TEST_F(ConnectionTest, ASecondServerOnThePortIsRefusedWithAClearMessage) {
  Connect();
  Options options;
  options.listen = gateway_->Address();
  Gateway second(options, std::make_unique<FakeResponder>(), clock_);
  try {
    second.Start();
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(std::string(error.what()), testing::HasSubstr("Cannot listen on " + gateway_->Address()));
  }
}

// An upload that sends a byte of its body and no more.
TestClient Stalled(const std::string& address) {
  TestClient client(address);
  client.Send("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx");
  return client;
}

class UploadsTest : public ConnectionTest {
 protected:
  explicit UploadsTest(Options options = {}) : ConnectionTest(options) { Connect(); }
  // Returns when each of `count` handlers has read the byte that its client sent.
  void Stall(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) stalled_.push_back(Stalled(gateway_->Address()));
    for (auto seen = responder_->bytes_read.load(); seen < count; seen = responder_->bytes_read.load()) {
      responder_->bytes_read.wait(seen);
    }
  }
  std::vector<TestClient> stalled_;
};

TEST_F(UploadsTest, ThreeHundredThatStallDoNotHoldAnother) {
  Stall(300);
  TestClient client = Connect();
  client.Send(Post("/upload", std::string(1'000'000, 'x')));
  EXPECT_EQ(client.Receive().body, "1000000");
  for (const TestClient& one : stalled_) EXPECT_FALSE(one.HasSomething());
}

class FewUploadsTest : public UploadsTest {
 protected:
  static Options Few() {
    Options options;
    options.uploads_max = 4;
    options.upload_stall_min = Milliseconds(0);
    return options;
  }
  explicit FewUploadsTest(Options options = Few()) : UploadsTest(options) {}
  // Sends it again while it is refused: a handler that has read its byte may not be back at waiting yet.
  std::string Upload() {
    for (;;) {
      TestClient client = Connect();
      client.Send(Post("/upload", std::string(200'000, 'x')));
      const auto reply = client.Receive();
      if (reply.body != "ThrottlingException") return reply.body;
    }
  }
};

TEST_F(FewUploadsTest, TheOneThatStalledForLongestMakesRoom) {
  Stall(4);
  EXPECT_EQ(Upload(), "200000");
  EXPECT_EQ(gateway_->refusals().count(Limit::kStalledUpload), 1u);
  const auto is_ended = [](const TestClient& one) { return one.HasSomething(); };
  while (std::none_of(stalled_.begin(), stalled_.end(), is_ended)) std::this_thread::yield();
  const auto ended = std::find_if(stalled_.begin(), stalled_.end(), is_ended);
  EXPECT_EQ(ended->Receive().body, "ThrottlingException");
  EXPECT_EQ(std::count_if(stalled_.begin(), stalled_.end(), is_ended), ended->HasSomething() ? 1 : 0);
}

class BusyUploadsTest : public FewUploadsTest {
 protected:
  static Options Patient() {
    Options options = Few();
    options.upload_stall_min = std::chrono::hours(1);
    return options;
  }
  BusyUploadsTest() : FewUploadsTest(Patient()) {}
};

TEST_F(BusyUploadsTest, OneMoreIsRefusedWhileAllMove) {
  Stall(4);
  TestClient client = Connect();
  client.Send(Post("/upload", std::string(200'000, 'x')));
  EXPECT_EQ(client.Receive().body, "ThrottlingException");
  EXPECT_EQ(gateway_->refusals().count(Limit::kUploads), 1u);
  for (const TestClient& one : stalled_) EXPECT_FALSE(one.HasSomething());
}

TEST_F(BusyUploadsTest, ASmallOneNeedsNoPlaceAmongThem) {
  Stall(4);
  TestClient client = Connect();
  client.Send(Post("/upload", "whole"));
  EXPECT_EQ(client.Receive().body, "5");
  for (const TestClient& one : stalled_) EXPECT_FALSE(one.HasSomething());
}

class FewConnectionsTest : public ConnectionTest {
 protected:
  static Options Few() {
    Options options;
    options.connections_per_peer_max = 2;
    return options;
  }
  FewConnectionsTest() : ConnectionTest(Few()) {}
};

TEST_F(FewConnectionsTest, OneMoreOfAPeerIsToldToSlowDown) {
  TestClient first = Connect();
  TestClient second = Connect();
  for (TestClient* client : {&first, &second}) {
    client->Send(Post("/echo", "served"));
    EXPECT_EQ(client->Receive().body, "served");
  }
  TestClient third = Connect();
  EXPECT_EQ(third.ReceiveLine(), "HTTP/1.1 503 Slow Down\r\n");
  EXPECT_EQ(gateway_->refusals().count(Limit::kConnections), 1u);
  first.Send(Post("/echo", "still here"));
  EXPECT_EQ(first.Receive().body, "still here");
}

// Deadlines are real time here: one limit is set short, and the test waits for the server to act. All others are long,
// so that it does not matter how quickly the test's own thread gets on.
template <Milliseconds Options::*... kLimits>
class ImpatientConnectionTest : public ConnectionTest {
 protected:
  static Options Impatient() {
    Options options;
    options.idle_max = options.head_time_max = options.body_time_max = options.stall_max = std::chrono::minutes(5);
    ((options.*kLimits = Milliseconds(250)), ...);
    return options;
  }
  ImpatientConnectionTest() : ConnectionTest(Impatient()) {}
};
using ImpatientForRequestsTest = ImpatientConnectionTest<&Options::idle_max>;
using ImpatientForHeadsTest = ImpatientConnectionTest<&Options::head_time_max>;
using ImpatientForBodiesTest = ImpatientConnectionTest<&Options::body_time_max, &Options::stall_max>;
using ImpatientForReadersTest = ImpatientConnectionTest<&Options::stall_max>;

TEST_F(ImpatientForRequestsTest, ClosesConnectionsThatSendNothing) { EXPECT_TRUE(Connect().IsClosed()); }

TEST_F(ImpatientForHeadsTest, TellsClientsThatDoNotFinishTheirHead) {
  TestClient client = Connect();
  client.Send("GET / HTTP/1.1\r\nHost:");
  EXPECT_EQ(client.Receive().status, 408);
  EXPECT_TRUE(client.IsClosed());
  EXPECT_EQ(gateway_->refusals().count(Limit::kHeadTime), 1u);
}

TEST_F(ImpatientForBodiesTest, GivesUpOnBodiesThatDoNotCome) {
  for (const std::string path : {"/echo", "/upload"}) {
    TestClient client = Connect();
    client.Send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nshort");
    EXPECT_EQ(client.Receive().body, "RequestTimeout") << path;
    EXPECT_TRUE(client.IsClosed()) << path;
  }
  EXPECT_EQ(gateway_->refusals().count(Limit::kBodyTime), 2u);
}

class SlowBodyTest : public ConnectionTest {
 protected:
  static Options Hasty() {
    Options options;
    options.body_grace = Milliseconds(250);
    options.body_bytes_per_second_min = 1'000'000;
    return options;
  }
  SlowBodyTest() : ConnectionTest(Hasty()) {}
};

TEST_F(SlowBodyTest, GivesUpOnAStreamThatOnlyTrickles) {
  TestClient client = Connect();
  client.Send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx");
  EXPECT_EQ(client.Receive().body, "RequestTimeout");  // Though a minute may pass between two pieces.
}

TEST_F(ImpatientForReadersTest, GivesUpOnClientsThatDoNotReadTheirReply) {
  const TemporaryDirectory directory;
  std::promise<void> released;
  {
    std::shared_ptr<FileDescriptor> file(new FileDescriptor(OpenFile(directory.path() / "file", O_RDWR | O_CREAT)),
                                         [&](FileDescriptor* descriptor) {
                                           delete descriptor;
                                           released.set_value();
                                         });
    ASSERT_EQ(::ftruncate(file->get(), 200'000'000), 0);
    responder_->file = {file, 0, 200'000'000};
  }
  Connect();
  TestClient client(gateway_->Address(), 4096);
  client.Send("GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.ReceiveLine(), "HTTP/1.1 200 OK\r\n");
  responder_->file = {};  // The connection holds the last reference now.
  EXPECT_EQ(released.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

}  // namespace
}  // namespace sagebrush::gateway
