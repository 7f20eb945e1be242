#include "serving/http_message.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace sagebrush::serving {
namespace {

constexpr std::string_view kBlanks = " \t";  // Of RFC 9110's optional white space.

bool IsToken(std::string_view text) {
  if (text.empty()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

// True when `list`, names separated by commas, has `name`.
bool HasName(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), part.size() + 1));
    if (EqualsIgnoringCase(Trim(part, kBlanks), name)) return true;
  }
  return false;
}

class HeadReader {
 public:
  explicit HeadReader(std::string_view text) : rest_(text) {}

  RequestHead Read() {
    ReadRequestLine(TakeLine());
    while (!rest_.empty()) ReadField(TakeLine());
    if (head_.chunked && has_length_)
      throw HttpError{400, "The request has both Content-Length and Transfer-Encoding."};
    return head_;
  }

 private:
  std::string_view TakeLine() {
    const std::size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(rest_.size(), line.size() + 1));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  void ReadRequestLine(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t second = line.rfind(' ');
    if (first == std::string_view::npos || second == first) throw HttpError{400, "The request line is no HTTP."};
    head_.request.method = line.substr(0, first);
    head_.request.target = line.substr(first + 1, second - first - 1);
    const std::string_view version = line.substr(second + 1);
    const auto visible = [](char c) { return c > ' ' && c != 0x7f; };
    if (!IsToken(head_.request.method) || head_.request.target.empty() ||
        !std::all_of(head_.request.target.begin(), head_.request.target.end(), visible)) {
      throw HttpError{400, "The request line is no HTTP."};
    }
    if (version != "HTTP/1.1" && version != "HTTP/1.0") throw HttpError{505, "This server speaks HTTP/1.1."};
    is_http_10_ = version == "HTTP/1.0";
    head_.keep_alive = !is_http_10_;
  }

  void ReadField(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
      throw HttpError{400, "A header field of the request is malformed."};
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trim(line.substr(colon + 1), kBlanks);
    if (value.find('\0') != std::string_view::npos || value.find('\r') != std::string_view::npos) {
      throw HttpError{400, "A header field of the request is malformed."};
    }
    switch (name.size()) {
      case 6:
        if (EqualsIgnoringCase(name, "accept")) head_.request.accept = value;
        if (EqualsIgnoringCase(name, "expect")) head_.expects_continue = EqualsIgnoringCase(value, "100-continue");
        break;
      case 10:
        if (EqualsIgnoringCase(name, "connection")) ReadConnection(value);
        break;
      case 12:
        if (EqualsIgnoringCase(name, "content-type")) head_.request.content_type = value;
        break;
      case 14:
        if (EqualsIgnoringCase(name, "content-length")) ReadLength(value);
        break;
      case 17:
        if (EqualsIgnoringCase(name, "transfer-encoding")) ReadTransferEncoding(value);
        break;
      default:
        break;
    }
  }

  void ReadConnection(std::string_view value) {
    if (HasName(value, "close")) head_.keep_alive = false;
    if (HasName(value, "keep-alive")) head_.keep_alive = true;
  }

  void ReadLength(std::string_view value) {
    if (has_length_) throw HttpError{400, "The request has more than one Content-Length."};
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error != std::errc() || end != value.data() + value.size()) {
      throw HttpError{400, "The request's Content-Length is no number."};
    }
    head_.body_size = length;
    has_length_ = true;
  }

  void ReadTransferEncoding(std::string_view value) {
    if (!EqualsIgnoringCase(value, "chunked") || head_.chunked) {
      throw HttpError{501, "The only Transfer-Encoding that this server reads is chunked, once."};
    }
    if (is_http_10_) throw HttpError{400, "HTTP/1.0 has no Transfer-Encoding."};
    head_.chunked = true;
  }

  std::string_view rest_;
  RequestHead head_;
  bool has_length_ = false;
  bool is_http_10_ = false;
};

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

std::optional<RequestHead> ParseHead(std::string_view buffer) {
  std::size_t from = 0;
  for (;;) {
    const std::size_t at = buffer.find('\n', from);
    if (at == std::string_view::npos || at >= kHeadBytesMax) break;
    if (at == 0 || buffer[at - 1] != '\r') {
      throw HttpError{400, "A line of the request's head does not end with CR LF."};
    }
    if (buffer.substr(at + 1, 2) == "\r\n") {
      RequestHead head = HeadReader(buffer.substr(0, at + 1)).Read();
      head.size = at + 3;
      return head;
    }
    from = at + 1;
  }
  if (buffer.size() >= kHeadBytesMax) {
    throw HttpError{431, fmt::format("The request's head is larger than {} bytes.", kHeadBytesMax)};
  }
  return std::nullopt;
}

void ChunkedBody::ReadSize(std::string_view line) {
  line = line.substr(0, line.find(';'));
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
  if (error != std::errc() || end != line.data() + line.size()) throw HttpError{400, "A chunk's size is no number."};
  if (left_ > body_bytes_max_ - body_.size()) {
    throw HttpError{413, fmt::format("The request's body is larger than {} bytes.", body_bytes_max_)};
  }
  state_ = left_ == 0 ? State::kTrailer : State::kBytes;
}

std::size_t ChunkedBody::Feed(std::string_view input) {
  const std::size_t size = input.size();
  while (!input.empty() && !done()) {
    if (state_ == State::kBytes) {
      const std::size_t take = std::min(left_, input.size());
      body_.append(input.substr(0, take));
      input.remove_prefix(take);
      left_ -= take;
      if (left_ == 0) state_ = State::kBytesEnd;
      continue;
    }
    const std::size_t end = input.find('\n');
    if (end == std::string_view::npos) {
      if (input.size() > 1024) throw HttpError{400, "A chunk's size is no number."};
      break;
    }
    if (end == 0 || input[end - 1] != '\r') throw HttpError{400, "A line between chunks does not end with CR LF."};
    const std::string_view line = input.substr(0, end - 1);
    input.remove_prefix(end + 1);
    const bool blank = line.empty();
    if (state_ == State::kSize) {
      ReadSize(line);
    } else if (state_ == State::kBytesEnd) {
      if (!blank) throw HttpError{400, "A chunk is longer than its size."};
      state_ = State::kSize;
    } else if (blank) {
      state_ = State::kDone;
    } else if ((trailer_bytes_ += line.size()) > kHeadBytesMax) {
      throw HttpError{431, "The request's trailer is too large."};
    }
  }
  return size - input.size();
}

void AppendReply(const Reply& reply, bool keep_alive, std::string& out) {
  std::array<char, 24> digits;
  const auto append_number = [&](std::size_t number) {
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
  };
  out += "HTTP/1.1 ";
  append_number(static_cast<std::size_t>(reply.status));
  out += ' ';
  out += Reason(reply.status);
  if (!reply.body.empty()) {
    out += "\r\nContent-Type: ";
    out += reply.content_type;
  }
  if (reply.status != 204) {
    out += "\r\nContent-Length: ";
    append_number(reply.body.size());
  }
  out += keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  if (reply.status != 204) out += reply.body;
}

}  // namespace sagebrush::serving
