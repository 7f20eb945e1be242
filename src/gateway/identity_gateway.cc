#include "gateway/dispatcher.h"
#include "gateway/gateway.h"
#include "gateway/server.h"
#include "identity/identity.h"

namespace sagebrush::gateway {

// Apart from gateway.cc, so that what tests connections alone needs no identities.
Gateway::Gateway(Options options, const wire::Api& api, const identity::Identity& identity, const Clock& clock,
                 const CrossOrigin& cross_origin)
    : Gateway(options,
              std::make_unique<Dispatcher>(
                  api,
                  [&identity](const wire::HttpRequest& request, std::optional<wire::Signature> signature, Time now) {
                    identity::Authenticated found = identity.Authenticate(request, std::move(signature), now);
                    return Caller{std::move(found.principal), std::move(found.signature), std::move(found.secret_key)};
                  },
                  clock, options.region, &cross_origin),
              clock) {}

}  // namespace sagebrush::gateway
