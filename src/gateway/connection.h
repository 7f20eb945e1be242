#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "gateway/asio.h"
#include "gateway/body_bridge.h"
#include "gateway/responder.h"
#include "gateway/stream.h"
#include "wire/http_parser.h"

namespace sagebrush::gateway {

class IoThread;
class Site;
struct Server;

// Serves the requests of one connection, one after another. Belongs to one I/O thread.
class Connection {
 public:
  Connection(Server& server, IoThread& thread, Socket socket, bool tls);
  ~Connection();

  // Returns when the connection has ended.
  Task<void> Serve();

  void CloseIfIdle();
  void Abort();

 private:
  // False: there is no further request.
  Task<bool> ReadHead();
  std::unique_ptr<Exchange> TakeExchange();
  // Answers the request whose head was read. False: the connection ends.
  Task<bool> Answer();
  Task<bool> AnswerMalformed(std::exception_ptr failure);
  // After a deadline that the client missed, there is a moment left to tell it so.
  void ReviveForReply();
  Task<wire::HttpReply> Respond(Exchange& exchange);
  Task<void> ReadWholeBody(Exchange& exchange);
  Task<wire::HttpReply> VisitSite(const Exchange& exchange, const Site& site);
  Task<wire::HttpReply> RunOnPool(const Exchange& exchange, std::function<wire::HttpReply()> work);
  // `work` reads the body while it comes.
  using StreamedWork = std::function<wire::HttpReply(std::unique_ptr<wire::BodyReader> body)>;
  Task<wire::HttpReply> RunStreamed(const Exchange& exchange, StreamedWork work);
  // By whom what a request takes is counted: its access key or, without one, the client's address.
  std::string KeyOf(const Exchange& exchange) const;
  // How long the next piece of a streamed body may take to come.
  Milliseconds BodyTimeLeft() const;
  Task<void> PumpBody(BodyBridge& bridge, Signal& signal, const bool& done);
  // Brings one more piece of the body. Throws Error when there is none.
  Task<std::string> ReadBodyPiece();
  Task<wire::HttpReply> RunAsync(Exchange& exchange);
  Task<bool> Send(const Exchange& exchange, const wire::HttpReply& reply, bool keep_alive);
  Task<bool> SendPieces(wire::BodySource& source, bool chunks);
  struct PooledRead;
  // False: the pool takes no more work.
  bool BeginRead(const std::shared_ptr<wire::BlockingBody>& body, const std::shared_ptr<PooledRead>& read);
  Task<bool> SendBlocking(std::shared_ptr<wire::BlockingBody> body);
  // Ends our side; then reads what the client still sends, within bounds. Closing with bytes unread would break off the
  // reply that it has not read yet.
  Task<void> Linger();
  Task<bool> SkipBody();
  // Gives the connection to a site's peer, for good.
  Task<void> ServeTunnel(const Exchange& exchange, const wire::HttpReply& reply);
  // CONNECT. True: the client now speaks TLS with us, on this connection.
  Task<bool> ServeConnect(const Exchange& exchange);

  Task<bool> Fill(std::size_t capacity);
  Task<void> SendContinue();
  bool IsSoonWhole() const;
  bool MayKeepAlive() const;
  std::string_view Unparsed() const { return {input_.data() + begin_, end_ - begin_}; }

  Server& server_;
  IoThread& thread_;
  std::unique_ptr<Stream> stream_;
  asio::ip::address peer_;
  std::string peer_address_;
  bool tls_;
  bool idle_ = false;

  wire::HttpParser parser_;
  std::vector<char> input_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string output_;
  std::uint64_t body_bytes_ = 0;    // Of the current request, read so far.
  Milliseconds body_waited_{0};     // For them.
  bool unread_ = false;             // The client may have sent more than was read.
  bool continue_expected_ = false;  // The client waits for "100 Continue" and did not get it yet.
};

}  // namespace sagebrush::gateway
