#include "wire/http_parser.h"

#include <gtest/gtest.h>

namespace sagebrush::wire {
namespace {

// Takes `bytes` in pieces of `piece`. The status of the error, 0 when a whole message was read and nothing is left.
int StatusOf(std::string_view bytes, HttpParser::Kind kind = HttpParser::Kind::kRequest, std::size_t piece = 1'000) {
  HttpParser parser(kind);
  std::string body;
  try {
    std::size_t begin = 0;
    for (std::size_t end = 0; !parser.done();) {
      const std::size_t taken = parser.Put(bytes.substr(begin, end - begin), body);
      begin += taken;
      if (taken > 0) continue;
      if (end == bytes.size()) return -1;  // Not whole.
      end = std::min(bytes.size(), end + piece);
    }
    return begin == bytes.size() ? 0 : -2;
  } catch (const Error& error) {
    return error.kind().http_status;
  }
}

struct Case {
  std::string lines;
  int status;
  std::string body{};
};

// RFC 9112 section 6: where a message ends must not be open to two readings.
const std::vector<Case> kFraming{
    {"Content-Length: 3\r\n", 0, "abc"},
    {"content-length:3\r\n", 0, "abc"},
    {"Transfer-Encoding: chunked\r\n", 0, "3\r\nabc\r\n0\r\n\r\n"},
    {"Transfer-Encoding: Chunked\r\n", 0, "0\r\n\r\n"},  // Byte by byte, Beast's assertion ended the server here.
    {"Transfer-Encoding: chunked\r\n", 0, "3;a=b\r\nabc\r\n0\r\nx: y\r\n\r\n"},
    {"Content-Length: 3\r\nContent-Length: 3\r\n", 400, "abc"},
    {"Content-Length: 3\r\nContent-Length: 4\r\n", 400, "abcd"},
    {"Content-Length: 3, 3\r\n", 400, "abc"},
    {"Content-Length: +3\r\n", 400, "abc"},
    {"Content-Length: -3\r\n", 400},
    {"Content-Length: 0x3\r\n", 400, "abc"},
    {"Content-Length: 3 3\r\n", 400, "abc"},
    {"Content-Length: \r\n", 400},
    {"Content-Length: 3.0\r\n", 400, "abc"},
    {"Content-Length: 18446744073709551616\r\n", 400},
    {"Content-Length : 3\r\n", 400, "abc"},
    {"Content-Length\t: 3\r\n", 400, "abc"},
    {" Content-Length: 3\r\n", 400, "abc"},
    {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400, "0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", 400, "0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400, "0\r\n\r\n"},
    {"Transfer-Encoding: chunked, chunked\r\n", 501, "0\r\n\r\n"},
    {"Transfer-Encoding: chunked, identity\r\n", 501, "0\r\n\r\n"},
    {"Transfer-Encoding: gzip, chunked\r\n", 501, "0\r\n\r\n"},
    {"Transfer-Encoding: gzip\r\n", 501},
    {"Transfer-Encoding: identity\r\n", 501},
    {"Transfer-Encoding: xchunked\r\n", 501},
    {"Transfer-Encoding: \"chunked\"\r\n", 501},
    {"Transfer-Encoding: chunked;x=y\r\n", 501},
    {"Transfer-Encoding: \r\n", 501},
    {"Transfer-Encoding:\r\n chunked\r\n", 400, "0\r\n\r\n"},
    {"Transfer-Encoding:\r\n\tchunked\r\n", 400, "0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\n", 400, "+3\r\nabc\r\n0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\n", 400, "0x3\r\nabc\r\n0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\n", 400, " 3\r\nabc\r\n0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\n", 400, "3\nabc\r\n0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\n", 400, "3\r\nabcd\r\n0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\n", 400, "3\r\nabc0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\n", 400, "10000000000000003\r\nabc\r\n0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\n", 400, "3;" + std::string(20'000, 'x') + "\r\nabc\r\n0\r\n\r\n"},
    {"Transfer-Encoding: chunked\r\n", 400, "3;" + std::string(20'000, 'x')},
    {"Transfer-Encoding: chunked\r\n", 400, "0\r\n" + std::string(20'000, 'x')},
    {"Transfer-Encoding: chunked\r\n", 400, "0\r\nx: " + std::string(20'000, 'x') + "\r\n\r\n"},
    {"X: a\nContent-Length: 3\r\n", 400, "abc"},
    {"X: a\rContent-Length: 3\r\n", 400, "abc"},
    {std::string("X: a\0b\r\n", 8), 400},
    {"X: a\x01\r\n", 400},
    {"X: a\x7f\r\n", 400},
    {"Authorization: a\r\nAuthorization: b\r\n", 400},
};

TEST(HttpParser, KnowsOneEndOfARequest) {
  for (const Case& c : kFraming) {
    const std::string bytes = "POST / HTTP/1.1\r\nHost: x\r\n" + c.lines + "\r\n" + c.body;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
      EXPECT_EQ(StatusOf(bytes, HttpParser::Kind::kRequest, piece), c.status) << bytes.substr(0, 200) << piece;
    }
  }
}

TEST(HttpParser, KnowsOneEndOfAReply) {
  for (const Case& c : kFraming) {
    const std::string bytes = "HTTP/1.1 200 OK\r\n" + c.lines + "\r\n" + c.body;
    EXPECT_EQ(StatusOf(bytes, HttpParser::Kind::kResponse), c.status) << bytes.substr(0, 200);
  }
}

TEST(HttpParser, WantsOneHost) {
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 0);
  EXPECT_EQ(StatusOf("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(HttpParser, JoinsTheFieldsThatARequestRepeats) {
  HttpParser parser(HttpParser::Kind::kRequest);
  std::string body;
  parser.Put("PUT / HTTP/1.1\r\nHost: x\r\nX-Amz-Copy-Source: /b/k\r\nX-A: 1\r\nx-amz-copy-source:  with \r\n\r\n",
             body);
  ASSERT_TRUE(parser.head_done());
  EXPECT_EQ(parser.headers.Get("x-amz-copy-source"), "/b/k,with");
  EXPECT_EQ(parser.headers.size(), 3u);
}

}  // namespace
}  // namespace sagebrush::wire
