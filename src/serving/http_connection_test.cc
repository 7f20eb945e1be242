#include "serving/http_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/http_server.h"

namespace sagebrush::serving {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Replies with what it was asked.
class Echo : public RequestHandler {
 public:
  void Handle(const Request& request, Reply& reply) override {
    if (request.target == "/throw") throw std::runtime_error("it broke");
    reply.body = std::string(request.method) + " " + std::string(request.target) + " " +
                 std::string(request.content_type) + " " + std::string(request.body);
  }
};

struct Peer {
  Echo echo;
  HttpConnection connection{echo, 100};

  std::string Send(std::string_view bytes) {
    connection.Receive(bytes);
    std::string output(connection.output());
    connection.Sent(output.size());
    return output;
  }
};

constexpr std::string_view kPost =
    "POST /invocations HTTP/1.1\r\nContent-Type: text/csv\r\nContent-Length: 5\r\n\r\nhello";

TEST(HttpConnection, AnswersARequest) {
  Peer peer;
  const std::string reply = peer.Send(kPost);
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(reply, HasSubstr("POST /invocations text/csv hello"));
  EXPECT_TRUE(peer.connection.idle());
  EXPECT_FALSE(peer.connection.finished());
}

TEST(HttpConnection, AnswersTheSameHoweverTheBytesAreCut) {
  const std::string chunked =
      "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n";
  const std::string all = std::string(kPost) + chunked + "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string expected = Peer().Send(all);
  EXPECT_THAT(expected, HasSubstr("POST /c  abcde"));
  EXPECT_THAT(expected, HasSubstr("GET /ping"));
  for (std::size_t piece = 1; piece < 40; ++piece) {
    Peer peer;
    std::string replies;
    for (std::size_t at = 0; at < all.size(); at += piece)
      replies += peer.Send(std::string_view(all).substr(at, piece));
    EXPECT_EQ(replies, expected) << "pieces of " << piece;
    EXPECT_TRUE(peer.connection.idle());
  }
}

TEST(HttpConnection, ClosesWhenTheClientAsksForIt) {
  Peer peer;
  EXPECT_THAT(peer.Send("GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n"), HasSubstr("Connection: close"));
  EXPECT_TRUE(peer.connection.finished());
  Peer old;
  old.Send("GET /ping HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.connection.finished());
}

TEST(HttpConnection, LetsTheClientSendABodyThatItAnnounced) {
  Peer peer;
  EXPECT_EQ(peer.Send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
            "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(peer.Send("ab"), StartsWith("HTTP/1.1 200"));
}

TEST(HttpConnection, TurnsAnExceptionIntoStatus500) {
  Peer peer;
  const std::string reply = peer.Send("GET /throw HTTP/1.1\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(reply, HasSubstr("it broke"));
}

struct Malformed {
  std::string bytes;
  int status;
};

TEST(HttpConnection, RefusesMalformedRequestsAndCloses) {
  const std::vector<Malformed> cases{
      {"hello\r\n\r\n", 400},
      {"\r\n\r\n", 400},
      {std::string("\0\0\0\n\n", 5), 400},
      {"GET / HTTP/2.0\r\n\r\n", 505},
      {"GET /a b HTTP/1.1\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nbad name: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n folded: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
      {"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\na", 400},
      {"POST / HTTP/1.1\r\nContent-Length : 1\r\n\r\na", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 501},
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", 413},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 413},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400},
      {"GET / HTTP/1.1\r\nx: " + std::string(20000, 'a'), 431},
      {std::string(20000, 'a'), 431},
  };
  for (const Malformed& malformed : cases) {
    Peer peer;
    EXPECT_THAT(peer.Send(malformed.bytes), StartsWith("HTTP/1.1 " + std::to_string(malformed.status)))
        << malformed.bytes.substr(0, 80);
    EXPECT_TRUE(peer.connection.finished());
    EXPECT_EQ(peer.Send(kPost), "") << "nothing is answered after that";
  }
}

TEST(HttpConnection, TellsAClientThatIsTooSlow) {
  Peer peer;
  peer.Send("POST / HTTP/1.1\r\nContent-Le");
  EXPECT_FALSE(peer.connection.idle());
  peer.connection.TimeOut();
  EXPECT_THAT(std::string(peer.connection.output()), StartsWith("HTTP/1.1 408"));
  EXPECT_TRUE(peer.connection.finished());
}

}  // namespace
}  // namespace sagebrush::serving
