#include "objects/website.h"

#include <array>

#include "base/encoding.h"
#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kRulesMax = 50;
constexpr std::array<std::string_view, 7> kRedirectCodes{"300", "301", "302", "303", "304", "307", "308"};

const JsonArray* RulesOf(const Json& configuration) {
  const Json* const rules = Find(configuration, "RoutingRules");
  return rules != nullptr && rules->is_array() ? &rules->get_array() : nullptr;
}

[[noreturn]] void Fail(std::string_view what) {
  throw Error(kInvalidRequest, fmt::format("The website configuration is not valid: {}.", what));
}

std::string Address(std::string_view scheme, std::string_view host, std::string_view key) {
  return fmt::format("{}://{}/{}", scheme, host, UriEncode(key, /*keep_slash=*/true));
}

std::string OrElse(std::string text, std::string_view otherwise) {
  return text.empty() ? std::string(otherwise) : text;
}

// The key with what the rule's condition found at its front replaced.
std::string NewKey(const Json& rule, const std::string& key) {
  if (Find(rule, "Redirect.ReplaceKeyWith") != nullptr) return GetString(rule, "Redirect.ReplaceKeyWith");
  if (Find(rule, "Redirect.ReplaceKeyPrefixWith") == nullptr) return key;
  const std::size_t prefix = GetString(rule, "Condition.KeyPrefixEquals").size();
  return GetString(rule, "Redirect.ReplaceKeyPrefixWith") + key.substr(std::min(prefix, key.size()));
}

Redirection Follow(const Json& rule, const WebRequest& request) {
  const std::string code = GetString(rule, "Redirect.HttpRedirectCode");
  return {code.empty() ? 301 : std::stoi(code),
          Address(OrElse(GetString(rule, "Redirect.Protocol"), request.scheme),
                  OrElse(GetString(rule, "Redirect.HostName"), request.host), NewKey(rule, request.key))};
}

// The first rule whose condition is of this error (empty: of none) and of the key's beginning.
std::optional<Redirection> FirstRule(const Json& configuration, const WebRequest& request, std::string_view error) {
  const JsonArray* const rules = RulesOf(configuration);
  if (rules == nullptr) return std::nullopt;
  for (const Json& rule : *rules) {
    if (GetString(rule, "Condition.HttpErrorCodeReturnedEquals") != error) continue;
    if (request.key.starts_with(GetString(rule, "Condition.KeyPrefixEquals"))) return Follow(rule, request);
  }
  return std::nullopt;
}

void CheckProtocol(const Json& where) {
  const std::string protocol = GetString(where, "Protocol");
  if (protocol.empty() || protocol == "http" || protocol == "https") return;
  Fail("Protocol is http or https");
}

void CheckHost(std::string_view host) {
  for (const char c : host) {
    if (c <= ' ' || c == '/' || c == '\\' || c == 0x7f) Fail("HostName is the name of a host, without a path");
  }
}

void CheckErrorCode(std::string_view code) {
  const bool fits = code.size() == 3 && (code[0] == '4' || code[0] == '5') &&
                    code.find_first_not_of("0123456789") == std::string_view::npos;
  if (!code.empty() && !fits) Fail("HttpErrorCodeReturnedEquals is a status of 4XX or 5XX");
}

void CheckRule(const Json& rule) {
  const Json* const redirect = Find(rule, "Redirect");
  if (redirect == nullptr || redirect->as_object().empty()) Fail("each routing rule has a Redirect that says where to");
  if (Find(*redirect, "ReplaceKeyWith") != nullptr && Find(*redirect, "ReplaceKeyPrefixWith") != nullptr) {
    Fail("you can only define ReplaceKeyPrefix or ReplaceKey but not both");
  }
  CheckProtocol(*redirect);
  CheckHost(GetString(*redirect, "HostName"));
  CheckErrorCode(GetString(rule, "Condition.HttpErrorCodeReturnedEquals"));
  const std::string code = GetString(*redirect, "HttpRedirectCode");
  if (!code.empty() && std::find(kRedirectCodes.begin(), kRedirectCodes.end(), code) == kRedirectCodes.end()) {
    Fail("HttpRedirectCode is one of 301, 302, 303, 307, 308");
  }
}

}  // namespace

void CheckWebsite(const Json& configuration) {
  if (const Json* const all = Find(configuration, "RedirectAllRequestsTo")) {
    if (configuration.as_object().size() > 1) {
      throw Error(kInvalidArgument,
                  "RedirectAllRequestsTo cannot be provided in conjunction with other configuration.");
    }
    if (GetString(*all, "HostName").empty()) Fail("RedirectAllRequestsTo has a HostName");
    CheckHost(GetString(*all, "HostName"));
    return CheckProtocol(*all);
  }
  const std::string index = GetString(configuration, "IndexDocument.Suffix");
  if (index.empty())
    throw Error(kInvalidArgument,
                "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty");
  if (index.find('/') != std::string::npos)
    throw Error(kInvalidArgument, "The IndexDocument Suffix is not well formed");
  const JsonArray* const rules = RulesOf(configuration);
  if (rules == nullptr) return;
  if (rules->size() > kRulesMax) Fail("it has more than 50 routing rules");
  for (const Json& rule : *rules) CheckRule(rule);
}

void SetRedirectLocation(Properties& properties, const Json& input) {
  const std::string member = "WebsiteRedirectLocation";
  properties.headers.erase(member);
  const std::string location = GetString(input, member);
  if (location.empty()) return;
  if (location.starts_with('/') || location.starts_with("http://") || location.starts_with("https://")) {
    properties.headers[member] = location;
    return;
  }
  throw Error(kInvalidRedirectLocation,
              "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
}

std::optional<Redirection> RedirectBefore(const Json& configuration, const WebRequest& request) {
  if (const Json* const all = Find(configuration, "RedirectAllRequestsTo")) {
    return Redirection{
        301, Address(OrElse(GetString(*all, "Protocol"), request.scheme), GetString(*all, "HostName"), request.key)};
  }
  return FirstRule(configuration, request, "");
}

std::optional<Redirection> RedirectAfter(const Json& configuration, const WebRequest& request, int status) {
  return FirstRule(configuration, request, std::to_string(status));
}

std::string DocumentKey(const Json& configuration, std::string_view key) {
  std::string document(key);
  if (document.empty() || document.ends_with('/')) document += GetString(configuration, "IndexDocument.Suffix");
  return document;
}

std::string ErrorDocumentKey(const Json& configuration) { return GetString(configuration, "ErrorDocument.Key"); }

}  // namespace sagebrush::objects
