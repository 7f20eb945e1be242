#pragma once

#include <string>

#include "objects/object.h"

// The form in which the index keeps what it does not search by: JSON text, digests in base64.
namespace sagebrush::objects {

// Everything of an object but key, size, etag and time; checksum included.
std::string ToAttributes(const Object& object);
void ReadAttributes(std::string_view text, Object& object);

// Everything of an upload but id, bucket, key and time.
std::string ToAttributes(const Upload& upload);
void ReadAttributes(std::string_view text, Upload& upload);

// Keys in base64.
JsonObject ToJson(const Encryption& encryption);
Encryption EncryptionFrom(const Json& document);

// "CRC32:<base64>[:parts]"; empty: none.
std::string ToText(const std::optional<Checksum>& checksum);
std::optional<Checksum> ChecksumFromText(std::string_view text);

std::string ToText(const Tags& tags);
Tags TagsFromText(std::string_view text);

}  // namespace sagebrush::objects
