#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/mutex.h"

struct ssl_st;
struct ssl_ctx_st;
struct evp_pkey_st;
struct x509_st;

namespace sagebrush::gateway {

// The local certificate authority and the certificates that it issues for our TLS port. The CA is made at first start
// and kept as ca.pem and ca-key.pem (0600) in its directory; clients trust ca.pem (AWS_CA_BUNDLE). Certificates of the
// server are issued in memory, one for each name that a client asks for. Safe to call from any thread.
class Certificates {
 public:
  // `hosts`: names and addresses that the default certificate covers, besides localhost and AWS's names in `region`.
  // Throws Error when the directory holds something else than a CA of ours.
  Certificates(const Path& directory, const std::vector<std::string>& hosts, std::string_view region, Time now);
  ~Certificates();

  const Path& ca_file() const { return ca_file_; }
  // The context of a TLS listener: TLS 1.2 and later, ALPN http/1.1, the right certificate by server name.
  // The caller owns one reference.
  ssl_ctx_st* NewReference() const;

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
    void operator()(evp_pkey_st* key) const;
    void operator()(x509_st* certificate) const;
  };
  using Context = std::unique_ptr<ssl_ctx_st, Free>;

  void Load(const Path& directory);
  void Create(const Path& directory);
  std::unique_ptr<x509_st, Free> Issue(const std::vector<std::string>& names) const;
  Context MakeContext(const std::vector<std::string>& names) const;
  // nullptr: the default certificate does.
  ssl_ctx_st* ContextFor(std::string_view name);
  static int OnServerName(ssl_st* connection, int* alert, void* self);

  const Time now_;
  Path ca_file_;
  std::unique_ptr<evp_pkey_st, Free> ca_key_;
  std::unique_ptr<x509_st, Free> ca_;
  std::unique_ptr<evp_pkey_st, Free> key_;  // Of all certificates issued by this process.
  Context default_;
  Mutex mutex_;
  std::map<std::string, Context, std::less<>> by_name_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::gateway
