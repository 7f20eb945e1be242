#include "gateway/reply_text.h"

#include <ctime>
#include <iterator>

#include <fmt/format.h>

#include "base/clock.h"

namespace sagebrush::gateway {
namespace {

// Made once a second; every reply of the thread in that second shares it.
std::string_view HttpDateNow() {
  thread_local std::time_t second = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != second) {
    second = now;
    text = ToHttpDate({static_cast<std::int64_t>(now) * 1000});
  }
  return text;
}

bool IsFraming(std::string_view name) {
  return name == "content-length" || name == "transfer-encoding" || name == "connection";
}

// A line break in a value (user metadata, say) would start a header of the user's choosing.
void AppendField(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ");
  const std::size_t start = out.size();
  out.append(value).append("\r\n");
  for (std::size_t i = start; i < out.size() - 2; ++i) {
    const char c = out[i];
    if (c == '\r' || c == '\n' || c == '\0') out[i] = ' ';
  }
}

}  // namespace

bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

void AppendReplyHead(const wire::HttpReply& reply, const Framing& framing, std::string_view request_id,
                     std::string& out) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", reply.status, ReasonPhrase(reply.status));
  bool has_id = false;
  bool has_date = false;
  for (const auto& [name, value] : reply.headers) {
    if (IsFraming(name)) continue;
    has_id = has_id || name == "x-amzn-requestid" || name == "x-amz-request-id";
    has_date = has_date || name == "date";
    AppendField(name, value, out);
  }
  if (!has_id) AppendField("x-amzn-requestid", request_id, out);
  if (!has_date) AppendField("date", HttpDateNow(), out);
  const auto announced = reply.headers.Get("content-length");
  if (framing.head_only && announced) {
    AppendField("content-length", *announced, out);
  } else if (HasBody(reply.status) && !framing.body_bytes) {
    if (framing.chunks) AppendField("transfer-encoding", "chunked", out);
  } else if (HasBody(reply.status)) {
    fmt::format_to(std::back_inserter(out), "content-length: {}\r\n", *framing.body_bytes);
  }
  if (reply.status == 101) {
    AppendField("connection", "upgrade", out);
  } else if (!framing.keep_alive) {
    AppendField("connection", "close", out);
  }
  out.append("\r\n");
}

void AppendChunk(std::string_view piece, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{:x}\r\n{}\r\n", piece.size(), piece);
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Payload Too Large";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 424:
      return "Failed Dependency";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return status < 300 ? "OK" : status < 400 ? "Redirect" : status < 500 ? "Client Error" : "Server Error";
  }
}

}  // namespace sagebrush::gateway
