#include "objects/request_keys.h"

#include <algorithm>

#include "base/encoding.h"
#include "objects/copy_source.h"
#include "wire/model.h"

namespace sagebrush::objects {
namespace {

constexpr std::string_view kRetainUntil = "s3:object-lock-retain-until-date";
constexpr std::string_view kLists = "ListObjects ListObjectsV2 ListObjectVersions";
constexpr std::string_view kWrites = "PutObject CopyObject CompleteMultipartUpload DeleteObject";

// docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
constexpr RequestKey kRequestKeys[] = {
    {"s3:delimiter", "Delimiter", kLists},
    {"s3:if-match", "IfMatch", kWrites},
    {"s3:if-none-match", "IfNoneMatch", kWrites},
    {"s3:locationconstraint", "CreateBucketConfiguration.LocationConstraint", ""},
    {"s3:max-keys", "MaxKeys", kLists},
    {"s3:object-lock-legal-hold", "ObjectLockLegalHoldStatus", ""},
    {"s3:object-lock-legal-hold", "LegalHold.Status", "PutObjectLegalHold"},
    {"s3:object-lock-mode", "ObjectLockMode", ""},
    {"s3:object-lock-mode", "Retention.Mode", "PutObjectRetention"},
    {kRetainUntil, "ObjectLockRetainUntilDate", ""},
    {kRetainUntil, "Retention.RetainUntilDate", "PutObjectRetention"},
    {"s3:prefix", "Prefix", kLists},
    {"s3:versionid", "VersionId", ""},
    {"s3:x-amz-acl", "ACL", ""},
    {"s3:x-amz-bucket-namespace", "BucketNamespace", ""},
    {"s3:x-amz-grant-full-control", "GrantFullControl", ""},
    {"s3:x-amz-grant-read", "GrantRead", ""},
    {"s3:x-amz-grant-read-acp", "GrantReadACP", ""},
    {"s3:x-amz-grant-write", "GrantWrite", ""},
    {"s3:x-amz-grant-write-acp", "GrantWriteACP", ""},
    {"s3:x-amz-metadata-directive", "MetadataDirective", ""},
    {"s3:x-amz-object-ownership", "ObjectOwnership", ""},
    {"s3:x-amz-server-side-encryption", "ServerSideEncryption", ""},
    {"s3:x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId", ""},
    {"s3:x-amz-server-side-encryption-customer-algorithm", "SSECustomerAlgorithm", ""},
    {"s3:x-amz-storage-class", "StorageClass", ""},
    {"s3:x-amz-website-redirect-location", "WebsiteRedirectLocation", ""},
};

// Of the retention that is asked for, in whole days.
constexpr std::string_view kRemainingDays = "s3:object-lock-remaining-retention-days";

constexpr std::string_view kOtherKeys[] = {
    "s3:authType",           "s3:signatureAge",         "s3:signatureversion",     "s3:TlsVersion",
    "s3:ResourceAccount",    "s3:x-amz-content-sha256", "s3:x-amz-copy-source",    "s3:ObjectCreationOperation",
    "s3:ExistingObjectTag/", "s3:RequestObjectTag/",    "s3:RequestObjectTagKeys", kRemainingDays,
};

bool Names(std::string_view operations, std::string_view operation) {
  while (!operations.empty()) {
    const std::size_t blank = std::min(operations.find(' '), operations.size());
    if (operations.substr(0, blank) == operation) return true;
    operations.remove_prefix(std::min(blank + 1, operations.size()));
  }
  return false;
}

bool IsDate(const RequestKey& row) { return row.key == kRetainUntil; }

std::string AsText(const RequestKey& row, const Json& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (IsDate(row)) return ToIso8601(Time::FromEpochSeconds(value.to_number<double>()));
  return ToText(value);
}

std::optional<std::string> QueryValue(const wire::HttpRequest& http, std::string_view name) {
  for (const auto& [key, value] : wire::ParseQuery(http.QueryString(), false)) {
    if (key == name) return value;
  }
  return std::nullopt;
}

// How the request was signed. A request of nobody has none of these, and neither has one from inside the server.
void AddSignature(const wire::Call& call, Time now, JsonObject& context) {
  if (call.http == nullptr) return;
  const wire::HttpRequest& http = *call.http;
  if (const auto header = http.headers.Get("authorization")) {
    context["s3:authType"] = "REST-HEADER";
    context["s3:signatureversion"] = header->starts_with("AWS ") ? "AWS" : "AWS4-HMAC-SHA256";
  } else if (!call.principal.access_key_id.empty()) {
    context["s3:authType"] = "REST-QUERY-STRING";
    const auto date = QueryValue(http, "X-Amz-Date");
    context["s3:signatureversion"] = date ? "AWS4-HMAC-SHA256" : "AWS";
    // Version 2 says when the signature ends, not when it was made.
    if (date) context["s3:signatureAge"] = std::to_string((now - ParseTime(*date)).count());
  }
  const auto digest = http.headers.Get("x-amz-content-sha256");
  if (digest) context["s3:x-amz-content-sha256"] = *digest;
  if (!http.tls_version.empty()) context["s3:TlsVersion"] = http.tls_version;
}

void AddRemainingDays(const wire::Call& call, Time now, JsonObject& context) {
  for (const RequestKey& row : kRequestKeys) {
    const Json* const until = IsDate(row) ? Find(call.input, row.member) : nullptr;
    if (until == nullptr || !until->is_number()) continue;
    const auto left = Time::FromEpochSeconds(until->to_number<double>()) - now;
    context[kRemainingDays] = std::to_string(left / std::chrono::hours(24));
  }
}

// Whether the operation makes an object, or only prepares one: policies that ask for conditional writes except parts.
void AddCreation(std::string_view operation, JsonObject& context) {
  if (Names("PutObject CopyObject CompleteMultipartUpload", operation)) context["s3:ObjectCreationOperation"] = "true";
  if (Names("CreateMultipartUpload UploadPart UploadPartCopy", operation)) {
    context["s3:ObjectCreationOperation"] = "false";
  }
}

}  // namespace

std::span<const RequestKey> RequestKeys() { return kRequestKeys; }
std::span<const std::string_view> OtherKeys() { return kOtherKeys; }

JsonObject RequestContext(const wire::Call& call, Time now) {
  JsonObject context;
  for (const RequestKey& row : kRequestKeys) {
    if (!row.operations.empty() && !Names(row.operations, call.operation.name)) continue;
    const Json* const value = Find(call.input, row.member);
    if (value != nullptr && !value->is_null()) context[row.key] = AsText(row, *value);
  }
  if (const std::string source = GetString(call.input, "CopySource"); !source.empty()) {
    const CopySource parsed = CopySource::Parse(source);
    context["s3:x-amz-copy-source"] = parsed.bucket + "/" + parsed.key;
    if (!parsed.version.empty()) context["s3:versionid"] = parsed.version;
  }
  AddRemainingDays(call, now, context);
  AddSignature(call, now, context);
  AddCreation(call.operation.name, context);
  return context;
}

void AddContext(const JsonObject& context, std::vector<wire::Access>& accesses) {
  for (wire::Access& access : accesses) {
    for (const auto& entry : context) access.context.emplace(entry.key(), entry.value());
  }
}

}  // namespace sagebrush::objects
