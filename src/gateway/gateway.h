#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "gateway/cross_origin.h"
#include "gateway/options.h"
#include "gateway/refusals.h"
#include "gateway/responder.h"
#include "gateway/sites.h"
#include "wire/api.h"

namespace sagebrush::identity {
class Identity;
}

namespace sagebrush::gateway {

struct Server;

// The server's front: listens for HTTP, plain and TLS, and runs the operations of the API.
// Start and Stop are called by one thread; operations run on the gateway's own threads.
class Gateway {
 public:
  // The arguments outlive the gateway; the table of operations is complete before Start.
  Gateway(Options options, const wire::Api& api, const identity::Identity& identity, const Clock& clock,
          const CrossOrigin& cross_origin);
  // For tests of the connections: any responder.
  Gateway(Options options, std::unique_ptr<Responder> responder, const Clock& clock);
  ~Gateway();  // Stops.

  // Before Start: `site`, which outlives the gateway, answers what is asked at `address`.
  void Add(SiteAddress address, const Site& site);

  // Takes the addresses, so that they are known; no client is let in before Start. Throws Error when one cannot be had.
  void Bind();
  // Begins to serve, after Bind if that was not done. Throws as Bind does; then nothing is served.
  void Start();
  // Takes no more requests, gives those under way `drain_max` to end, then breaks them off. Returns when all threads
  // have ended. Does nothing when stopped.
  void Stop();

  // "127.0.0.1:8080", as bound; valid after Bind. TlsAddress is empty without a TLS listener.
  const std::string& Address() const { return address_; }
  const std::string& TlsAddress() const { return tls_address_; }
  // The local CA's certificate, for bundles of clients; empty without a TLS directory.
  Path CaFile() const;
  // What clients were refused so far because they used up too much.
  const Refusals& refusals() const;

 private:
  std::string Bind(const std::string& address, bool tls);

  const Clock& clock_;
  std::unique_ptr<Responder> responder_;
  std::unique_ptr<Server> server_;
  std::string address_;
  std::string tls_address_;
};

}  // namespace sagebrush::gateway
