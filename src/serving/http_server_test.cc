#include "serving/http_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

namespace sagebrush::serving {
namespace {

class Echo : public RequestHandler {
 public:
  void Handle(const Request& request, Reply& reply) override { reply.body = request.body; }
};

// A blocking client socket.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0;
  }
  bool connected() const { return connected_; }
  void Send(std::string_view bytes) { WriteAll(socket_.get(), bytes); }
  // Reads until what was read ends with `end`, or the connection does.
  std::string ReadUntil(std::string_view end) {
    std::string text;
    char buffer[65536];
    while (!text.ends_with(end) || end.empty()) {
      const ssize_t size = ::recv(socket_.get(), buffer, sizeof(buffer), 0);
      if (size <= 0) break;
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  FileDescriptor socket_;
  bool connected_ = false;
};

std::string Post(std::string_view body) {
  return fmt::format("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

TEST(HttpServer, AnswersManyConnectionsAtOnce) {
  Echo echo;
  HttpServer server(echo, "127.0.0.1", 0, 2, {});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(std::make_unique<Client>(server.port()));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 50; ++i) clients[i]->Send(Post(fmt::format("client {}.", i)));
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(clients[i]->ReadUntil(".").ends_with(fmt::format("client {}.", i)));
  }
}

TEST(HttpServer, CarriesLargeBodiesBothWays) {
  Echo echo;
  HttpServer server(echo, "127.0.0.1", 0, 1, {});
  Client client(server.port());
  const std::string body = std::string(5'000'000, 'x') + ".";
  client.Send(Post(body));
  EXPECT_TRUE(client.ReadUntil(".").ends_with(body));
}

TEST(HttpServer, SendsTheRefusalOfABodyThatIsStillBeingSent) {
  Echo echo;
  HttpServer server(echo, "127.0.0.1", 0, 1, {.body_bytes_max = 1000});
  Client client(server.port());
  client.Send(Post(std::string(500'000, 'x')));
  EXPECT_TRUE(client.ReadUntil("").starts_with("HTTP/1.1 413"));
}

TEST(HttpServer, StopsWithIdleConnectionsOpenAndAcceptsNoMore) {
  Echo echo;
  auto server = std::make_unique<HttpServer>(echo, "127.0.0.1", 0, 2, HttpLimits{});
  Client client(server->port());
  client.Send(Post("one."));
  EXPECT_TRUE(client.ReadUntil(".").ends_with("one."));
  server->Stop();
  EXPECT_EQ(client.ReadUntil(""), "");
  EXPECT_FALSE(Client(server->port()).connected());
}

TEST(HttpServer, FinishesARequestThatHasBegunBeforeItStops) {
  Echo echo;
  HttpServer server(echo, "127.0.0.1", 0, 1, {});
  Client client(server.port());
  client.Send(Post("first."));
  client.ReadUntil(".");
  client.Send("POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  client.ReadUntil("\r\n\r\n");  // The server has the head now.
  std::thread stopping([&] { server.Stop(); });
  client.Send("last.");
  EXPECT_TRUE(client.ReadUntil("").ends_with("last."));
  stopping.join();
}

TEST(HttpServer, EndsARequestThatDoesNotArrive) {
  Echo echo;
  HttpServer server(echo, "127.0.0.1", 0, 1, {.request_timeout = Seconds(0)});
  Client client(server.port());
  client.Send("POST / HTTP/1.1\r\n");
  EXPECT_TRUE(client.ReadUntil("").starts_with("HTTP/1.1 408"));
}

}  // namespace
}  // namespace sagebrush::serving
