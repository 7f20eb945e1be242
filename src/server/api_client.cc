#include "server/api_client.h"

#include <netdb.h>
#include <sys/socket.h>

#include <memory>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "server/command.h"
#include "wire/http_parser.h"
#include "wire/json_protocol.h"
#include "wire/model.h"

namespace sagebrush::server {
namespace {

constexpr ErrorKind kRefused{"RequestRefused", 400, Fault::kClient};
constexpr timeval kSilenceMax{60, 0};
constexpr std::size_t kReplyBytesMax = 64 << 20;

// nullopt: nobody listens there.
std::optional<FileDescriptor> Connect(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, ::freeaddrinfo);
  for (const addrinfo* to = found; to != nullptr; to = to->ai_next) {
    FileDescriptor socket(::socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.get() < 0) continue;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kSilenceMax, sizeof kSilenceMax);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kSilenceMax, sizeof kSilenceMax);
    if (::connect(socket.get(), to->ai_addr, to->ai_addrlen) == 0) return socket;
  }
  return std::nullopt;
}

void Send(const FileDescriptor& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) ThrowSystemError("Cannot send to the server");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// Reads one reply; false: the peer sent something else.
bool Receive(const FileDescriptor& socket, wire::HttpParser& parser, std::string& body) {
  std::string input;
  char piece[64 << 10];
  while (!parser.done()) {
    const std::size_t taken = parser.Put(input, body);
    input.erase(0, taken);
    if (taken > 0 || parser.done()) continue;
    const ssize_t count = ::recv(socket.get(), piece, sizeof piece, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) ThrowSystemError("Cannot read the server's reply");
    if (count == 0) {
      parser.PutEnd();
      return parser.done();
    }
    input.append(piece, static_cast<std::size_t>(count));
    if (body.size() > kReplyBytesMax) return false;
  }
  return true;
}

std::string Unqualified(const std::string& type) { return type.substr(type.find('#') + 1); }

// What a reply that is no success says.
Error Refusal(std::string_view operation, int status, const std::string& body) {
  Json document;
  try {
    document = ParseJson(body);
  } catch (const Error&) {
    return {kRefused, fmt::format("{}: HTTP status {}", operation, status)};
  }
  const std::string type = Unqualified(GetString(document, "__type"));
  const std::string message = GetString(document, "message", GetString(document, "Message"));
  return {kRefused, fmt::format("{}: {} ({})", operation, message, type)};
}

}  // namespace

ApiClient::ApiClient(const Path& data, const std::string& region) : data_(data) {
  RequireData(data);
  const Json server = ParseStoredJson(ReadFile(data / "server.json"), (data / "server.json").string());
  address_ = GetString(server, "Address");
  region_ = region.empty() ? GetString(server, "Region") : region;
  credentials_ = {GetString(server, "AccessKeyId"), GetString(server, "SecretAccessKey"), ""};
}

Json ApiClient::Call(std::string_view service_id, std::string_view operation_name, const Json& input) const {
  const wire::Service& service = *wire::FindService(service_id);
  const wire::Operation& operation = *service.FindOperation(operation_name);
  wire::HttpRequest request{.method = "POST", .target = "/"};
  wire::AppendJsonBody(operation.input(), input, request.body);
  request.headers.Set("host", address_);
  const bool is_10 = service.protocols.front() == wire::Protocol::kJson10;
  request.headers.Set("content-type", is_10 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
  request.headers.Set("x-amz-target", fmt::format("{}.{}", service.target_prefix, operation_name));
  wire::SignRequest(request, credentials_, region_, service.signing_name, SystemClock().Now());
  request.headers.Set("content-length", std::to_string(request.body.size()));
  request.headers.Set("connection", "close");
  const auto [status, body] = Exchange(request);
  if (status != 200) throw Refusal(operation_name, status, body);
  return wire::ReadJsonBody(operation.output(), body);
}

std::pair<int, std::string> ApiClient::Exchange(const wire::HttpRequest& request) const {
  const auto socket = Connect(address_);
  if (!socket) {
    throw Error(kServiceUnavailable,
                fmt::format("No server of {} runs (nothing answers at {}). Start it with `sagebrush serve --data {}`.",
                            data_.string(), address_, data_.string()));
  }
  std::string bytes = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  for (const auto& [name, value] : request.headers) bytes += fmt::format("{}: {}\r\n", name, value);
  Send(*socket, bytes + "\r\n" + request.body);
  wire::HttpParser parser(wire::HttpParser::Kind::kResponse);
  std::string body;
  try {
    if (Receive(*socket, parser, body)) return {parser.status, std::move(body)};
  } catch (const Error& error) {
    if (error.kind().code != wire::kBadRequest.code) throw;
  }
  throw Error(kServiceUnavailable,
              fmt::format("What answers at {} is no server of Sagebrush, or it ended meanwhile. Start it with "
                          "`sagebrush serve --data {}`.",
                          address_, data_.string()));
}

}  // namespace sagebrush::server
