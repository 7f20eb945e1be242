#include "wire/routing.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "wire/protocol.h"
#include "wire/query_protocol.h"
#include "wire/s3_address.h"
#include "wire/sigv4_canonical.h"
#include "wire/sigv4_error.h"

namespace sagebrush::wire {
namespace {

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

bool HasPair(const QueryPairs& query, std::string_view name) {
  return std::any_of(query.begin(), query.end(), [&](const auto& pair) { return pair.first == name; });
}

// How well a request fits an operation whose method and path it has.
struct Fit {
  int literals = 0;      // Query pairs of the operation's URI: "?tagging", "?list-type=2".
  int required = 0;      // Required members in query and headers that are there.
  bool complete = true;  // All of them are.
  bool current = true;   // Not deprecated.

  auto Key() const { return std::tuple(literals, complete, required, current); }
};

// nullopt: a query pair of the operation's URI is missing.
std::optional<Fit> FitOf(const Operation& operation, const HttpRequest& request, const QueryPairs& query) {
  Fit fit;
  fit.current = !operation.deprecated;
  const std::size_t mark = operation.uri.find('?');
  std::string_view literals = mark == std::string_view::npos ? std::string_view() : operation.uri.substr(mark + 1);
  while (!literals.empty()) {
    const std::string_view pair = literals.substr(0, literals.find('&'));
    literals.remove_prefix(std::min(pair.size() + 1, literals.size()));
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const bool found = std::any_of(query.begin(), query.end(), [&](const auto& given) {
      return given.first == name && (equals == std::string_view::npos || given.second == pair.substr(equals + 1));
    });
    if (!found) return std::nullopt;
    ++fit.literals;
  }
  const Shape input = operation.input();
  for (std::size_t i = 0; input && i < input.member_count(); ++i) {
    const Member member = input.member(i);
    if (!member.required()) continue;
    if (member.location() != Location::kQuery && member.location() != Location::kHeader) continue;
    const bool there = member.location() == Location::kQuery ? HasPair(query, member.wire_name())
                                                             : request.headers.Get(member.wire_name()).has_value();
    fit.required += there ? 1 : 0;
    fit.complete = fit.complete && there;
  }
  return fit;
}

class Matcher {
 public:
  Matcher(const Service& service, const HttpRequest& request)
      : service_(service), request_(request), query_(ParseQuery(request.QueryString(), true)) {}

  const Operation* Match(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    return Walk(service_.tables.nodes[0], path);
  }

 private:
  const Operation* Walk(const TrieNode& node, std::string_view rest) {
    const Tables& tables = service_.tables;
    if (rest.empty()) return Best(node);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    const std::string_view after = rest.substr(std::min(segment.size() + 1, rest.size()));
    const std::span<const TrieEdge> edges(tables.edges + node.first_edge, node.edge_count);
    const auto edge = std::lower_bound(edges.begin(), edges.end(), segment, [&](const TrieEdge& e, std::string_view s) {
      return tables.Get(e.segment) < s;
    });
    if (edge != edges.end() && tables.Get(edge->segment) == segment) {
      if (const Operation* found = Walk(tables.nodes[edge->node], after)) return found;
    }
    if (node.label != kNoIndex && !segment.empty()) {
      if (const Operation* found = Walk(tables.nodes[node.label], after)) return found;
    }
    return node.greedy != kNoIndex ? WalkGreedy(tables.nodes[node.greedy], rest) : nullptr;
  }

  // Up to a slash behind which the rest of the path fits, the last such one first; else all of it.
  const Operation* WalkGreedy(const TrieNode& node, std::string_view rest) {
    if (node.edge_count > 0 || node.label != kNoIndex) {
      for (std::size_t slash = rest.rfind('/'); slash != std::string_view::npos && slash > 0;
           slash = rest.rfind('/', slash - 1)) {
        if (const Operation* found = Walk(node, rest.substr(slash + 1))) return found;
      }
    }
    return Best(node);
  }

  const Operation* Best(const TrieNode& node) const {
    const Operation* best = nullptr;
    std::optional<Fit> best_fit;
    for (std::uint32_t i = 0; i < node.route_count; ++i) {
      const Operation& operation = service_.operations[service_.tables.routes[node.first_route + i]];
      if (operation.method != request_.method) continue;
      const auto fit = FitOf(operation, request_, query_);
      if (!fit || (best_fit && fit->Key() <= best_fit->Key())) continue;
      best = &operation;
      best_fit = fit;
    }
    return best;
  }

  const Service& service_;
  const HttpRequest& request_;
  const QueryPairs query_;
};

const Service* ServiceByTarget(std::string_view prefix) {
  for (const Service* service : Services()) {
    if (!prefix.empty() && service->target_prefix == prefix) return service;
  }
  return nullptr;
}

bool SpeaksRest(const Service& service) {
  return service.Speaks(Protocol::kRestJson) || service.Speaks(Protocol::kRestXml);
}

Protocol RestProtocol(const Service& service) {
  return service.Speaks(Protocol::kRestXml) ? Protocol::kRestXml : Protocol::kRestJson;
}

Protocol JsonProtocol(const Service& service) {
  return service.Speaks(Protocol::kJson10) ? Protocol::kJson10 : Protocol::kJson11;
}

std::string_view PartOfCborPath(const HttpRequest& request, std::string_view marker) {
  const std::string_view path = request.Path();
  const std::size_t at = path.rfind(marker);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = path.substr(at + marker.size());
  return rest.substr(0, rest.find('/'));
}

// S3 Control speaks to other paths than S3, under the same signing name.
bool IsS3Control(const HttpRequest& request) {
  return request.Path().starts_with("/v20180820/") && request.headers.Get("x-amz-account-id").has_value();
}

Route RestRoute(const HttpRequest& request, std::string_view signing_name) {
  Route route;
  for (const Service* service : Services()) {
    if (service->signing_name != signing_name || !SpeaksRest(*service)) continue;
    if (signing_name == "s3" && (service->id == "s3") == IsS3Control(request)) continue;
    if (route.service == nullptr) route = {service, nullptr, RestProtocol(*service)};
    const Operation* operation = MatchRestPath(*service, request, RestPath(*service, request));
    if (operation != nullptr) return {service, operation, RestProtocol(*service)};
  }
  return route;
}

Route QueryRoute(const HttpRequest& request, std::string_view signing_name) {
  for (const Service* service : Services()) {
    if (service->signing_name != signing_name || !service->Speaks(Protocol::kQuery)) continue;
    const std::string action = ReadAction(request);
    return {service, service->FindOperation(action), Protocol::kQuery};
  }
  return {};
}

Route TargetRoute(std::string_view target) {
  const std::size_t dot = target.rfind('.');
  if (dot == std::string_view::npos) return {};
  const Service* service = ServiceByTarget(target.substr(0, dot));
  if (service == nullptr) return {};
  return {service, service->FindOperation(target.substr(dot + 1)), JsonProtocol(*service)};
}

Route CborRoute(const HttpRequest& request) {
  const Service* service = ServiceByTarget(PartOfCborPath(request, "/service/"));
  if (service == nullptr) return {nullptr, nullptr, Protocol::kRpcV2Cbor};
  return {service, service->FindOperation(PartOfCborPath(request, "/operation/")), Protocol::kRpcV2Cbor};
}

// What is not signed is for S3, or for one of the operations of STS that are called without a signature.
Route UnsignedRoute(const HttpRequest& request) {
  return FamilyOf(request, "") == ErrorFamily::kQuery ? QueryRoute(request, "sts") : RestRoute(request, "s3");
}

Route Recognise(const HttpRequest& request, std::string_view signing_name) {
  // S3 has no operations by header; a header that names another service's means nothing to it.
  if (signing_name == "s3") return RestRoute(request, signing_name);
  if (const auto target = request.headers.Get("x-amz-target")) return TargetRoute(*target);
  if (request.headers.GetOr("smithy-protocol", "") == "rpc-v2-cbor") return CborRoute(request);
  if (signing_name.empty()) return UnsignedRoute(request);
  const Route query = QueryRoute(request, signing_name);
  return query.service != nullptr ? query : RestRoute(request, signing_name);
}

[[noreturn]] void FailSignature(const HttpRequest& request, std::string_view signing_name, const std::string& why) {
  throw Error(KindOf(AuthenticationFailure::kMismatch, FamilyOf(request, signing_name)), why);
}

void RequireCovered(const HttpRequest& request, const Signature& signature, std::string_view header) {
  if (!request.headers.Get(header) || signature.Covers(header)) return;
  FailSignature(request, signature.service,
                fmt::format("'{}' must be a 'SignedHeader' in the AWS Authorization.", header));
}

// S3 is not asked here: a request to it that has any x-amz- header unsigned is refused by CheckSignature.
void RequireCoveredHeaders(const Route& route, const HttpRequest& request, const Signature& signature) {
  if (route.protocol == Protocol::kRpcV2Cbor) return RequireCovered(request, signature, "smithy-protocol");
  if (route.protocol != Protocol::kRestJson) return RequireCovered(request, signature, "x-amz-target");
  const Shape input = route.operation->input();
  for (std::size_t i = 0; input && i < input.member_count(); ++i) {
    const Member member = input.member(i);
    std::string_view name = member.wire_name();
    if (member.location() == Location::kHeader && name != "content-type" && name != "accept") {
      RequireCovered(request, signature, name);
    }
    if (member.location() != Location::kHeaders) continue;
    for (const auto& [header, value] : request.headers) {
      if (header.starts_with(name)) RequireCovered(request, signature, header);
    }
  }
}

void RequireSignature(const Route& route, const HttpRequest& request, const Signature* signature) {
  if (signature == nullptr) {
    if (route.service->id == "s3" || route.operation->auth_none) return;
    const ErrorFamily family = FamilyOf(request, "");
    throw Error(KindOf(AuthenticationFailure::kNotSigned, family), family == ErrorFamily::kQuery
                                                                       ? "Request is missing Authentication Token"
                                                                       : "Missing Authentication Token");
  }
  if (route.service->signing_name != signature->service) {
    FailSignature(request, signature->service,
                  fmt::format("Credential should be scoped to correct service: '{}'.", route.service->signing_name));
  }
  if (route.service->signing_name != "s3") RequireCoveredHeaders(route, request, *signature);
}

[[noreturn]] void FailNoOperation(const Route& route, const HttpRequest& request, std::string_view signing_name) {
  if (route.protocol == Protocol::kQuery && route.service != nullptr) {
    throw Error({"InvalidAction", 400, Fault::kClient},
                fmt::format("The action {} is not valid for this web service.", ReadAction(request)));
  }
  if (route.service != nullptr && route.service->id == "s3") {
    throw Error({"MethodNotAllowed", 405, Fault::kClient},
                "The specified method is not allowed against this resource.");
  }
  const std::string_view target = request.headers.GetOr("x-amz-target", "");
  if (!target.empty()) throw Error(kUnknownOperation, fmt::format("There is no operation {}.", target));
  throw Error(kUnknownOperation, fmt::format("No operation of service '{}' has the method and path {} {}.",
                                             signing_name, request.method, request.Path().substr(0, 200)));
}

// Splits the path part of a template or request into what lies between slashes.
std::string_view TakeSegment(std::string_view& path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

// The text of a greedy label, leaving `path` at the part for the template segments behind it.
std::string_view TakeGreedy(std::string_view& path, std::string_view rest_of_template) {
  if (path.starts_with('/')) path.remove_prefix(1);
  std::size_t end = path.size();
  for (auto behind = std::count(rest_of_template.begin(), rest_of_template.end(), '/'); behind > 0 && end > 0;
       --behind) {
    const std::size_t slash = path.rfind('/', end - 1);
    if (slash == std::string_view::npos) break;
    end = slash;
  }
  const std::string_view text = path.substr(0, end);
  path.remove_prefix(end);
  return text;
}

}  // namespace

const Operation* MatchRestPath(const Service& service, const HttpRequest& request, std::string_view path) {
  const Operation* operation = Matcher(service, request).Match(path);
  // An upload's last step without its upload id is the form upload of browsers, which no model has.
  if (operation != nullptr && operation->name == "CompleteMultipartUpload" &&
      !HasPair(ParseQuery(request.QueryString(), true), "uploadId")) {
    return nullptr;
  }
  return operation;
}

std::vector<std::pair<std::string_view, std::string>> ReadLabels(const Operation& operation, std::string_view path) {
  std::vector<std::pair<std::string_view, std::string>> labels;
  std::string_view pattern = operation.uri.substr(0, operation.uri.find('?'));
  while (!pattern.empty()) {
    const std::string_view piece = TakeSegment(pattern);
    if (piece.ends_with("+}")) {
      labels.emplace_back(piece.substr(1, piece.size() - 3), UriDecode(TakeGreedy(path, pattern)));
    } else if (piece.starts_with('{')) {
      labels.emplace_back(piece.substr(1, piece.size() - 2), UriDecode(TakeSegment(path)));
    } else if (!piece.empty()) {
      TakeSegment(path);
    }
  }
  return labels;
}

std::string RestPath(const Service& service, const HttpRequest& request) {
  return service.id == "s3" ? PathStylePath(request) : NormalPath(request.Path());
}

Route RecogniseService(const HttpRequest& request, std::string_view signing_name) {
  return Recognise(request, signing_name);
}

Route FindRoute(const HttpRequest& request, const Signature* signature) {
  const std::string_view signing_name = signature == nullptr ? std::string_view() : signature->service;
  const Route route = Recognise(request, signing_name);
  if (route.operation == nullptr) FailNoOperation(route, request, signing_name);
  RequireSignature(route, request, signature);
  return route;
}

Route FindRouteAsSigned(const HttpRequest& request, std::string_view signing_name) {
  Signature signature;
  signature.service = signing_name;
  for (const auto& [name, value] : request.headers) signature.signed_headers.push_back(name);
  return FindRoute(request, signing_name.empty() ? nullptr : &signature);
}

}  // namespace sagebrush::wire
