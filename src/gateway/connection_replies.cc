// The part of Connection that sends replies, whatever their bodies are.
#include <utility>

#include <boost/asio/post.hpp>

#include "base/error.h"
#include "gateway/connection.h"
#include "gateway/io_thread.h"
#include "gateway/reply_text.h"
#include "gateway/server.h"

namespace sagebrush::gateway {

Task<bool> Connection::Send(const Exchange& exchange, const wire::HttpReply& reply, bool keep_alive) {
  const auto* text = std::get_if<std::string>(&reply.body);
  const auto* file = std::get_if<wire::FileSlice>(&reply.body);
  const auto* source = std::get_if<std::shared_ptr<wire::BodySource>>(&reply.body);
  const auto* blocking = std::get_if<std::shared_ptr<wire::BlockingBody>>(&reply.body);
  Framing framing{
      .chunks = parser_.knows_chunks(), .head_only = exchange.http.method == "HEAD", .keep_alive = keep_alive};
  if (text != nullptr) framing.body_bytes = text->size();
  if (file != nullptr) framing.body_bytes = file->length;
  if (source != nullptr) framing.body_bytes.reset();
  if (blocking != nullptr) framing.body_bytes = (*blocking)->Length();
  const bool has_body = !framing.head_only && HasBody(reply.status);
  output_.clear();
  AppendReplyHead(reply, framing, exchange.request_id, output_);
  const Milliseconds stall_max = server_.options.stall_max;
  if (!co_await stream_->Write(output_, text && has_body ? *text : std::string_view(), stall_max)) co_return false;
  if (file && has_body) co_return co_await stream_->SendFile(*file, stall_max);
  if (source && has_body) co_return co_await SendPieces(**source, framing.chunks);
  if (blocking && has_body) co_return co_await SendBlocking(*blocking, framing.chunks);
  co_return true;
}

// What a thread of the pool reads of a body. Shared with that thread, which may have it when the connection is gone.
struct Connection::PooledRead {
  explicit PooledRead(const Executor& on) : executor(on), signal(on) {}
  const Executor executor;
  Signal signal;
  bool come = false, failed = false;
  std::string bytes;
};

bool Connection::BeginRead(const std::shared_ptr<wire::BlockingBody>& body, const std::shared_ptr<PooledRead>& read) {
  read->come = false;
  return server_.pool.Submit([body, read] {
    try {
      body->Next(read->bytes);
    } catch (const Error&) {  // Whoever reads has told the log.
      read->failed = true;
    }
    asio::post(read->executor, [read] {
      read->come = true;
      read->signal.Set();
    });
  });
}

// While a piece is sent, the next one is read.
Task<bool> Connection::SendBlocking(std::shared_ptr<wire::BlockingBody> body, bool chunks) {
  const Executor executor = thread_.context().get_executor();
  auto sent = std::make_shared<PooledRead>(executor), read = std::make_shared<PooledRead>(executor);
  const std::optional<std::uint64_t> length = body->Length();
  const bool chunked = !length && chunks;
  if (!BeginRead(body, read)) co_return false;
  for (std::uint64_t left = length.value_or(UINT64_MAX);;) {
    stream_->ClearDeadline();
    while (!read->come) co_await read->signal.Wait();
    const bool ended = read->bytes.empty();
    if (read->failed || (ended && length) || read->bytes.size() > left) co_return false;
    left -= read->bytes.size();
    std::swap(sent, read);
    if (left > 0 && !ended && !BeginRead(body, read)) co_return false;
    output_.clear();
    if (chunked) AppendChunk(sent->bytes, output_);
    if (!co_await stream_->Write(chunked ? output_ : sent->bytes, {}, server_.options.stall_max)) co_return false;
    if (left == 0 || ended) co_return true;
  }
}

Task<bool> Connection::SendPieces(wire::BodySource& source, bool chunks) {
  // Shared with the callback, which may be called, or dropped, when this coroutine is gone with its loop.
  struct Piece {
    explicit Piece(const Executor& executor) : signal(executor) {}
    Signal signal;
    bool come = false;
    std::exception_ptr failure;
    std::string bytes;
  };
  for (;;) {
    const auto piece = std::make_shared<Piece>(thread_.context().get_executor());
    source.Next([piece](std::exception_ptr failure, std::string bytes) {
      piece->come = true;
      piece->failure = std::move(failure);
      piece->bytes = std::move(bytes);
      piece->signal.Set();
    });
    stream_->ClearDeadline();
    while (!piece->come) co_await piece->signal.Wait();
    if (piece->failure) co_return false;
    output_.clear();
    if (chunks) AppendChunk(piece->bytes, output_);
    if (!co_await stream_->Write(chunks ? output_ : piece->bytes, {}, server_.options.stall_max)) co_return false;
    if (piece->bytes.empty()) co_return true;
  }
}

}  // namespace sagebrush::gateway
