#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "objects/encryption.h"

namespace sagebrush::objects {

using Tags = std::vector<std::pair<std::string, std::string>>;

// What one entry of an access control list gives to whom.
struct Grant {
  std::string grantee;     // A canonical id, or a group by its URI.
  std::string permission;  // READ, WRITE, READ_ACP, WRITE_ACP, FULL_CONTROL.
  bool operator==(const Grant&) const = default;
};
using Acl = std::vector<Grant>;

// Whether a bucket keeps the versions of its objects. Once they were kept, it is never again as if they had not been.
enum class Versioning { kNever, kEnabled, kSuspended };

// The id of the one version that an object has where versions were not kept when it was written.
inline constexpr std::string_view kNullVersion = "null";

struct Bucket {
  std::int64_t id = 0;  // Set by the store; a bucket re-created under an old name is another bucket.
  std::string name;
  std::string account;  // The owner.
  std::string region;
  Time created;
  Versioning versioning = Versioning::kNever;
  Tags tags;
  std::string policy;    // Its text, as it was put; empty: none.
  Json policy_document;  // `policy` parsed; null: none.
  // What else was configured, by the member of the operation that puts it: CORSConfiguration, ...
  std::map<std::string, Json, std::less<>> configurations;
};

// nullptr: not configured.
inline const Json* ConfigurationOf(const Bucket& bucket, std::string_view name) {
  const auto found = bucket.configurations.find(name);
  return found == bucket.configurations.end() ? nullptr : &found->second;
}

struct Checksum {
  DigestAlgorithm algorithm = DigestAlgorithm::kCrc64Nvme;
  std::string value;  // Raw bytes.
  int parts = 0;      // Above 0: the checksum of the checksums of that many parts, S3's COMPOSITE type.
  bool operator==(const Checksum&) const = default;
};

struct Part {
  int number = 0;
  std::uint64_t size = 0;
  std::string etag;  // As Object::etag.
  std::optional<Checksum> checksum;
  Time modified;
  std::string stored_crc;  // As Object::stored_crc.
};

enum class RetentionMode { kGovernance, kCompliance };
constexpr std::string_view NameOf(RetentionMode mode) {
  return mode == RetentionMode::kGovernance ? "GOVERNANCE" : "COMPLIANCE";
}

struct Retention {
  RetentionMode mode = RetentionMode::kGovernance;
  Time until;
  bool operator==(const Retention&) const = default;
};

// What keeps a version from being deleted (object_lock.h).
struct Lock {
  std::optional<Retention> retention;
  std::optional<bool> legal_hold;  // nullopt: nobody has said.
  bool operator==(const Lock&) const = default;
};

// What the one who writes an object says about it.
struct Properties {
  std::map<std::string, std::string> headers;   // By name in the service model: ContentType, CacheControl, ...
  std::map<std::string, std::string> metadata;  // Names without x-amz-meta-, in lower case.
  Tags tags;
  Lock lock;
  std::optional<Acl> acl{};  // nullopt: all to the owner, nothing to anybody else.
};

struct Object {
  std::string key;
  std::string version = std::string(kNullVersion);
  bool delete_marker = false;  // It says that the object is gone: there is nothing but key, version and time.
  std::uint64_t size = 0;
  // Without quotes: 32 hex digits, the MD5 unless the encryption forbids it (Encryption::HasMd5Etag); of a multipart
  // object "<md5 of the parts' tags>-<parts>".
  std::string etag;
  Time modified;
  std::optional<Checksum> checksum;
  Encryption encryption;    // None in listings.
  std::string stored_crc;   // CRC-64/NVME, raw, of the bytes as they are stored; empty: of parts, or stored plain.
  Properties properties;    // Empty in listings, but for the storage class.
  std::vector<Part> parts;  // Of a multipart object, in order; empty in listings.
};

// A multipart upload that was begun.
struct Upload {
  std::string id;
  std::string bucket;
  std::string key;
  Time initiated;
  std::string initiator;  // ARN.
  Encryption encryption;  // Of the object, and of every part.
  Properties properties;
  std::optional<DigestAlgorithm> checksum_algorithm;
  bool checksum_composite = false;  // Else of the full object.
};

}  // namespace sagebrush::objects
