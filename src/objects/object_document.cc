#include "objects/object_document.h"

#include <charconv>

#include "base/encoding.h"
#include "base/text.h"
#include "objects/acl.h"
#include "objects/checksums.h"

namespace sagebrush::objects {
namespace {

JsonObject ToJson(const std::map<std::string, std::string>& values) {
  JsonObject out;
  for (const auto& [name, value] : values) out[name] = value;
  return out;
}

std::map<std::string, std::string> MapFrom(const JsonObject& document) {
  std::map<std::string, std::string> out;
  for (const auto& member : document) out.emplace(member.key(), std::string(member.value().as_string()));
  return out;
}

void AddMember(JsonObject& out, std::string_view object, const std::string& name, const std::string& value) {
  Json& slot = out[object];
  if (!slot.is_object()) slot = JsonObject();
  slot.get_object()[name] = value;
}

JsonArray ToJson(const Tags& tags) {
  JsonArray out;
  for (const auto& [key, value] : tags) out.push_back(JsonArray{Json(key), Json(value)});
  return out;
}

Tags TagsFrom(const JsonArray& document) {
  Tags tags;
  for (const Json& tag : document) {
    tags.emplace_back(std::string(tag.at(0).as_string()), std::string(tag.at(1).as_string()));
  }
  return tags;
}

void AddProperties(const Properties& properties, JsonObject& out) {
  if (!properties.headers.empty()) out["h"] = ToJson(properties.headers);
  for (const auto& [name, value] : properties.metadata) {
    if (IsUtf8(value)) {
      AddMember(out, "m", name, value);
    } else {
      AddMember(out, "b", name, ToBase64(value));
    }
  }
  if (!properties.tags.empty()) out["t"] = ToJson(properties.tags);
  if (const auto& retention = properties.lock.retention) {
    out["r"] = JsonArray{Json(NameOf(retention->mode)), Json(retention->until.milliseconds)};
  }
  if (properties.lock.legal_hold) out["l"] = *properties.lock.legal_hold;
  if (properties.acl) out["a"] = AclDocument(*properties.acl);
}

Properties PropertiesFrom(const JsonObject& document) {
  Properties properties;
  if (const Json* headers = document.if_contains("h")) properties.headers = MapFrom(headers->as_object());
  if (const Json* metadata = document.if_contains("m")) properties.metadata = MapFrom(metadata->as_object());
  if (const Json* bytes = document.if_contains("b")) {
    for (const auto& [name, text] : MapFrom(bytes->as_object())) FromBase64(text, properties.metadata[name]);
  }
  if (const Json* tags = document.if_contains("t")) properties.tags = TagsFrom(tags->as_array());
  if (const Json* retention = document.if_contains("r")) {
    const bool compliance = retention->at(0).as_string() == NameOf(RetentionMode::kCompliance);
    properties.lock.retention = Retention{compliance ? RetentionMode::kCompliance : RetentionMode::kGovernance,
                                          {retention->at(1).to_number<std::int64_t>()}};
  }
  if (const Json* hold = document.if_contains("l")) properties.lock.legal_hold = hold->as_bool();
  if (const Json* acl = document.if_contains("a")) properties.acl = AclFrom(*acl);
  return properties;
}

constexpr std::pair<EncryptionForm, std::string_view> kForms[] = {
    {EncryptionForm::kS3, "s3"}, {EncryptionForm::kKms, "kms"}, {EncryptionForm::kCustomer, "customer"}};

JsonArray PartsToJson(const std::vector<Part>& parts) {
  JsonArray out;
  for (const Part& part : parts) {
    out.push_back(JsonArray{Json(part.number), Json(part.size), Json(part.etag), Json(ToText(part.checksum)),
                            Json(ToBase64(part.stored_crc))});
  }
  return out;
}

std::vector<Part> PartsFrom(const JsonArray& document) {
  std::vector<Part> parts;
  for (const Json& row : document) {
    Part& part = parts.emplace_back();
    part.number = row.at(0).to_number<int>();
    part.size = row.at(1).to_number<std::uint64_t>();
    part.etag = row.at(2).as_string();
    part.checksum = ChecksumFromText(row.at(3).as_string());
    if (row.as_array().size() > 4) FromBase64(row.at(4).as_string(), part.stored_crc);  // Earlier servers had none.
  }
  return parts;
}

void AddEncryption(const Encryption& encryption, JsonObject& out) {
  if (encryption.form != EncryptionForm::kNone) out["e"] = ToJson(encryption);
}

// Earlier servers kept among the headers what the client had asked for, and the bytes plain.
Encryption ReadEncryption(const Json& document, Properties& properties) {
  if (const Json* encryption = Find(document, "e")) return EncryptionFrom(*encryption);
  const auto header = properties.headers.extract("ServerSideEncryption");
  if (header.empty()) return {};
  return {.form = header.mapped() == "AES256" ? EncryptionForm::kS3 : EncryptionForm::kKms};
}

}  // namespace

JsonObject ToJson(const Encryption& encryption) {
  JsonObject out;
  for (const auto& [form, name] : kForms) {
    if (form == encryption.form) out["form"] = name;
  }
  if (!encryption.kms_key.empty()) out["key"] = encryption.kms_key;
  if (!encryption.kms_context.empty()) out["context"] = encryption.kms_context;
  if (encryption.bucket_key) out["bucket_key"] = true;
  if (!encryption.wrapped_key.empty()) out["wrapped"] = ToBase64(encryption.wrapped_key);
  if (!encryption.sealed_key.empty()) out["sealed"] = ToBase64(encryption.sealed_key);
  return out;
}

Encryption EncryptionFrom(const Json& document) {
  Encryption encryption;
  const std::string form = GetString(document, "form");
  for (const auto& [known, name] : kForms) {
    if (form == name) encryption.form = known;
  }
  encryption.kms_key = GetString(document, "key");
  encryption.kms_context = GetString(document, "context");
  encryption.bucket_key = GetBool(document, "bucket_key");
  FromBase64(GetString(document, "wrapped"), encryption.wrapped_key);
  FromBase64(GetString(document, "sealed"), encryption.sealed_key);
  return encryption;
}

std::string ToAttributes(const Object& object) {
  JsonObject out;
  AddProperties(object.properties, out);
  AddEncryption(object.encryption, out);
  if (!object.stored_crc.empty()) out["c"] = ToBase64(object.stored_crc);
  if (!object.parts.empty()) out["p"] = PartsToJson(object.parts);
  return sagebrush::ToText(Json(std::move(out)));
}

void ReadAttributes(std::string_view text, Object& object) {
  const Json document = ParseStoredJson(text, "The index entry of object " + object.key);
  object.properties = PropertiesFrom(document.as_object());
  object.encryption = ReadEncryption(document, object.properties);
  FromBase64(GetString(document, "c"), object.stored_crc);
  if (const Json* parts = document.as_object().if_contains("p")) object.parts = PartsFrom(parts->as_array());
}

std::string ToAttributes(const Upload& upload) {
  JsonObject out;
  AddProperties(upload.properties, out);
  AddEncryption(upload.encryption, out);
  out["initiator"] = upload.initiator;
  if (upload.checksum_algorithm) out["algorithm"] = NameOf(*upload.checksum_algorithm);
  out["composite"] = upload.checksum_composite;
  return sagebrush::ToText(Json(std::move(out)));
}

void ReadAttributes(std::string_view text, Upload& upload) {
  const Json document = ParseStoredJson(text, "The index entry of upload " + upload.id);
  upload.properties = PropertiesFrom(document.as_object());
  upload.encryption = ReadEncryption(document, upload.properties);
  upload.initiator = GetString(document, "initiator");
  upload.checksum_algorithm = AlgorithmNamed(GetString(document, "algorithm"));
  upload.checksum_composite = GetBool(document, "composite");
}

std::string ToText(const std::optional<Checksum>& checksum) {
  if (!checksum) return "";
  std::string text(NameOf(checksum->algorithm));
  text += ":" + ToBase64(checksum->value);
  if (checksum->parts > 0) text += ":" + std::to_string(checksum->parts);
  return text;
}

std::optional<Checksum> ChecksumFromText(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Checksum checksum;
  const auto algorithm = AlgorithmNamed(text.substr(0, colon));
  if (!algorithm) return std::nullopt;
  checksum.algorithm = *algorithm;
  const std::size_t end = std::min(text.find(':', colon + 1), text.size());
  FromBase64(text.substr(colon + 1, end - colon - 1), checksum.value);
  if (end < text.size()) std::from_chars(text.data() + end + 1, text.data() + text.size(), checksum.parts);
  return checksum;
}

std::string ToText(const Tags& tags) { return tags.empty() ? "" : sagebrush::ToText(Json(ToJson(tags))); }

Tags TagsFromText(std::string_view text) {
  return text.empty() ? Tags() : TagsFrom(ParseStoredJson(text, "A stored tag set").as_array());
}

}  // namespace sagebrush::objects
