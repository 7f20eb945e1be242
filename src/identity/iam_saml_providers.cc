// SAML providers, as resources: nobody signs in through one here.
#include <fmt/format.h>
#include <pugixml.hpp>

#include "base/id.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/iam_views.h"

namespace sagebrush::identity {
namespace {

constexpr std::chrono::hours kValid{24 * 365 * 100};  // Of metadata that does not say itself how long it holds.

// When the metadata ends to hold. Throws InvalidInput when it is no description of a SAML identity provider.
// pugixml expands no entities of a document's own, so a small document stays small.
Time ReadMetadata(const std::string& text, Time now) {
  pugi::xml_document document;
  if (!document.load_buffer(text.data(), text.size())) {
    throw Error(kInvalidInput, "Could not parse metadata: it is not well-formed XML.");
  }
  const pugi::xml_node root = document.document_element();
  const std::string_view name = root.name();
  if (name.substr(name.find(':') + 1) != "EntityDescriptor" ||
      std::string_view(root.attribute("entityID").value()).empty()) {
    throw Error(kInvalidInput, "Could not parse metadata: it is no EntityDescriptor with an entityID.");
  }
  const std::string valid_until = root.attribute("validUntil").value();
  if (valid_until.empty()) return now + kValid;
  try {
    return ParseTime(valid_until);
  } catch (const Error&) {
    throw Error(kInvalidInput,
                fmt::format("Could not parse metadata: validUntil is '{}', which is no time.", valid_until));
  }
}

void RefuseEncryption(const Json& input) {
  for (const char* const member : {"AssertionEncryptionMode", "AddPrivateKey", "RemovePrivateKey"}) {
    if (Find(input, member) == nullptr) continue;
    throw Error(kInvalidInput, fmt::format("{} is not taken: this server reads no encrypted SAML assertions.", member));
  }
}

Json CreateProvider(const Identity& identity, const wire::Call& call) {
  RefuseEncryption(call.input);
  const std::string metadata = GetString(call.input, "SAMLMetadataDocument");
  const Time valid_until = ReadMetadata(metadata, identity.clock().Now());
  store::Resource provider = NewEntity(identity, call, kSamlProviderEntity, GetString(call.input, "Name"));
  JsonObject& spec = provider.spec.as_object();
  spec["Metadata"] = metadata;
  spec["ValidUntil"] = valid_until.ToEpochSeconds();
  spec["Uuid"] = NewUniqueId("ASIA");
  InsertEntity(identity, kSamlProviderEntity, provider);
  JsonObject out{{"SAMLProviderArn", GetString(provider.spec, "Arn")}};
  ShowTags(provider.spec, out);
  return out;
}

Json GetProvider(const Identity& identity, const wire::Call& call) {
  const auto provider = GetEntity(identity, kSamlProviderEntity, call.account(), NameIn(call, kSamlProviderEntity));
  JsonObject out{{"SAMLProviderUUID", GetString(provider->spec, "Uuid")},
                 {"SAMLMetadataDocument", GetString(provider->spec, "Metadata")},
                 {"CreateDate", provider->created.ToEpochSeconds()},
                 {"ValidUntil", GetDouble(provider->spec, "ValidUntil")}};
  ShowTags(provider->spec, out);
  return out;
}

Json ListProviders(const Identity& identity, const wire::Call& call) {
  JsonArray list;
  for (const auto& provider : ListDocuments(identity, kSamlProviderKind, call.account())) {
    list.push_back(JsonObject{{"Arn", GetString(provider->spec, "Arn")},
                              {"ValidUntil", GetDouble(provider->spec, "ValidUntil")},
                              {"CreateDate", provider->created.ToEpochSeconds()}});
  }
  return JsonObject{{"SAMLProviderList", std::move(list)}};
}

Json UpdateProvider(const Identity& identity, const wire::Call& call) {
  RefuseEncryption(call.input);
  const std::string metadata = GetString(call.input, "SAMLMetadataDocument");
  if (metadata.empty()) throw Error(kInvalidInput, "SAMLMetadataDocument is missing: there is nothing to update.");
  const Time valid_until = ReadMetadata(metadata, identity.clock().Now());
  ChangeEntity(identity, kSamlProviderEntity, call.account(), NameIn(call, kSamlProviderEntity),
               [&](store::Resource& provider) {
                 provider.spec.as_object()["Metadata"] = metadata;
                 provider.spec.as_object()["ValidUntil"] = valid_until.ToEpochSeconds();
               });
  return JsonObject{{"SAMLProviderArn", GetString(call.input, "SAMLProviderArn")}};
}

Json DeleteProvider(const Identity& identity, const wire::Call& call) {
  DeleteEntity(identity, *GetEntity(identity, kSamlProviderEntity, call.account(), NameIn(call, kSamlProviderEntity)));
  return JsonObject();
}

}  // namespace

void AddSamlProviderOperations(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"CreateSAMLProvider", CreateProvider},
           {"GetSAMLProvider", GetProvider},
           {"ListSAMLProviders", ListProviders},
           {"UpdateSAMLProvider", UpdateProvider},
           {"DeleteSAMLProvider", DeleteProvider}});
}

}  // namespace sagebrush::identity
