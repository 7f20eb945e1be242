#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "identity/json_web_token.h"

namespace sagebrush::identity {

// The keys of OpenID Connect providers, read from the providers when a token needs them and kept for a while. Anybody
// can make the server ask, with any token, so it asks one provider at most once in kRetry, and one thread at a time.
// Safe to call from any thread.
class ProviderKeys {
 public:
  // Reads a document over HTTPS as HttpsGet does, and throws as it does.
  using Fetch = std::function<std::string(const std::string& url, const std::vector<std::string>& thumbprints)>;
  using Keys = std::shared_ptr<const std::vector<JsonWebKey>>;

  static constexpr Milliseconds kKept{10 * 60 * 1000};  // Then they are read anew.
  static constexpr Milliseconds kRetry{10 * 1000};

  ProviderKeys(Fetch fetch, const Clock& clock) : fetch_(std::move(fetch)), clock_(clock) {}

  // Those of `issuer` ("https://..."), which are read if there are none, they are old, or none is named `key_id`. May
  // block as `fetch` does. Throws Error(kProviderUnreachable, kInvalidIdentityToken); so it does where another thread
  // asks the provider already and there are no keys yet.
  Keys Get(const std::string& issuer, const std::string& key_id, const std::vector<std::string>& thumbprints);

 private:
  struct Entry {
    Keys keys;
    Time read;
    Time tried;
    bool is_asked = false;
    std::string failure;  // Of the last try; empty: it went well.
  };
  Keys Read(const std::string& issuer, const std::vector<std::string>& thumbprints) const;

  const Fetch fetch_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);  // Of registered providers: not more than these.
};

}  // namespace sagebrush::identity
