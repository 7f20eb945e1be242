// CopyObject, and what it shares with UploadPartCopy.
#include "base/encoding.h"
#include "objects/acl.h"
#include "objects/checksums.h"
#include "objects/copy_source.h"
#include "objects/errors.h"
#include "objects/s3_encryption.h"
#include "objects/s3_lifecycle.h"
#include "objects/s3_object_lock.h"
#include "objects/storage_class.h"
#include "objects/website.h"

namespace sagebrush::objects {
namespace {

constexpr std::uint64_t kCopySizeMax = 5ull << 30;

std::shared_ptr<const Bucket> SourceBucket(const S3& s3, const wire::Call& call, const CopySource& source) {
  auto bucket = s3.store.FindBucket(source.bucket);
  if (!bucket) ThrowNoSuchBucket(source.bucket);
  const std::string expected = GetString(call.input, "ExpectedSourceBucketOwner");
  if (!expected.empty() && expected != bucket->account) throw Error(kS3AccessDenied, "Access Denied");
  return bucket;
}

bool Replaces(const Json& input, std::string_view directive) {
  const std::string value = GetString(input, directive);
  if (value.empty() || value == "COPY") return false;
  if (value == "REPLACE") return true;
  throw Error(kInvalidArgument, fmt::format("Unknown {}: {}. Use COPY or REPLACE.", directive, value),
              JsonObject{{"ArgumentName", directive}, {"ArgumentValue", value}});
}

Properties PropertiesOfCopy(const Json& input, const Object& source) {
  const Properties given = ReadProperties(input);
  Properties properties = Replaces(input, "MetadataDirective") ? given : source.properties;
  properties.tags = Replaces(input, "TaggingDirective") ? given.tags : source.properties.tags;
  // Never the source's.
  SetStorageClass(properties, ReadStorageClass(input));
  SetRedirectLocation(properties, input);
  return properties;
}

void RefuseCopyOntoItself(const wire::Call& call) {
  const CopySource source = CopySource::Parse(GetString(call.input, "CopySource"));
  if (source.bucket != GetString(call.input, "Bucket") || source.key != KeyOf(call)) return;
  if (!source.version.empty()) return;  // It brings an older version back.
  if (Replaces(call.input, "MetadataDirective")) return;
  for (const char* member :
       {"StorageClass", "ServerSideEncryption", "SSECustomerAlgorithm", "WebsiteRedirectLocation"}) {
    if (Find(call.input, member) != nullptr) return;
  }
  throw Error(kInvalidRequest,
              "This copy request is illegal because it is trying to copy an object to itself without changing the "
              "object's metadata, storage class, website redirect location or encryption attributes.");
}

Json CopyObject(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const std::string key = NewKeyOf(call);
  RefuseUnsupported(call.input);
  RefuseCopyOntoItself(call);
  const OpenedObject source = OpenSource(s3, call);
  if (source.object.size > kCopySizeMax) {
    throw Error(kInvalidRequest,
                "The specified copy source is larger than the maximum allowable size for a copy "
                "source: 5368709120");
  }
  WriteOptions options = ReadWriteOptions(call);
  if (Find(call.input, "ChecksumAlgorithm") == nullptr && source.object.checksum) {
    options.checksum = source.object.checksum->algorithm;
  }
  Properties properties = PropertiesOfCopy(call.input, source.object);
  properties.lock = ReadLock(s3, call, *bucket);
  options.key = NewObjectKey(s3, call, *bucket, key, source.data_key);
  options.cause = CauseOf(call, "CopyObject");
  properties.acl = ReadAcl(*bucket, AclOn::kObject, call.input);  // Never the source's.
  const Object object = s3.store.Copy(source, bucket->name, key, properties, options);
  JsonObject result{{"ETag", Quoted(object.etag)}, {"LastModified", Seconds(object.modified)}};
  AddChecksum(object.checksum, result);
  JsonObject output{{"CopyObjectResult", std::move(result)}};
  AddVersion(*bucket, object, output);
  AddExpiration(s3, *bucket, object, output);
  AddSourceVersion(s3, call, source.object, output);
  AddNewEncryption(object.encryption, call, output);
  return output;
}

}  // namespace

CopySource CopySource::Parse(std::string_view header) {
  constexpr std::string_view kMark = "?versionId=";
  std::optional<Json> named;
  if (const std::size_t mark = header.find(kMark); mark != std::string_view::npos) {
    named = JsonObject{{"VersionId", UriDecode(header.substr(mark + kMark.size()))}};
    header = header.substr(0, mark);
  }
  std::string path = UriDecode(header);
  if (path.starts_with('/')) path.erase(0, 1);
  const std::size_t slash = path.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == path.size() || path.starts_with("arn:")) {
    throw Error(kInvalidArgument, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                JsonObject{{"ArgumentName", "x-amz-copy-source"}, {"ArgumentValue", header}});
  }
  return {path.substr(0, slash), path.substr(slash + 1), named ? VersionOf(*named) : ""};
}

OpenedObject OpenSource(const S3& s3, const wire::Call& call) {
  const CopySource source = CopySource::Parse(GetString(call.input, "CopySource"));
  const auto bucket = SourceBucket(s3, call, source);
  auto opened = s3.store.Open(source.bucket, source.key, source.version);
  if (!opened) ThrowMissing(s3, call, *bucket, source.key, source.version);
  if (opened->object.delete_marker) {
    throw Error(kInvalidRequest,
                "The source of a copy request may not specifically refer to a delete marker by version id.");
  }
  const ReadVerdict verdict = Evaluate(ReadConditions(call.input, "CopySource"), opened->object);
  if (verdict.outcome != ReadOutcome::kSend)
    ThrowPreconditionFailed(fmt::format("x-amz-copy-source-{}", verdict.header));
  Unlock(s3, call, *bucket, *opened, "CopySource");
  return std::move(*opened);
}

void AddSourceVersion(const S3& s3, const wire::Call& call, const Object& source, JsonObject& output) {
  const auto bucket = s3.store.FindBucket(CopySource::Parse(GetString(call.input, "CopySource")).bucket);
  if (bucket) AddVersion(*bucket, source, output, "CopySourceVersionId");
}

std::vector<wire::Access> CopyRule(const S3& s3, const wire::Call& call) {
  const CopySource source = CopySource::Parse(GetString(call.input, "CopySource"));
  const auto bucket = SourceBucket(s3, call, source);
  std::vector<wire::Access> accesses = WriteRule(s3, call);
  const Json version = source.version.empty() ? Json(JsonObject()) : Json(JsonObject{{"VersionId", source.version}});
  JsonObject tags = TagContext(s3.store, source.bucket, source.key, source.version);
  const bool copies_tags = !tags.empty() && GetString(call.input, "TaggingDirective") != "REPLACE";
  accesses.push_back(ObjectAccess(call.principal, *bucket, source.key, ActionOn(version, "s3:GetObject"), tags));
  if (HasAcls(*bucket)) AddObjectAcl(s3.store, *bucket, source.key, source.version, accesses.back());
  if (copies_tags && Find(call.input, "UploadId") == nullptr) {
    accesses.push_back(
        ObjectAccess(call.principal, *bucket, source.key, ActionOn(version, "s3:GetObjectTagging"), tags));
  }
  return accesses;
}

void AddCopyOperations(S3Table& table) { table.Add("CopyObject", CopyObject, CopyRule); }

}  // namespace sagebrush::objects
