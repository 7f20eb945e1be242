#pragma once

#include <memory>
#include <string>
#include <vector>

#include "audit/audit_trail.h"
#include "base/clock.h"
#include "base/file.h"
#include "identity/master_key.h"
#include "objects/durability.h"

namespace sagebrush::wire {
class OperationTable;
}

namespace sagebrush::server {

// What the server's key is derived for: the keys of objects (objects::ObjectKeys).
inline constexpr std::string_view kObjectsPurpose = "objects";

struct ServerOptions {
  Path data;  // Created when missing.
  std::string listen = "127.0.0.1:8443";
  std::string listen_tls;  // Empty: a port that the system picks on the same address.
  objects::Durability durability = objects::Durability::kPowerLoss;  // Of objects of S3.
  bool disk_is_encrypted = false;  // The operator's word: what S3 would encrypt with its own key is stored plain.
  std::chrono::seconds lifecycle_day = std::chrono::hours(24);  // How long a day of S3 lifecycle rules is.
  std::string region = "us-east-1";
  Seconds instance_wait_max{3600};  // So long an endpoint waits for free instances before its deployment fails.
  identity::MasterKeySource master_key{};
  audit::AuditOptions audit;
  std::vector<std::string> proxy_for;  // Clients of the proxy besides this machine's own programs: networks, "jobs".
};

// All parts of one server, joined. One thread uses it.
class Server {
 public:
  // Opens the data directory and takes up what an earlier server left running. Serves nothing yet.
  // Throws Error, saying what to do, when another server uses the directory or it cannot be used.
  explicit Server(const ServerOptions& options);
  ~Server();

  // Serves and reconciles from now on. Writes <data>/server.json, which tells the other commands where it listens.
  void Start();
  // Stops serving. Running jobs and endpoints go on without the server.
  void Stop();

  const wire::OperationTable& Operations() const;
  std::string Address() const;
  std::string TlsAddress() const;

 private:
  void CreateDefaultBucket();

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sagebrush::server
