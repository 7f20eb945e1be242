#include "objects/cors.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

constexpr std::array<std::string_view, 5> kMethods{"GET", "PUT", "POST", "DELETE", "HEAD"};
constexpr std::size_t kRulesMax = 100, kIdMax = 255;

std::vector<std::string_view> ListOf(const Json& rule, std::string_view name) {
  std::vector<std::string_view> list;
  const Json* const values = Find(rule, name);
  if (values == nullptr || !values->is_array()) return list;
  for (const Json& value : values->get_array()) {
    if (value.is_string()) list.push_back(value.get_string());
  }
  return list;
}

// `pattern` has one "*" at most.
bool Matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  const std::string_view front = pattern.substr(0, star), back = pattern.substr(star + 1);
  return text.size() >= front.size() + back.size() && text.starts_with(front) && text.ends_with(back);
}

std::string Joined(const std::vector<std::string_view>& list) { return fmt::format("{}", fmt::join(list, ", ")); }

bool AllowsHeaders(const Json& rule, const std::vector<std::string>& headers) {
  const std::vector<std::string_view> allowed = ListOf(rule, "AllowedHeaders");
  return std::all_of(headers.begin(), headers.end(), [&](const std::string& header) {
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](std::string_view pattern) { return Matches(Lower(pattern), Lower(header)); });
  });
}

// The origin pattern of the rule that the request fits; empty: it does not fit.
std::string_view FittingOrigin(const Json& rule, const CrossOriginRequest& request) {
  const std::vector<std::string_view> methods = ListOf(rule, "AllowedMethods"),
                                      origins = ListOf(rule, "AllowedOrigins");
  if (std::find(methods.begin(), methods.end(), request.method) == methods.end()) return {};
  const auto origin = std::find_if(origins.begin(), origins.end(),
                                   [&](std::string_view pattern) { return Matches(pattern, request.origin); });
  if (origin == origins.end() || !AllowsHeaders(rule, request.headers)) return {};
  return *origin;
}

ReplyHeaders HeadersOf(const Json& rule, std::string_view pattern, const CrossOriginRequest& request) {
  ReplyHeaders headers;
  const bool any = pattern == "*";
  headers.emplace_back("access-control-allow-origin", any ? "*" : request.origin);
  headers.emplace_back("access-control-allow-methods", Joined(ListOf(rule, "AllowedMethods")));
  if (!request.headers.empty()) {
    headers.emplace_back("access-control-allow-headers", fmt::format("{}", fmt::join(request.headers, ", ")));
  }
  if (const auto exposed = ListOf(rule, "ExposeHeaders"); !exposed.empty()) {
    headers.emplace_back("access-control-expose-headers", Joined(exposed));
  }
  if (Find(rule, "MaxAgeSeconds") != nullptr) {
    headers.emplace_back("access-control-max-age", std::to_string(GetInt(rule, "MaxAgeSeconds")));
  }
  if (!any) headers.emplace_back("access-control-allow-credentials", "true");
  headers.emplace_back("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
  return headers;
}

const JsonArray* RulesOf(const Json& configuration) {
  const Json* const rules = Find(configuration, "CORSRules");
  return rules != nullptr && rules->is_array() ? &rules->get_array() : nullptr;
}

void CheckWildcards(const Json& rule, std::string_view member, std::string_view element) {
  for (const std::string_view value : ListOf(rule, member)) {
    if (std::count(value.begin(), value.end(), '*') <= 1) continue;
    throw Error(kInvalidRequest, fmt::format("{} \"{}\" can not have more than one wildcard.", element, value));
  }
}

void CheckRule(const Json& rule) {
  for (const std::string_view method : ListOf(rule, "AllowedMethods")) {
    if (std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end()) continue;
    throw Error(kInvalidRequest,
                fmt::format("Found unsupported HTTP method in CORS config. Unsupported method is {}", method));
  }
  CheckWildcards(rule, "AllowedOrigins", "AllowedOrigin");
  CheckWildcards(rule, "AllowedHeaders", "AllowedHeader");
  for (const std::string_view header : ListOf(rule, "ExposeHeaders")) {
    if (header.find('*') == std::string_view::npos) continue;
    throw Error(kInvalidRequest, fmt::format("ExposeHeader \"{}\" contains wildcard. We currently do not support "
                                             "wildcard for ExposeHeader.",
                                             header));
  }
  if (GetString(rule, "ID").size() > kIdMax) {
    throw Error(kInvalidRequest, "The ID of a CORS rule is longer than 255 characters.");
  }
}

}  // namespace

void CheckCors(const Json& configuration) {
  const JsonArray* const rules = RulesOf(configuration);
  if (rules == nullptr || rules->empty()) throw Error(kMalformedXml, "A CORS configuration has at least one rule.");
  if (rules->size() > kRulesMax) throw Error(kInvalidRequest, "A CORS configuration has at most 100 rules.");
  for (const Json& rule : *rules) CheckRule(rule);
}

std::optional<ReplyHeaders> AllowOrigin(const Json& configuration, const CrossOriginRequest& request) {
  const JsonArray* const rules = RulesOf(configuration);
  if (rules == nullptr) return std::nullopt;
  for (const Json& rule : *rules) {
    const std::string_view pattern = FittingOrigin(rule, request);
    if (!pattern.empty()) return HeadersOf(rule, pattern, request);
  }
  return std::nullopt;
}

}  // namespace sagebrush::objects
