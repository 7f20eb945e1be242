// Multipart uploads.
#include "base/encoding.h"
#include "base/text.h"
#include "objects/acl.h"
#include "objects/byte_range.h"
#include "objects/checksums.h"
#include "objects/copy_source.h"
#include "objects/errors.h"
#include "objects/multipart.h"
#include "objects/paging_number.h"
#include "objects/s3_encryption.h"
#include "objects/s3_lifecycle.h"
#include "objects/s3_object_lock.h"
#include "objects/s3_versions.h"
#include "objects/storage_class.h"

namespace sagebrush::objects {
namespace {

constexpr std::int64_t kPageMax = 1000;
// github.com/versity/versitygw/issues/1383 has AWS's words.
constexpr PagingNumber kMaxParts{"MaxParts", "max-parts", "max-parts"};
constexpr PagingNumber kMaxUploads{"MaxUploads", "max-uploads", "max-uploads"};
constexpr PagingNumber kPartNumberMarker{"PartNumberMarker", "part-number-marker", "part-number-marker"};

std::string UploadIdOf(const wire::Call& call) { return GetString(call.input, "UploadId"); }

Upload UploadOf(const S3& s3, const wire::Call& call) {
  auto upload = s3.store.FindUpload(BucketOf(s3, call)->name, KeyOf(call), UploadIdOf(call));
  if (!upload) ThrowNoSuchUpload(UploadIdOf(call));
  return std::move(*upload);
}

// CRC64NVME is of the full object, SHA ones are composite, the other CRCs composite unless asked otherwise.
void ReadChecksumType(const wire::Call& call, Upload& upload) {
  const auto name = OptionalString(call.input, "ChecksumAlgorithm");
  const std::string type = GetString(call.input, "ChecksumType");
  if (!name) {
    if (type.empty()) return;
    throw Error(kInvalidRequest,
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
                "header.");
  }
  upload.checksum_algorithm = AlgorithmNamed(*name);
  if (!upload.checksum_algorithm) {
    throw Error(kNotImplemented, "The checksum algorithm " + *name +
                                     " is not computed here. Use CRC32, CRC32C, CRC64NVME, SHA1 or SHA256.");
  }
  const bool only_full = *upload.checksum_algorithm == DigestAlgorithm::kCrc64Nvme;
  upload.checksum_composite = type.empty() ? !only_full : type == "COMPOSITE";
  if ((upload.checksum_composite && only_full) || (!upload.checksum_composite && !IsCrc(*upload.checksum_algorithm))) {
    throw Error(kInvalidRequest,
                fmt::format("The {} checksum type cannot be used with the {} checksum algorithm.", type, *name));
  }
}

void AddChecksumKind(const Upload& upload, JsonObject& output) {
  if (!upload.checksum_algorithm) return;
  output["ChecksumAlgorithm"] = NameOf(*upload.checksum_algorithm);
  output["ChecksumType"] = upload.checksum_composite ? "COMPOSITE" : "FULL_OBJECT";
}

Json CreateMultipartUpload(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RefuseUnsupported(call.input);
  Upload upload{.bucket = bucket->name, .key = NewKeyOf(call), .initiator = call.principal.arn};
  upload.properties = ReadProperties(call.input);
  upload.properties.lock = ReadLock(s3, call, *bucket);
  upload.encryption = NewObjectKey(s3, call, *bucket, upload.key).encryption;
  upload.properties.acl = ReadAcl(*bucket, AclOn::kObject, call.input);
  ReadChecksumType(call, upload);
  upload = s3.store.CreateUpload(std::move(upload));
  JsonObject output{{"Bucket", upload.bucket}, {"Key", upload.key}, {"UploadId", upload.id}};
  AddChecksumKind(upload, output);
  AddAbort(s3, *bucket, upload, output);
  AddNewEncryption(upload.encryption, call, output);
  return output;
}

// The data key of an upload, for one of its parts.
ObjectKey PartKey(const S3& s3, const wire::Call& call, const Upload& upload) {
  const auto customer_key = ReadCustomerKey(call);
  const bool needed = upload.encryption.form == EncryptionForm::kCustomer;
  if (needed && !customer_key) {
    throw Error(kInvalidRequest,
                "The multipart upload initiate requested encryption. Subsequent part requests must "
                "include the appropriate encryption parameters.");
  }
  try {
    return {upload.encryption, s3.keys.Open({call.principal, BucketOf(s3, call)->region}, upload.bucket, upload.key,
                                            upload.encryption, customer_key)};
  } catch (const Error&) {
    if (!customer_key) throw;
    throw Error(kInvalidRequest, "The provided encryption parameters did not match the ones used originally.");
  }
}

// A customer's key that a call need not bring, but does, must be the upload's.
void CheckPartKey(const S3& s3, const wire::Call& call, const Upload& upload) {
  if (ReadCustomerKey(call)) PartKey(s3, call, upload);
}

// Parts are summed in the algorithm of their upload, so that the object's checksum can be made of theirs. Where the
// upload has none, that is S3's own, and what the part brings was held against its bytes by whoever read them.
WriteOptions PartOptions(const wire::Call& call, const Upload& upload) {
  WriteOptions options = ReadWriteOptions(call);
  options.condition = {};
  if (!upload.checksum_algorithm) return {};
  if (options.checksum != *upload.checksum_algorithm && !options.expected_checksum.empty()) {
    throw Error(kInvalidRequest,
                fmt::format("Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum "
                            "Type: {}",
                            NameOf(*upload.checksum_algorithm), NameOf(options.checksum)));
  }
  options.checksum = *upload.checksum_algorithm;
  return options;
}

Json UploadPart(const S3& s3, wire::Call& call) {
  const int number = PartNumberOf(call.input);
  const Upload upload = UploadOf(s3, call);
  RefuseEncryptionHeader(call);
  RefuseUnsupported(call.input);
  CheckBodySize(call);
  WriteOptions options = PartOptions(call, upload);
  options.key = PartKey(s3, call, upload);
  const auto writer = s3.store.WritePart(upload, number, options);
  CopyBody(call, *writer);
  const Part part = writer->Commit();
  JsonObject output{{"ETag", Quoted(part.etag)}};
  const auto given = ReadChecksum(call.input);
  AddChecksum(given ? given : part.checksum, output, false);
  AddEncryption(upload.encryption, call, output);
  return output;
}

Json UploadPartCopy(const S3& s3, wire::Call& call) {
  const int number = PartNumberOf(call.input);
  const Upload upload = UploadOf(s3, call);
  RefuseUnsupported(call.input);
  const OpenedObject source = OpenSource(s3, call);
  ByteRange range{0, source.object.size};
  if (const auto header = OptionalString(call.input, "CopySourceRange")) {
    range = ParseCopyRange(*header, source.object.size);
  }
  const Part part = s3.store.CopyPart(upload, number, source, range, PartKey(s3, call, upload));
  JsonObject result{{"ETag", Quoted(part.etag)}, {"LastModified", Seconds(part.modified)}};
  AddChecksum(part.checksum, result, false);
  JsonObject output{{"CopyPartResult", std::move(result)}};
  AddSourceVersion(s3, call, source.object, output);
  AddEncryption(upload.encryption, call, output);
  return output;
}

std::vector<CompletedPart> ReadParts(const Json& input) {
  std::vector<CompletedPart> parts;
  const Json* listed = Find(input, "MultipartUpload.Parts");
  if (listed == nullptr || !listed->is_array()) return parts;
  for (const Json& entry : listed->get_array()) {
    CompletedPart& part = parts.emplace_back();
    part.number = static_cast<int>(GetInt(entry, "PartNumber"));
    part.etag = GetString(entry, "ETag");
    part.checksum = ReadChecksum(entry);
  }
  return parts;
}

// docs.aws.amazon.com/AmazonS3/latest/API/API_CompletedPart.html, API_CompleteMultipartUpload.html
void CheckAgainst(const Upload& upload, const std::vector<CompletedPart>& parts, const Json& input) {
  const std::string type = GetString(input, "ChecksumType");
  if (!type.empty() && type != (upload.checksum_composite ? "COMPOSITE" : "FULL_OBJECT")) {
    throw Error(kBadDigest, fmt::format("The checksum type {} is not the one that the upload was created with.", type));
  }
  if (!upload.checksum_composite) return;
  int before = 0;
  for (const CompletedPart& part : parts) {
    if (!part.checksum) {
      throw Error(kInvalidRequest,
                  fmt::format("The upload was created using a {} checksum. The complete request must include the "
                              "checksum for each part. It was missing for part {} in the request.",
                              Lower(NameOf(*upload.checksum_algorithm)), part.number));
    }
    if (part.number != before && part.number != before + 1) {
      throw Error(kInvalidPartOrder,
                  "Parts with checksums of their own must be numbered one after the other, from 1 on.",
                  JsonObject{{"UploadId", upload.id}});
    }
    before = part.number;
  }
}

// Of the server, as the caller reached it; AWS's own where it came over no network.
std::string AddressOf(const wire::Call& call) {
  if (call.http == nullptr) return fmt::format("https://s3.{}.amazonaws.com", call.region);
  return fmt::format("{}://{}", call.http->tls ? "https" : "http", call.http->headers.GetOr("host", "localhost"));
}

Json CompleteMultipartUpload(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RefuseUnsupported(call.input);
  CompleteOptions options{.condition = ReadWriteOptions(call).condition,
                          .cause = CauseOf(call, "CompleteMultipartUpload")};
  options.expected_checksum = ReadChecksum(call.input);
  if (Find(call.input, "MpuObjectSize") != nullptr) {
    options.expected_size = static_cast<std::uint64_t>(GetInt(call.input, "MpuObjectSize"));
  }
  const std::string key = KeyOf(call);
  const std::vector<CompletedPart> parts = ReadParts(call.input);
  // One that was completed already answers as it did then.
  if (const auto upload = s3.store.FindUpload(bucket->name, key, UploadIdOf(call))) {
    CheckAgainst(*upload, parts, call.input);
    CheckPartKey(s3, call, *upload);
  }
  const Object object = s3.store.CompleteUpload(bucket->name, key, UploadIdOf(call), parts, options);
  JsonObject output{
      {"Location", fmt::format("{}/{}/{}", AddressOf(call), bucket->name, UriEncode(key, /*keep_slash=*/false))},
      {"Bucket", bucket->name},
      {"Key", key},
      {"ETag", Quoted(object.etag)}};
  AddVersion(*bucket, object, output);
  AddExpiration(s3, *bucket, object, output);
  AddChecksum(object.checksum, output);
  AddEncryption(object.encryption, call, output);
  return output;
}

Json AbortMultipartUpload(const S3& s3, wire::Call& call) {
  if (!s3.store.AbortUpload(BucketOf(s3, call)->name, KeyOf(call), UploadIdOf(call))) {
    ThrowNoSuchUpload(UploadIdOf(call));
  }
  return JsonObject{};
}

Json ListParts(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const Upload upload = UploadOf(s3, call);
  CheckPartKey(s3, call, upload);
  const int after = static_cast<int>(std::min<std::int64_t>(Read(kPartNumberMarker, call.input, 0), INT32_MAX));
  const int limit = static_cast<int>(std::min(Read(kMaxParts, call.input, kPageMax), kPageMax));
  std::vector<Part> parts = s3.store.Parts(upload, after, limit + 1);
  const bool truncated = static_cast<int>(parts.size()) > limit;
  if (truncated) parts.resize(static_cast<std::size_t>(limit));
  JsonArray listed;
  for (const Part& part : parts) {
    JsonObject entry{{"PartNumber", part.number},
                     {"LastModified", Seconds(part.modified)},
                     {"ETag", Quoted(part.etag)},
                     {"Size", static_cast<std::int64_t>(part.size)}};
    AddChecksum(part.checksum, entry, false);
    listed.push_back(std::move(entry));
  }
  JsonObject output{{"Bucket", bucket->name},
                    {"Key", upload.key},
                    {"UploadId", upload.id},
                    {"PartNumberMarker", after},
                    {"MaxParts", limit},
                    {"IsTruncated", truncated},
                    {"StorageClass", StorageClassOf(upload.properties)},
                    {"Owner", OwnerOf(bucket->account)},
                    {"Initiator", JsonObject{{"ID", upload.initiator}}}};
  output["NextPartNumberMarker"] = parts.empty() ? after : parts.back().number;
  if (!listed.empty()) output["Parts"] = std::move(listed);
  AddChecksumKind(upload, output);
  AddAbort(s3, *bucket, upload, output);
  return output;
}

Json ListMultipartUploads(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const bool url = GetString(call.input, "EncodingType") == "url";
  const auto encode = [url](const std::string& name) { return url ? UriEncode(name, /*keep_slash=*/true) : name; };
  UploadQuery query{.prefix = GetString(call.input, "Prefix"),
                    .delimiter = GetString(call.input, "Delimiter"),
                    .key_marker = GetString(call.input, "KeyMarker"),
                    .upload_id_marker = GetString(call.input, "UploadIdMarker")};
  query.limit = static_cast<int>(std::min(Read(kMaxUploads, call.input, kPageMax), kPageMax));
  const UploadListing listing = s3.store.Uploads(bucket->name, query);
  JsonArray uploads, prefixes;
  for (const Upload& upload : listing.uploads) {
    JsonObject entry{{"UploadId", upload.id},
                     {"Key", encode(upload.key)},
                     {"Initiated", Seconds(upload.initiated)},
                     {"StorageClass", StorageClassOf(upload.properties)},
                     {"Owner", OwnerOf(bucket->account)},
                     {"Initiator", JsonObject{{"ID", upload.initiator}}}};
    AddChecksumKind(upload, entry);
    uploads.push_back(std::move(entry));
  }
  for (const std::string& prefix : listing.common_prefixes) prefixes.push_back(JsonObject{{"Prefix", encode(prefix)}});
  JsonObject output{{"Bucket", bucket->name},
                    {"KeyMarker", encode(query.key_marker)},
                    {"UploadIdMarker", query.upload_id_marker},
                    {"Prefix", encode(query.prefix)},
                    {"MaxUploads", query.limit},
                    {"IsTruncated", listing.truncated}};
  if (!query.delimiter.empty()) output["Delimiter"] = encode(query.delimiter);
  if (url) output["EncodingType"] = "url";
  if (listing.truncated) {
    output["NextKeyMarker"] = encode(listing.next_key_marker);
    output["NextUploadIdMarker"] = listing.next_upload_id_marker;
  }
  if (!uploads.empty()) output["Uploads"] = std::move(uploads);
  if (!prefixes.empty()) output["CommonPrefixes"] = std::move(prefixes);
  return output;
}

}  // namespace

void AddMultipartOperations(S3Table& table) {
  table.Add("CreateMultipartUpload", CreateMultipartUpload, WriteRule);
  table.Add("UploadPart", UploadPart, WriteRule);
  table.Add("UploadPartCopy", UploadPartCopy, CopyRule);
  table.Add("CompleteMultipartUpload", CompleteMultipartUpload, WriteRule);
  table.Add("AbortMultipartUpload", AbortMultipartUpload, OnObject("s3:AbortMultipartUpload"));
  table.Add("ListParts", ListParts, OnObject("s3:ListMultipartUploadParts"));
  table.Add("ListMultipartUploads", ListMultipartUploads, OnBucket("s3:ListBucketMultipartUploads"));
}

}  // namespace sagebrush::objects
