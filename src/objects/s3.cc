#include "objects/s3.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/text.h"
#include "objects/acl.h"
#include "objects/checksums.h"
#include "objects/errors.h"
#include "objects/request_keys.h"
#include "objects/request_payment.h"
#include "objects/s3_object_lock.h"
#include "objects/s3_versions.h"
#include "objects/signed_region.h"
#include "objects/storage_class.h"
#include "objects/tag_set.h"
#include "objects/website.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kKeyMax = 1024;
constexpr std::size_t kMetadataMax = 2048;
constexpr std::uint64_t kBodyMax = 5ull << 30;

// Headers that are kept with an object and sent with it again.
constexpr std::array<std::string_view, 6> kContentHeaders{"CacheControl",    "ContentDisposition", "ContentEncoding",
                                                          "ContentLanguage", "ContentType",        "Expires"};

struct Unsupported {
  std::string_view member;
  std::string_view header;
  std::string_view allowed;  // Values that may be given all the same, separated by blanks.
  std::string_view advice;
};
constexpr std::string_view kEventHoldAdvice = "locks end at a date or with their legal hold, not with an event";
constexpr std::array<Unsupported, 4> kUnsupported{{
    {"ObjectLockEventHold", "x-amz-object-lock-event-hold", "", kEventHoldAdvice},
    {"ObjectLockEventHoldDurationDays", "x-amz-object-lock-event-hold-duration-days", "", kEventHoldAdvice},
    {"ObjectLockEventHoldDurationYears", "x-amz-object-lock-event-hold-duration-years", "", kEventHoldAdvice},
    {"WriteOffsetBytes", "x-amz-write-offset-bytes", "", "objects cannot be appended to"},
}};

bool IsAllowed(std::string_view allowed, std::string_view value) {
  while (!allowed.empty()) {
    const std::size_t blank = std::min(allowed.find(' '), allowed.size());
    if (allowed.substr(0, blank) == value) return true;
    allowed.remove_prefix(std::min(blank + 1, allowed.size()));
  }
  return false;
}

// Content-Encoding without aws-chunked, which only describes how the body travelled. The rest stays as it was sent.
std::string WithoutAwsChunked(std::string_view value) {
  std::string out;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view coding = value.substr(0, comma);
    value.remove_prefix(std::min(comma + 1, value.size()));
    if (Trim(coding) == "aws-chunked" || Trim(coding).empty()) continue;
    if (out.empty()) {
      out = Trim(coding);
    } else {
      out.append(",").append(coding);
    }
  }
  return out;
}

constexpr std::array kChecksums{DigestAlgorithm::kCrc32, DigestAlgorithm::kCrc32c, DigestAlgorithm::kCrc64Nvme,
                                DigestAlgorithm::kSha1, DigestAlgorithm::kSha256};
constexpr std::array<std::string_view, 5> kChecksumHeaders{"x-amz-checksum-crc32", "x-amz-checksum-crc32c",
                                                           "x-amz-checksum-crc64nvme", "x-amz-checksum-sha1",
                                                           "x-amz-checksum-sha256"};
constexpr std::array<std::string_view, 5> kUnknownChecksums{"SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"};

[[noreturn]] void RefuseChecksum(std::string_view name) {
  throw Error(kNotImplemented,
              fmt::format("The checksum algorithm {} is not computed here. Use CRC32, CRC32C, CRC64NVME, "
                          "SHA1 or SHA256.",
                          name));
}

// The algorithm that a streamed body announces for its trailer.
std::optional<DigestAlgorithm> TrailerAlgorithm(const wire::Call& call) {
  constexpr std::string_view kPrefix = "x-amz-checksum-";
  if (call.http == nullptr) return std::nullopt;
  const std::string_view trailer = call.http->headers.GetOr("x-amz-trailer", "");
  if (!trailer.starts_with(kPrefix)) return std::nullopt;
  std::string name(trailer.substr(kPrefix.size()));
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const auto algorithm = AlgorithmNamed(name);
  if (!algorithm) RefuseChecksum(name);
  return algorithm;
}

// A requester that says that it pays is told that it did, where it does.
void SayWhoPays(const S3& s3, wire::Call& call) {
  if (GetString(call.input, "RequestPayer") != "requester") return;
  const auto bucket = s3.store.FindBucket(GetString(call.input, "Bucket"));
  if (bucket && RequesterPays(*bucket)) call.reply_headers.Set("x-amz-request-charged", "requester");
}

}  // namespace

void S3Table::Add(const std::string& operation, S3Handler handler, S3Rule rule, wire::RunsOn runs_on) {
  table_.Add("s3", operation,
             {.handler =
                  [s3 = s3_, handler = std::move(handler)](wire::Call& call) {
                    Json output = handler(*s3, call);
                    SayWhoPays(*s3, call);
                    return output;
                  },
              .access =
                  [s3 = s3_, rule = std::move(rule)](const wire::Call& call) {
                    CheckSignedRegion(*s3, call);
                    auto accesses = rule(*s3, call);
                    AddContext(RequestContext(call, s3->clock.Now()), accesses);
                    return accesses;
                  },
              .runs_on = runs_on});
}

S3Rule OnBucket(std::string action) {
  return [action = std::move(action)](const S3& s3, const wire::Call& call) {
    return std::vector{BucketAccess(call.principal, *BucketOf(s3, call), action)};
  };
}

S3Rule OnObject(std::string action) {
  return [action = std::move(action)](const S3& s3, const wire::Call& call) {
    const auto bucket = BucketOf(s3, call);
    const std::string key = KeyOf(call);
    const std::string version = GetString(call.input, "VersionId");
    std::vector accesses{ObjectAccess(call.principal, *bucket, key, ActionOn(call.input, action),
                                      TagContext(s3.store, bucket->name, key, version))};
    if (!HasAcls(*bucket)) return accesses;
    const bool found = AddObjectAcl(s3.store, *bucket, key, version, accesses.front());
    // What is not there grants nothing; whoever may list is told so.
    if (!found && version.empty() && IsGrantedByAcl(AclOn::kObject, action)) {
      ThrowMissing(s3, call, *bucket, key, version);
    }
    return accesses;
  };
}

std::string ActionOn(const Json& document, std::string action) {
  constexpr std::string_view kObject = "Object";
  const std::size_t at = action.find(kObject);
  if (!GetString(document, "VersionId").empty() && at != std::string::npos)
    action.insert(at + kObject.size(), "Version");
  return action;
}

std::vector<wire::Access> WriteRule(const S3& s3, const wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  JsonObject context;
  const std::string tagging = GetString(call.input, "Tagging");
  if (!tagging.empty()) {
    JsonArray keys;
    for (const auto& [key, value] : ReadTagHeader(tagging)) {
      context["s3:RequestObjectTag/" + key] = value;
      keys.push_back(Json(key));
    }
    context["s3:RequestObjectTagKeys"] = std::move(keys);
  }
  const std::string key = KeyOf(call);
  std::vector<wire::Access> accesses{ObjectAccess(call.principal, *bucket, key, "s3:PutObject", context)};
  if (!tagging.empty()) {
    accesses.push_back(ObjectAccess(call.principal, *bucket, key, "s3:PutObjectTagging", context));
  }
  AddLockAccesses(call, *bucket, key, accesses);
  if (HasAcls(*bucket) && GivesAcl(call.input)) {
    accesses.push_back(ObjectAccess(call.principal, *bucket, key, "s3:PutObjectAcl", context));
  }
  return accesses;
}

std::shared_ptr<const Bucket> BucketOf(const S3& s3, const wire::Call& call) {
  const std::string name = GetString(call.input, "Bucket");
  auto bucket = s3.store.FindBucket(name);
  if (!bucket) ThrowNoSuchBucket(name);
  const std::string expected = GetString(call.input, "ExpectedBucketOwner");
  if (!expected.empty() && expected != bucket->account) throw Error(kS3AccessDenied, "Access Denied");
  return bucket;
}

std::string KeyOf(const wire::Call& call) { return GetString(call.input, "Key"); }

std::string NewKeyOf(const wire::Call& call) {
  std::string key = KeyOf(call);
  if (key.size() > kKeyMax) {
    throw Error(kKeyTooLong, "Your key is too long",
                JsonObject{{"Size", static_cast<std::int64_t>(key.size())}, {"MaxSizeAllowed", kKeyMax}});
  }
  return key;
}

std::optional<std::string> OptionalString(const Json& document, std::string_view name) {
  const Json* value = Find(document, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<Time> OptionalTime(const Json& document, std::string_view name) {
  const Json* value = Find(document, name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return Time::FromEpochSeconds(value->to_number<double>());
}

void CheckWithin(const S3& s3, const wire::Call& call, std::vector<wire::Access> accesses) {
  AddContext(RequestContext(call, s3.clock.Now()), accesses);
  s3.authorizer.Check(call, accesses);
}

void RefuseUnsupported(const Json& input) {
  for (const Unsupported& row : kUnsupported) {
    const Json* value = Find(input, row.member);
    if (value == nullptr || value->is_null()) continue;
    if (value->is_string() && IsAllowed(row.allowed, value->get_string())) continue;
    throw Error(kNotImplemented,
                fmt::format("A header you provided implies functionality that is not implemented: {}: {}.", row.header,
                            row.advice),
                JsonObject{{"Header", row.header}});
  }
}

Cause CauseOf(const wire::Call& call, std::string reason) {
  const bool anonymous = call.account().empty();
  return {.reason = std::move(reason),
          .request_id = call.request_id,
          .requester = anonymous ? "anonymous" : call.account(),
          .source_ip = call.http != nullptr ? call.http->peer_address : ""};
}

Properties ReadProperties(const Json& input) {
  Properties properties;
  for (const std::string_view name : kContentHeaders) {
    std::string value = GetString(input, name);
    if (name == "ContentEncoding") value = WithoutAwsChunked(value);
    if (!value.empty()) properties.headers.emplace(name, value);
  }
  SetStorageClass(properties, ReadStorageClass(input));
  SetRedirectLocation(properties, input);
  std::size_t size = 0;
  if (const Json* metadata = Find(input, "Metadata"); metadata != nullptr && metadata->is_object()) {
    for (const auto& entry : metadata->get_object()) {
      const std::string_view value = entry.value().as_string();
      size += entry.key().size() + value.size();
      properties.metadata.emplace(entry.key(), value);
    }
  }
  if (size > kMetadataMax) {
    throw Error(kMetadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size",
                JsonObject{{"Size", static_cast<std::int64_t>(size)}, {"MaxSizeAllowed", kMetadataMax}});
  }
  const Json* tagging = Find(input, "Tagging");
  if (tagging != nullptr && tagging->is_string()) properties.tags = ReadTagHeader(tagging->get_string());
  return properties;
}

std::optional<Checksum> ReadChecksum(const Json& document) {
  for (const std::string_view name : kUnknownChecksums) {
    if (Find(document, "Checksum" + std::string(name)) != nullptr) RefuseChecksum(name);
  }
  std::optional<Checksum> found;
  for (const DigestAlgorithm algorithm : kChecksums) {
    const std::string member = fmt::format("Checksum{}", NameOf(algorithm));
    std::string text = GetString(document, member);
    if (text.empty()) continue;
    if (found)
      throw Error(kInvalidRequest,
                  "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    found = Checksum{.algorithm = algorithm};
    const std::size_t dash = text.find('-');
    if (dash != std::string::npos) found->parts = std::atoi(text.c_str() + dash + 1);
    if (!FromBase64(text.substr(0, dash), found->value) || found->value.empty()) {
      throw Error(kInvalidDigest, fmt::format("Value for x-amz-checksum-{} header is invalid.", NameOf(algorithm)));
    }
  }
  return found;
}

WriteOptions ReadWriteOptions(const wire::Call& call) {
  WriteOptions options;
  if (const auto checksum = ReadChecksum(call.input)) {
    options.checksum = checksum->algorithm;
    options.expected_checksum = checksum->value;
  } else if (const auto trailer = TrailerAlgorithm(call)) {
    options.checksum = *trailer;
  } else if (const auto name = OptionalString(call.input, "ChecksumAlgorithm")) {
    const auto algorithm = AlgorithmNamed(*name);
    if (!algorithm) RefuseChecksum(*name);
    options.checksum = *algorithm;
  }
  const auto absent = OptionalString(call.input, "IfNoneMatch");
  if (absent && *absent != "*") {
    throw Error(kNotImplemented,
                "A header you provided implies functionality that is not implemented: If-None-Match "
                "takes only * when writing.",
                JsonObject{{"Header", "If-None-Match"}});
  }
  options.condition.if_absent = absent.has_value();
  if (const auto etag = OptionalString(call.input, "IfMatch")) options.condition.if_etag = Unquoted(*etag);
  return options;
}

ReadCondition ReadConditions(const Json& input, const std::string& prefix) {
  return {.if_match = OptionalString(input, prefix + "IfMatch"),
          .if_none_match = OptionalString(input, prefix + "IfNoneMatch"),
          .if_modified_since = OptionalTime(input, prefix + "IfModifiedSince"),
          .if_unmodified_since = OptionalTime(input, prefix + "IfUnmodifiedSince")};
}

std::string Quoted(std::string_view etag) { return '"' + std::string(etag) + '"'; }

std::string Unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

double Seconds(Time time) { return time.ToEpochSeconds(); }

void AddChecksum(const std::optional<Checksum>& checksum, JsonObject& output, bool with_type) {
  if (!checksum) return;
  std::string text = ToBase64(checksum->value);
  if (checksum->parts > 0) text += "-" + std::to_string(checksum->parts);
  output[fmt::format("Checksum{}", NameOf(checksum->algorithm))] = text;
  if (with_type) output["ChecksumType"] = checksum->parts > 0 ? "COMPOSITE" : "FULL_OBJECT";
}

JsonObject OwnerOf(const std::string& account) { return {{"ID", CanonicalId(account)}}; }

bool BringsChecksum(const wire::Call& call) {
  if (call.http == nullptr) return true;
  const wire::Headers& headers = call.http->headers;
  return headers.Get("content-md5") || headers.Get("x-amz-trailer") ||
         std::ranges::any_of(kChecksumHeaders, [&](std::string_view name) { return headers.Get(name).has_value(); });
}

void RequireChecksum(const wire::Call& call) {
  if (BringsChecksum(call)) return;
  throw Error(kInvalidRequest, "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
}

void CheckBodySize(const wire::Call& call) {
  const auto length = call.body != nullptr ? call.body->Length() : std::nullopt;
  if (!length || *length <= kBodyMax) return;
  throw Error(kEntityTooLarge, "Your proposed upload exceeds the maximum allowed size",
              JsonObject{{"ProposedSize", static_cast<std::int64_t>(*length)},
                         {"MaxSizeAllowed", static_cast<std::int64_t>(kBodyMax)}});
}

void AddS3Operations(wire::OperationTable& table, ObjectStore& store, const ObjectKeys& keys,
                     const wire::Authorizer& authorizer, const Clock& clock, const S3Settings& settings) {
  S3Table s3(table, {store, keys, authorizer, clock, settings});
  AddBucketOperations(s3);
  AddBucketPolicyOperations(s3);
  AddBucketConfigurationOperations(s3);
  AddAbsentConfigurationOperations(s3);
  AddVersionOperations(s3);
  AddObjectLockOperations(s3);
  AddLifecycleOperations(s3);
  AddAclOperations(s3);
  AddTaggingOperations(s3);
  AddListingOperations(s3);
  AddReadOperations(s3);
  AddWriteOperations(s3);
  AddCopyOperations(s3);
  AddMultipartOperations(s3);
}

}  // namespace sagebrush::objects
