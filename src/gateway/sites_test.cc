#include "gateway/sites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "gateway/fake_responder.h"
#include "gateway/gateway.h"
#include "gateway/test_client.h"

namespace sagebrush::gateway {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// Says "<number> " for each number from 0 below `count`, then ends, or fails.
class Numbers : public wire::BodySource {
 public:
  Numbers(int count, bool fails) : count_(count), fails_(fails) {}
  void Next(std::function<void(std::exception_ptr, std::string)> done) override {
    if (next_ == count_) {
      done(fails_ ? std::make_exception_ptr(Error(kInternalFailure, "the model died")) : nullptr, "");
    } else {
      done(nullptr, std::to_string(next_++) + " ");
    }
  }

 private:
  const int count_;
  const bool fails_;
  int next_ = 0;
};

// `count` pieces, each of 100,000 times its number; `fails` then, or ends too early.
class Pieces : public wire::BlockingBody {
 public:
  Pieces(int count, bool fails) : count_(count), fails_(fails) {}
  std::optional<std::uint64_t> Length() const override { return (fails_ ? 10 : count_) * kSize; }
  void Next(std::string& bytes) override {
    if (next_ == count_ && fails_) throw Error(kInternalFailure, "the disk died");
    bytes.assign(next_ == count_ ? 0 : kSize, static_cast<char>('0' + next_));
    ++next_;
  }
  static constexpr std::size_t kSize = 100'000;

 private:
  const int count_;
  const bool fails_;
  int next_ = 0;
};

// Answers by path, below /site/: name, count (bytes of the body), denied, boom, numbers, broken, pieces, damaged,
// socket.
class FakeSite : public Site {
 public:
  explicit FakeSite(std::string name) : name_(std::move(name)) {}
  wire::HttpReply Handle(const wire::HttpRequest& request, wire::BodyReader& body, std::stop_token) const override {
    const std::string_view path = request.Path().substr(std::string_view("/site/").size());
    wire::HttpReply reply;
    reply.body = name_;
    if (path == "count") reply.body = std::to_string(Count(body));
    if (path == "denied") throw Error(kAccessDenied, "not you");
    if (path == "boom") throw std::runtime_error("a bug");
    if (path == "numbers") reply.body = std::make_shared<Numbers>(1000, false);
    if (path == "broken") reply.body = std::make_shared<Numbers>(3, true);
    if (path == "pieces") reply.body = std::make_shared<Pieces>(3, false);
    if (path == "damaged") reply.body = std::make_shared<Pieces>(3, true);
    if (path == "socket") {
      reply.status = 101;
      reply.headers.Set("upgrade", "websocket");
      reply.body = wire::Tunnel{peer};
    }
    return reply;
  }
  std::shared_ptr<FileDescriptor> peer;

 private:
  static std::size_t Count(wire::BodyReader& body) {
    std::string piece(100'000, '\0');
    std::size_t total = 0;
    while (const std::size_t count = body.Read(piece.data(), piece.size())) total += count;
    return total;
  }
  const std::string name_;
};

class SitesTest : public testing::Test {
 protected:
  SitesTest() : gateway_({.threads = 2}, std::make_unique<FakeResponder>(), clock_) {
    gateway_.Add({.host = "console.example.com", .path = "/"}, console_);
    gateway_.Add({.host = "*.apps.example.com", .path = "/"}, apps_);
    gateway_.Add({.path = "/site/"}, site_);
  }
  TestClient Connect() {
    if (gateway_.Address().empty()) gateway_.Start();
    return TestClient(gateway_.Address());
  }
  static std::string Get(std::string_view path, std::string_view host = "x", std::string_view version = "1.1") {
    return fmt::format("GET {} HTTP/{}\r\nHost: {}\r\n\r\n", path, version, host);
  }
  TestClient::Reply Ask(const std::string& request) {
    TestClient client = Connect();
    client.Send(request);
    return client.Receive();
  }

  SystemClock clock_;
  FakeSite console_{"console"}, apps_{"apps"}, site_{"site"};
  Gateway gateway_;
};

TEST_F(SitesTest, AnswerByHostAndPath) {
  EXPECT_EQ(Ask(Get("/site/name")).body, "site");
  EXPECT_EQ(Ask(Get("/site/name", "console.example.com:8443")).body, "console");
  EXPECT_EQ(Ask(Get("/site/name", "CONSOLE.example.com")).body, "console");
  EXPECT_EQ(Ask(Get("/anything", "a.apps.example.com")).body, "apps");
  EXPECT_EQ(Ask(Get("/site/name", "apps.example.com")).body, "site");
  EXPECT_EQ(Ask(Get("/site", "x")).body, "") << "what is no site's is the API's";
  EXPECT_EQ(Ask(Get("/echo/site/name")).body, "");
  EXPECT_EQ(Ask(Get("http://x/site/name")).body, "site") << "as sent to a proxy";
}

TEST_F(SitesTest, ReadTheBodyWhileItComes) {
  constexpr std::size_t kBytes = 20'000'000;  // More than is held in memory.
  TestClient client = Connect();
  client.Send(fmt::format("PUT /site/count HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", kBytes));
  client.Send(std::string(kBytes, 'x'));
  EXPECT_EQ(client.Receive().body, std::to_string(kBytes));
  client.Send(Get("/site/count"));
  EXPECT_EQ(client.Receive().body, "0") << "and the connection goes on";
}

TEST_F(SitesTest, RefuseInJson) {
  const auto denied = Ask(Get("/site/denied"));
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.body, R"({"code":"AccessDeniedException","message":"not you"})");
  const auto boom = Ask(Get("/site/boom"));
  EXPECT_EQ(boom.status, 500);
  EXPECT_THAT(boom.body, HasSubstr("InternalFailure"));
  EXPECT_THAT(boom.body, testing::Not(HasSubstr("a bug")));
}

std::string AllNumbers() {
  std::string all;
  for (int i = 0; i < 1000; ++i) all += std::to_string(i) + " ";
  return all;
}

TEST_F(SitesTest, SendAStreamInChunksAndKeepTheConnection) {
  TestClient client = Connect();
  client.Send(Get("/site/numbers"));
  const auto reply = client.Receive();
  EXPECT_EQ(reply.Header("transfer-encoding"), "chunked");
  EXPECT_EQ(reply.body, AllNumbers());
  client.Send(Get("/site/name"));
  EXPECT_EQ(client.Receive().body, "site");
  client.Send("HEAD /site/numbers HTTP/1.1\r\nHost: x\r\n\r\n" + Get("/site/name"));
  EXPECT_EQ(client.Receive(true).status, 200);
  EXPECT_EQ(client.Receive().body, "site");
}

TEST_F(SitesTest, SendAStreamUntilTheEndToWhoKnowsNoChunks) {
  TestClient client = Connect();
  client.Send("GET /site/numbers HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string all = client.ReceiveAll();
  EXPECT_THAT(all, EndsWith("\r\n\r\n" + AllNumbers()));
  EXPECT_THAT(all, testing::Not(HasSubstr("chunked")));
}

TEST_F(SitesTest, BreakOffAStreamThatFails) {
  TestClient client = Connect();
  client.Send(Get("/site/broken"));
  EXPECT_THAT(client.ReceiveAll(), EndsWith("2\r\n0 \r\n2\r\n1 \r\n2\r\n2 \r\n")) << "without the last, empty chunk";
}

TEST_F(SitesTest, SendABodyThatIsReadOnThePoolAndKeepTheConnection) {
  TestClient client = Connect();
  client.Send(Get("/site/pieces"));
  const auto reply = client.Receive();
  EXPECT_EQ(reply.Header("content-length"), std::to_string(3 * Pieces::kSize));
  EXPECT_EQ(reply.body,
            std::string(Pieces::kSize, '0') + std::string(Pieces::kSize, '1') + std::string(Pieces::kSize, '2'));
  client.Send("HEAD /site/pieces HTTP/1.1\r\nHost: x\r\n\r\n" + Get("/site/name"));
  EXPECT_EQ(client.Receive(true).status, 200);
  EXPECT_EQ(client.Receive().body, "site");
}

TEST_F(SitesTest, BreakOffABodyThatCannotBeReadToItsEnd) {
  TestClient client = Connect();
  client.Send(Get("/site/damaged") + Get("/site/name"));
  EXPECT_THAT(client.ReceiveAll(), EndsWith(std::string(Pieces::kSize, '2')));
}

// A pair of connected TCP sockets.
std::pair<FileDescriptor, FileDescriptor> TcpPair() {
  FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  FileDescriptor one(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(one.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  return {std::move(one), FileDescriptor(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC))};
}

constexpr std::string_view kUpgrade =
    "GET /site/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

TEST_F(SitesTest, JoinAClientToWhatSpeaksItsProtocol) {
  auto [ours, app] = TcpPair();
  site_.peer = std::make_shared<FileDescriptor>(std::move(ours));
  TestClient client = Connect();
  client.Send(std::string(kUpgrade) + "early");  // What came with the head is the peer's too.
  EXPECT_EQ(client.ReceiveLine(), "HTTP/1.1 101 Switching Protocols\r\n");
  std::string head;
  for (std::string line; (line = client.ReceiveLine()) != "\r\n";) head += line;
  EXPECT_THAT(head, HasSubstr("upgrade: websocket\r\n"));
  EXPECT_THAT(head, HasSubstr("connection: upgrade\r\n"));
  EXPECT_THAT(head, testing::Not(HasSubstr("content-length")));
  char bytes[16];
  ASSERT_EQ(::recv(app.get(), bytes, 5, MSG_WAITALL), 5);
  EXPECT_EQ(std::string_view(bytes, 5), "early");
  EXPECT_EQ(::send(app.get(), "hello\n", 6, MSG_NOSIGNAL), 6);
  EXPECT_EQ(client.ReceiveLine(), "hello\n");
  client.Send("late");
  ASSERT_EQ(::recv(app.get(), bytes, 4, MSG_WAITALL), 4);
  EXPECT_EQ(std::string_view(bytes, 4), "late");
  site_.peer.reset();
  app.Close();
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(SitesTest, GiveNoBodyToAnotherProtocol) {
  auto [ours, app] = TcpPair();
  site_.peer = std::make_shared<FileDescriptor>(std::move(ours));
  TestClient client = Connect();
  client.Send("POST /site/socket HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
  EXPECT_TRUE(client.IsClosed());
}

}  // namespace
}  // namespace sagebrush::gateway
