#include "gateway/connection.h"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/error.h"
#include "base/id.h"
#include "base/memory_only.h"
#include "gateway/io_thread.h"
#include "gateway/server.h"
#include "gateway/text_reader.h"
#include "gateway/tunnel.h"

namespace sagebrush::gateway {
namespace {

constexpr std::size_t kInputBytes = 16 * 1024;
constexpr std::size_t kBulkInputBytes = 128 * 1024;
constexpr std::uint64_t kWholeBodyBytesMax = 128 * 1024;  // Of one that could be streamed.
constexpr std::uint64_t kSkippedBytesMax = 64 * 1024;     // Of an unread body, to keep the connection.
constexpr std::uint64_t kLingerBytesMax = 1024 * 1024;    // Of an unread body, before the connection closes.
constexpr Milliseconds kLingerMax{2'000};

constexpr ErrorKind kRequestTimeout{"RequestTimeout", 400, Fault::kClient};
constexpr ErrorKind kHeadTimeout{"RequestTimeout", 408, Fault::kClient};
constexpr ErrorKind kExpectationFailed{"ExpectationFailed", 417, Fault::kClient};
constexpr ErrorKind kRequestTooLarge{"RequestEntityTooLarge", 413, Fault::kClient};
// "http://host/path", as sent to proxies, is "/path".
void MakeOriginForm(std::string& target) {
  if (target.starts_with('/') || target == "*") return;
  const std::size_t scheme = target.find("://");
  if (scheme == std::string::npos) throw Error(wire::kBadRequest, "The request target must begin with '/'.");
  const std::size_t path = target.find('/', scheme + 3);
  target = path == std::string::npos ? "/" : target.substr(path);
}

}  // namespace

Connection::Connection(Server& server, IoThread& thread, Socket socket, bool tls)
    : server_(server),
      thread_(thread),
      tls_(tls),
      parser_(wire::HttpParser::Kind::kRequest, {server.options.head_bytes_max, server.options.header_count_max}),
      input_(kInputBytes) {
  boost::system::error_code ignored;
  const auto peer = socket.remote_endpoint(ignored);
  peer_ = peer.address();
  peer_address_ = peer_.to_string();
  stream_ = tls ? MakeTlsStream(std::move(socket), *server.tls, thread.wheel())
                : MakePlainStream(std::move(socket), thread.wheel());
  thread_.Register(*this);
}

Connection::~Connection() { thread_.Unregister(*this); }

void Connection::CloseIfIdle() {
  if (idle_) Abort();
}

void Connection::Abort() { stream_->Expire(); }

Task<void> Connection::Serve() {
  bool going = true;
  while (going) {
    unread_ = false;
    std::exception_ptr failure;
    try {
      going = co_await ReadHead();
    } catch (const Error&) {
      failure = std::current_exception();
    }
    if (failure) {
      going = co_await AnswerMalformed(failure);
    } else if (going) {
      going = co_await Answer();
    }
  }
  co_await Linger();
}

Task<bool> Connection::Fill(std::size_t capacity) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0) {
    std::copy(input_.begin() + static_cast<std::ptrdiff_t>(begin_), input_.begin() + static_cast<std::ptrdiff_t>(end_),
              input_.begin());
    end_ -= std::exchange(begin_, 0);
  }
  if (input_.size() < capacity || end_ == input_.size()) input_.resize(std::max(capacity, 2 * end_));
  const std::size_t count = co_await stream_->Read(input_.data() + end_, input_.size() - end_);
  end_ += count;
  co_return count > 0;
}

Task<bool> Connection::ReadHead() {
  parser_.Reset();
  body_bytes_ = 0;
  body_waited_ = Milliseconds(0);
  continue_expected_ = false;
  if (begin_ == end_) {
    if (input_.size() > kInputBytes) std::vector<char>(kInputBytes).swap(input_);
    if (server_.draining) co_return false;
    idle_ = true;
    stream_->SetDeadline(server_.options.idle_max);
    const bool filled = co_await Fill(kInputBytes);
    idle_ = false;
    if (!filled) co_return false;
  }
  stream_->SetDeadline(server_.options.head_time_max);
  std::string no_body;
  while (true) {
    begin_ += parser_.Put(Unparsed(), no_body);
    if (parser_.head_done()) co_return true;
    if (co_await Fill(kInputBytes)) continue;
    if (!stream_->expired() || server_.stop.stop_requested()) co_return false;
    server_.refusals.Count(Limit::kHeadTime, peer_address_);
    throw Error(kHeadTimeout, "The head of the request did not arrive in time.");
  }
}

std::unique_ptr<Exchange> Connection::TakeExchange() {
  auto exchange = std::make_unique<Exchange>();
  exchange->request_id = NewUuid();
  exchange->http.method = std::move(parser_.method);
  exchange->http.target = std::move(parser_.target);
  exchange->http.headers = std::move(parser_.headers);
  exchange->http.tls = tls_;
  exchange->http.tls_version = stream_->TlsVersion();
  exchange->http.peer_address = peer_address_;
  exchange->http.received = std::chrono::steady_clock::now();
  return exchange;
}

void Connection::ReviveForReply() {
  if (!stream_->expired() || server_.stop.stop_requested()) return;
  stream_->Revive();
  stream_->SetDeadline(kLingerMax);
}

Task<bool> Connection::AnswerMalformed(std::exception_ptr failure) {
  Exchange exchange;
  exchange.request_id = NewUuid();
  const wire::HttpReply reply = server_.responder.Fail(exchange, failure);
  unread_ = true;
  ReviveForReply();
  co_await Send(exchange, reply, false);
  co_return false;
}

Task<bool> Connection::Answer() {
  // On the heap: Asio keeps the frames of coroutines for the next ones, but none of more than 1 KB.
  const std::unique_ptr<Exchange> exchange = TakeExchange();
  wire::HttpReply reply;
  std::exception_ptr failure;
  try {
    if (exchange->http.method == "CONNECT") co_return co_await ServeConnect(*exchange);
    reply = co_await Respond(*exchange);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) reply = server_.responder.Fail(*exchange, failure);
  if (std::holds_alternative<wire::Tunnel>(reply.body)) {
    co_await ServeTunnel(*exchange, reply);
    co_return false;
  }
  bool keep_alive = MayKeepAlive();
  if (std::holds_alternative<std::shared_ptr<wire::BodySource>>(reply.body)) keep_alive &= parser_.knows_chunks();
  unread_ = !parser_.done() || begin_ != end_;
  ReviveForReply();
  if (!co_await Send(*exchange, reply, keep_alive) || !keep_alive) co_return false;
  co_return parser_.done() || co_await SkipBody();
}

Task<wire::HttpReply> Connection::Respond(Exchange& exchange) {
  MakeOriginForm(exchange.http.target);
  if (const auto expectation = exchange.http.headers.Get("expect"); expectation && !parser_.done()) {
    if (*expectation != "100-continue" && *expectation != "100-Continue") {
      throw Error(kExpectationFailed, "The only expectation that can be met is 100-continue.");
    }
    continue_expected_ = true;
  }
  if (const Site* site = server_.sites.Find(exchange.http)) co_return co_await VisitSite(exchange, *site);
  const bool streamed = server_.responder.Begin(exchange) == BodyUse::kStreamed;
  if (streamed && !IsSoonWhole()) {
    co_return co_await RunStreamed(exchange, [&](std::unique_ptr<wire::BodyReader> body) {
      return server_.responder.Run(exchange, std::move(body), server_.stop.get_token());
    });
  }
  co_await ReadWholeBody(exchange);
  stream_->ClearDeadline();
  if (streamed) {
    co_return co_await RunOnPool(exchange, [&] {
      return server_.responder.Run(exchange, std::make_unique<TextReader>(std::move(exchange.http.body)),
                                   server_.stop.get_token());
    });
  }
  server_.responder.Resume(exchange);
  if (exchange.entry->async_handler) co_return co_await RunAsync(exchange);
  if (exchange.entry->runs_on == wire::RunsOn::kIoThread) {
    try {
      const MemoryOnly only;
      co_return server_.responder.Run(exchange, nullptr, server_.stop.get_token());
    } catch (const MustWait&) {  // What it asks for is not in memory.
    }
  }
  co_return co_await RunOnPool(exchange,
                               [&] { return server_.responder.Run(exchange, nullptr, server_.stop.get_token()); });
}

// A small body costs less to wait for than to hand over piece by piece, with a thread that waits for each. Who expects
// to be told to go on is first heard.
bool Connection::IsSoonWhole() const {
  return !continue_expected_ && parser_.content_length().value_or(kWholeBodyBytesMax + 1) <= kWholeBodyBytesMax;
}

Task<wire::HttpReply> Connection::VisitSite(const Exchange& exchange, const Site& site) {
  const auto visit = [&](wire::BodyReader& body) {
    return Visit(site, exchange.http, body, server_.stop.get_token(), exchange.request_id);
  };
  if (!parser_.done()) {
    co_return co_await RunStreamed(exchange, [&](std::unique_ptr<wire::BodyReader> body) { return visit(*body); });
  }
  stream_->ClearDeadline();
  co_return co_await RunOnPool(exchange, [&] {
    TextReader none("");
    return visit(none);
  });
}

Task<void> Connection::ReadWholeBody(Exchange& exchange) {
  const std::uint64_t limit = server_.options.body_bytes_max;
  const auto length = parser_.content_length();
  const auto too_large = [&] {
    return Error(kRequestTooLarge, fmt::format("The request body is larger than {} bytes.", limit));
  };
  if (length.value_or(0) > limit) throw too_large();
  exchange.http.body.reserve(length.value_or(0));
  if (!parser_.done()) stream_->SetDeadline(server_.options.body_time_max);
  while (!parser_.done()) {
    std::string piece;
    std::exception_ptr failure;
    try {
      piece = co_await ReadBodyPiece();
    } catch (const Error&) {
      failure = std::current_exception();
    }
    if (failure) {
      if (stream_->expired()) server_.refusals.Count(Limit::kBodyTime, peer_address_);
      std::rethrow_exception(failure);
    }
    if (exchange.http.body.size() + piece.size() > limit) throw too_large();
    exchange.http.body += piece;
  }
}

Task<std::string> Connection::ReadBodyPiece() {
  std::string piece;
  while (piece.empty() && !parser_.done()) {
    const std::size_t taken = parser_.Put(Unparsed(), piece);
    begin_ += taken;
    body_bytes_ += piece.size();
    if (taken > 0) continue;
    if (begin_ == end_) co_await SendContinue();
    if (!co_await Fill(parser_.content_length().value_or(kBulkInputBytes) > kInputBytes ? kBulkInputBytes
                                                                                        : kInputBytes)) {
      throw Error(kRequestTimeout, "The request body did not arrive in full: the connection closed, or was too slow.");
    }
  }
  co_return piece;
}

Task<void> Connection::SendContinue() {
  if (!std::exchange(continue_expected_, false)) co_return;
  co_await stream_->Write("HTTP/1.1 100 Continue\r\n\r\n", {}, server_.options.stall_max);
}

Task<wire::HttpReply> Connection::RunOnPool(const Exchange& exchange, std::function<wire::HttpReply()> work) {
  const Executor executor = thread_.context().get_executor();
  Signal signal(executor);
  wire::HttpReply reply;
  bool done = false;
  const std::string key = KeyOf(exchange);
  const auto place = server_.requests.Take(key);
  if (!place) {
    server_.refusals.Count(Limit::kRequests, key);
    throw Error(kThrottling, "Too many requests of this access key are under way. Retry the request later.");
  }
  const bool accepted = server_.pool.Submit([&, executor] {
    reply = work();
    asio::post(executor, [&] {
      done = true;
      signal.Set();
    });
  });
  if (!accepted) throw Error(kThrottling, "The server has too many requests waiting. Retry the request later.");
  while (!done) co_await signal.Wait();
  co_return reply;
}

Task<wire::HttpReply> Connection::RunStreamed(const Exchange& exchange, StreamedWork work) {
  const Executor executor = thread_.context().get_executor();
  Signal signal(executor);
  BodyBridge bridge(parser_.content_length(), [&, executor] { asio::post(executor, [&] { signal.Set(); }); });
  const Uploads::Admission admission(server_.uploads, KeyOf(exchange), bridge);
  wire::HttpReply reply;
  bool done = false;
  const bool accepted = server_.streaming_pool.Submit([&, executor] {
    reply = work(std::make_unique<BridgeReader>(bridge));
    asio::post(executor, [&] {
      done = true;
      stream_->Cancel();  // The handler does not want the rest; do not wait for it.
      signal.Set();
    });
  });
  if (!accepted) throw Error(kThrottling, "The server has too many uploads under way. Retry the request later.");
  stream_->ClearDeadline();
  co_await PumpBody(bridge, signal, done);
  co_return reply;
}

std::string Connection::KeyOf(const Exchange& exchange) const {
  // Who has not signed is known by the address only.
  const bool has_key = exchange.caller && !exchange.caller->principal.access_key_id.empty();
  return has_key ? exchange.caller->principal.access_key_id : peer_address_;
}

// A client may pause, but not so that a body of a few bytes takes for ever: each byte that came buys a little time.
Milliseconds Connection::BodyTimeLeft() const {
  const Options& options = server_.options;
  const auto earned = static_cast<std::int64_t>(std::min<std::uint64_t>(body_bytes_, std::uint64_t{1} << 50) * 1000 /
                                                options.body_bytes_per_second_min);
  const Milliseconds left = options.body_grace + Milliseconds(earned) - body_waited_;
  return std::clamp(left, Milliseconds(1), options.stall_max);
}

Task<void> Connection::PumpBody(BodyBridge& bridge, Signal& signal, const bool& done) {
  while (!done) {
    if (!bridge.Wants()) {
      co_await signal.Wait();
      continue;
    }
    if (parser_.done()) {
      bridge.End();
      continue;
    }
    std::exception_ptr failure;
    const auto begin = std::chrono::steady_clock::now();
    try {
      stream_->SetDeadline(BodyTimeLeft());
      bridge.Push(co_await ReadBodyPiece());
      stream_->ClearDeadline();
    } catch (...) {
      failure = std::current_exception();
    }
    body_waited_ += std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin);
    if (failure && !done) {
      if (stream_->expired()) server_.refusals.Count(Limit::kBodyTime, peer_address_);
      bridge.Fail(failure);
    }
  }
}

Task<wire::HttpReply> Connection::RunAsync(Exchange& exchange) {
  // Shared with the callback, which may be called, or dropped, when this coroutine is gone with its loop.
  struct Outcome {
    explicit Outcome(const Executor& executor) : signal(executor) {}
    Signal signal;
    std::optional<wire::HttpReply> reply;
  };
  const auto outcome = std::make_shared<Outcome>(thread_.context().get_executor());
  server_.responder.RunAsync(exchange, thread_.context(), [outcome](wire::HttpReply reply) {
    outcome->reply = std::move(reply);
    outcome->signal.Set();
  });
  while (!outcome->reply) co_await outcome->signal.Wait();
  co_return std::move(*outcome->reply);
}

bool Connection::MayKeepAlive() const {
  if (!parser_.head_done() || !parser_.keep_alive() || server_.draining || stream_->expired()) return false;
  if (parser_.done()) return true;
  const auto length = parser_.content_length();
  return length && !continue_expected_ && *length - body_bytes_ <= kSkippedBytesMax;
}

Task<void> Connection::ServeTunnel(const Exchange& exchange, const wire::HttpReply& reply) {
  // What was sent as the request's body is nothing of the other protocol's.
  if (!parser_.done() || !co_await Send(exchange, reply, false)) co_return;
  std::string first(Unparsed());
  begin_ = end_ = 0;
  co_await RunTunnel(*stream_, std::move(first), std::get<wire::Tunnel>(reply.body));
}

Task<bool> Connection::SkipBody() {
  stream_->SetDeadline(kLingerMax);
  bool whole = true;
  try {
    while (!parser_.done()) co_await ReadBodyPiece();
  } catch (const Error&) {
    whole = false;
  }
  co_return whole;
}

Task<void> Connection::Linger() {
  if (stream_->expired()) co_return;
  co_await stream_->ShutdownWrite();
  if (!unread_) co_return;
  TimerWheel::Timer limit([this] { stream_->Cancel(); });
  thread_.wheel().Arm(limit, kLingerMax);
  for (std::uint64_t total = 0; total < kLingerBytesMax;) {
    const auto [failure, count] = co_await stream_->socket().async_read_some(asio::buffer(input_), kAwait);
    if (failure) break;
    total += count;
  }
}

Task<bool> Connection::ServeConnect(const Exchange& exchange) {
  std::exception_ptr failure;
  try {
    if (tls_ || !server_.options.proxy) throw Error(wire::kBadRequest, "This address is not a proxy.");
    HostPort to = ParseHostPort(exchange.http.target);
    if (IsAwsName(to.host) && to.port == "443" && server_.tls) {
      if (!co_await stream_->Write("HTTP/1.1 200 Connection established\r\n\r\n", {}, kLingerMax)) co_return false;
      Socket socket = std::move(stream_->socket());
      stream_ = MakeTlsStream(std::move(socket), *server_.tls, thread_.wheel());
      tls_ = true;
      co_return begin_ == end_;  // A client that sends before our answer speaks no TLS that we could follow.
    }
    if (!server_.proxy_clients.Serve(peer_, OwnAddresses())) {
      throw Error(kAccessDenied, "The proxy does not serve this client. The operator can allow it with --proxy-for.");
    }
    std::string first(Unparsed());
    begin_ = end_ = 0;
    co_await RunTunnel(*stream_, std::move(first), std::move(to));
    co_return false;
  } catch (const Error&) {
    failure = std::current_exception();
  }
  co_await Send(exchange, server_.responder.Fail(exchange, failure), false);
  co_return false;
}

}  // namespace sagebrush::gateway
