#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "objects/object.h"

// A bucket as a web site: what its website configuration makes of a request. Depends on its arguments only.
namespace sagebrush::objects {

inline constexpr std::string_view kWebsite = "WebsiteConfiguration";

// Throws Error for what the service model allows and S3 does not: kInvalidArgument, kInvalidRequest.
void CheckWebsite(const Json& configuration);

// Where an object of a site sends whoever asks for it: a path of the same site, or an address; the write's input says
// so, or nothing. Throws Error(kInvalidRedirectLocation).
void SetRedirectLocation(Properties& properties, const Json& input);

struct WebRequest {
  std::string key;                   // Decoded.
  std::string_view host;             // As the client wrote it.
  std::string_view scheme = "http";  // "http" or "https".
};

struct Redirection {
  int status = 301;
  std::string location;  // An address, percent-encoded.
};

// Where the request is sent before anything is looked for; nullopt: nowhere.
std::optional<Redirection> RedirectBefore(const Json& configuration, const WebRequest& request);
// Where it is sent when looking for it failed with the status; nullopt: nowhere.
std::optional<Redirection> RedirectAfter(const Json& configuration, const WebRequest& request, int status);
// The key that answers a request: the index document where the key is empty or ends with "/".
std::string DocumentKey(const Json& configuration, std::string_view key);
// Of the page for errors of clients; empty: none.
std::string ErrorDocumentKey(const Json& configuration);

}  // namespace sagebrush::objects
