// OpenID Connect providers: whose tokens sts:AssumeRoleWithWebIdentity takes.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/iam_views.h"

namespace sagebrush::identity {
namespace {

constexpr std::size_t kClientIdsMax = 100;
constexpr std::size_t kThumbprintsMax = 5;

void CheckThumbprints(const std::vector<std::string>& thumbprints) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  for (const auto& thumbprint : thumbprints) {
    if (std::all_of(thumbprint.begin(), thumbprint.end(), is_hex)) continue;
    throw Error(kInvalidInput, fmt::format("Thumbprint {} is not 40 hexadecimal digits.", thumbprint));
  }
  if (thumbprints.size() > kThumbprintsMax) {
    throw Error(kInvalidInput, fmt::format("Thumbprint list must contain fewer than {} entries.", kThumbprintsMax));
  }
}

// "https://issuer.example.com/path" without its scheme: the provider's name. Unlike in AWS it may have a port, for
// providers inside one's own network have.
std::string NameOfUrl(const std::string& url) {
  const std::string_view rest = std::string_view(url).substr(std::min<std::size_t>(url.size(), 8));
  const std::string_view host = rest.substr(0, rest.find('/'));
  const bool plain = std::all_of(rest.begin(), rest.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~/:").find(c) != std::string_view::npos;
  });
  if (!url.starts_with("https://") || host.empty() || !plain || rest.find("..") != std::string_view::npos) {
    throw Error(kInvalidInput,
                "Invalid Open ID Connect Provider URL: it must be https:// with a host and, at most, a "
                "port and a path.");
  }
  return std::string(rest.ends_with('/') ? rest.substr(0, rest.size() - 1) : rest);
}

Json CreateProvider(const Identity& identity, const wire::Call& call) {
  const std::string name = NameOfUrl(GetString(call.input, "Url"));
  const auto thumbprints = NamesIn(call.input, "ThumbprintList");
  const auto clients = NamesIn(call.input, "ClientIDList");
  CheckThumbprints(thumbprints);
  if (clients.size() > kClientIdsMax) {
    throw Error(kLimitExceeded,
                fmt::format("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {}", kClientIdsMax));
  }
  store::Resource provider = NewEntity(identity, call, kOidcProviderEntity, name);
  JsonObject& spec = provider.spec.as_object();
  spec["ClientIDList"] = JsonArray();
  spec["ThumbprintList"] = JsonArray();
  for (const auto& client : clients) AddName(provider.spec, "ClientIDList", client);
  for (const auto& thumbprint : thumbprints) AddName(provider.spec, "ThumbprintList", Lower(thumbprint));
  InsertEntity(identity, kOidcProviderEntity, provider);
  JsonObject out{{"OpenIDConnectProviderArn", GetString(provider.spec, "Arn")}};
  ShowTags(provider.spec, out);
  return out;
}

Json GetProvider(const Identity& identity, const wire::Call& call) {
  const auto provider = GetEntity(identity, kOidcProviderEntity, call.account(), NameIn(call, kOidcProviderEntity));
  JsonObject out{{"Url", provider->key.name},
                 {"ClientIDList", provider->spec.at("ClientIDList")},
                 {"ThumbprintList", provider->spec.at("ThumbprintList")},
                 {"CreateDate", provider->created.ToEpochSeconds()}};
  ShowTags(provider->spec, out);
  return out;
}

Json ListProviders(const Identity& identity, const wire::Call& call) {
  JsonArray list;
  for (const auto& provider : ListDocuments(identity, kOidcProviderKind, call.account())) {
    list.push_back(JsonObject{{"Arn", GetString(provider->spec, "Arn")}});
  }
  return JsonObject{{"OpenIDConnectProviderList", std::move(list)}};
}

// AWS's deletion may be repeated.
Json DeleteProvider(const Identity& identity, const wire::Call& call) {
  const std::string name = NameIn(call, kOidcProviderEntity);
  const auto provider = identity.store().Get(EntityKey(kOidcProviderKind, call.account(), name));
  if (provider != nullptr) DeleteEntity(identity, *provider);
  return JsonObject();
}

void Change(const Identity& identity, const wire::Call& call, const std::function<void(Json& spec)>& change) {
  ChangeEntity(identity, kOidcProviderEntity, call.account(), NameIn(call, kOidcProviderEntity),
               [&](store::Resource& provider) { change(provider.spec); });
}

Json UpdateThumbprint(const Identity& identity, const wire::Call& call) {
  const auto thumbprints = NamesIn(call.input, "ThumbprintList");
  CheckThumbprints(thumbprints);
  Change(identity, call, [&](Json& spec) {
    spec.as_object()["ThumbprintList"] = JsonArray();
    for (const auto& thumbprint : thumbprints) AddName(spec, "ThumbprintList", Lower(thumbprint));
  });
  return JsonObject();
}

Json AddClientId(const Identity& identity, const wire::Call& call) {
  Change(identity, call, [&](Json& spec) {
    AddName(spec, "ClientIDList", GetString(call.input, "ClientID"));
    if (NamesIn(spec, "ClientIDList").size() <= kClientIdsMax) return;
    throw Error(kLimitExceeded,
                fmt::format("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {}", kClientIdsMax));
  });
  return JsonObject();
}

// Nothing to remove is no error, as in AWS.
Json RemoveClientId(const Identity& identity, const wire::Call& call) {
  Change(identity, call, [&](Json& spec) { RemoveName(spec, "ClientIDList", GetString(call.input, "ClientID")); });
  return JsonObject();
}

}  // namespace

void AddOidcProviderOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"CreateOpenIDConnectProvider", CreateProvider},
           {"GetOpenIDConnectProvider", GetProvider},
           {"ListOpenIDConnectProviders", ListProviders},
           {"DeleteOpenIDConnectProvider", DeleteProvider},
           {"UpdateOpenIDConnectProviderThumbprint", UpdateThumbprint},
           {"AddClientIDToOpenIDConnectProvider", AddClientId},
           {"RemoveClientIDFromOpenIDConnectProvider", RemoveClientId}});
}

}  // namespace sagebrush::identity
