#include "gateway/gateway.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>

#include <thread>

#include "base/error.h"
#include "gateway/certificates.h"
#include "gateway/io_thread.h"
#include "gateway/server.h"
#include "gateway/tunnel.h"

namespace sagebrush::gateway {
namespace {

using asio::ip::tcp;

tcp::endpoint ParseAddress(const std::string& text) {
  boost::system::error_code failure;
  HostPort parts;
  try {
    parts = ParseHostPort(text);
  } catch (const Error&) {
    failure = asio::error::invalid_argument;
  }
  const auto address = failure ? asio::ip::address()
                               : asio::ip::make_address(parts.host == "localhost" ? "127.0.0.1" : parts.host, failure);
  const int port = failure ? 0 : std::stoi(parts.port);
  if (failure || port > 65'535) {
    throw Error(kValidation, "'" + text + "' is no address to listen on. Give address:port, such as 127.0.0.1:8080.");
  }
  return {address, static_cast<std::uint16_t>(port)};
}

std::string ToText(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

// Lets the process open as many files as it may, and leaves half of them to what requests do.
Options WithinDescriptorLimit(Options options) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return options;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_NOFILE, &files);
  options.connections_max = std::min<std::size_t>(options.connections_max, files.rlim_cur / 2);
  options.connections_per_peer_max = std::min(options.connections_per_peer_max, options.connections_max);
  return options;
}

// Threads share a port through SO_REUSEPORT, which would let a second server of the same user share it as well: a
// socket without the option tells whether somebody is there.
void RequireFree(const tcp::endpoint& address) {
  asio::io_context context;
  Acceptor probe(context.get_executor());
  boost::system::error_code failure;
  probe.open(address.protocol(), failure);
  if (!failure) probe.set_option(Acceptor::reuse_address(true), failure);
  if (!failure) probe.bind(address, failure);
  if (!failure) return;
  throw Error(kInternalFailure, fmt::format("Cannot listen on {}: {}. Stop the program that uses the port, or choose "
                                            "another address with --listen.",
                                            ToText(address), failure.message()));
}

}  // namespace

Gateway::Gateway(Options options, std::unique_ptr<Responder> responder, const Clock& clock)
    : clock_(clock),
      responder_(std::move(responder)),
      server_(new Server(WithinDescriptorLimit(std::move(options)), *responder_)) {}

Gateway::~Gateway() { Stop(); }

void Gateway::Add(SiteAddress address, const Site& site) { server_->sites.Add(std::move(address), site); }

void Gateway::Bind() {
  const Options& options = server_->options;
  if (!options.tls_directory.empty()) {
    const std::string& address = options.listen_tls.empty() ? options.listen : options.listen_tls;
    server_->certificates = std::make_unique<Certificates>(
        options.tls_directory, std::vector<std::string>{ParseHostPort(address).host}, options.region, clock_.Now());
    server_->tls.emplace(server_->certificates->NewReference());
  }
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  for (int i = 0; i < (options.threads > 0 ? options.threads : cores); ++i) {
    server_->threads.push_back(std::make_unique<IoThread>(*server_));
  }
  address_ = Bind(options.listen, false);
  if (!options.listen_tls.empty()) {
    if (!server_->tls) throw Error(kInternalFailure, "A TLS listener needs a directory for its certificates.");
    tls_address_ = Bind(options.listen_tls, true);
  }
}

void Gateway::Start() {
  if (server_->threads.empty()) Bind();
  for (const auto& thread : server_->threads) thread->Start();
}

std::string Gateway::Bind(const std::string& text, bool tls) {
  tcp::endpoint address = ParseAddress(text);
  RequireFree(address);
  for (const auto& thread : server_->threads) address = thread->Bind(address, tls);
  return ToText(address);
}

const Refusals& Gateway::refusals() const { return server_->refusals; }

Path Gateway::CaFile() const { return server_->certificates ? server_->certificates->ca_file() : Path(); }

void Gateway::Stop() {
  Server& server = *server_;
  if (server.draining.exchange(true)) return;
  for (const auto& thread : server.threads) thread->Drain();
  server.connections.WaitUntilEmpty(server.options.drain_max);
  server.stop.request_stop();
  for (const auto& thread : server.threads) thread->Abort();
  // Handlers end before their loops: they reply through them.
  server.pool.Join();
  server.streaming_pool.Join();
  server.connections.WaitUntilEmpty(Milliseconds(500));
  for (const auto& thread : server.threads) thread->Join();
}

}  // namespace sagebrush::gateway
