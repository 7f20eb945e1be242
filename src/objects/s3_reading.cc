// GetObject, HeadObject, GetObjectAttributes.
#include <array>

#include "objects/byte_range.h"
#include "objects/errors.h"
#include "objects/lifecycle.h"
#include "objects/multipart.h"
#include "objects/object_body.h"
#include "objects/s3_encryption.h"
#include "objects/s3_lifecycle.h"
#include "objects/s3_object_lock.h"
#include "objects/s3_versions.h"
#include "objects/storage_class.h"

namespace sagebrush::objects {
namespace {

// Bodies up to this size are sent from memory: for small ones a file of its own costs more than the copy.
constexpr std::uint64_t kInlineSizeMax = 64 << 10;
constexpr std::int64_t kPartsListedMax = 1000;

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOverrides{{
    {"ResponseCacheControl", "CacheControl"},
    {"ResponseContentDisposition", "ContentDisposition"},
    {"ResponseContentEncoding", "ContentEncoding"},
    {"ResponseContentLanguage", "ContentLanguage"},
    {"ResponseContentType", "ContentType"},
}};

void AddProperties(const Properties& properties, const Json& input, JsonObject& output) {
  output["ContentType"] = "binary/octet-stream";
  for (const auto& [name, value] : properties.headers) output[name] = value;
  for (const auto& [override_name, name] : kOverrides) {
    if (const auto value = OptionalString(input, override_name)) output[name] = *value;
  }
  if (const auto time = OptionalTime(input, "ResponseExpires")) output["Expires"] = ToHttpDate(*time);
  JsonObject metadata;
  for (const auto& [name, value] : properties.metadata) metadata[name] = value;
  if (!metadata.empty()) output["Metadata"] = std::move(metadata);
  if (!properties.tags.empty()) output["TagCount"] = static_cast<std::int64_t>(properties.tags.size());
}

// A part of the object to answer with, and what is told about it.
struct Selection {
  ByteRange range;
  bool partial = false;
  const Part* part = nullptr;
};

Selection SelectPart(const Object& object, std::int64_t number) {
  if (object.parts.empty() && number == 1) return {{0, object.size}, object.size > 0, nullptr};
  std::uint64_t offset = 0;
  std::int64_t position = 0;
  for (const Part& part : object.parts) {
    if (++position == number) return {{offset, part.size}, true, &part};
    offset += part.size;
  }
  throw Error(
      kInvalidPartNumber, "The requested partnumber is not satisfiable",
      JsonObject{{"PartNumberRequested", number},
                 {"ActualPartCount", std::max<std::int64_t>(1, static_cast<std::int64_t>(object.parts.size()))}});
}

// If-Range is no member of the model.
bool IsRangeOfAnother(const wire::Call& call, const Object& object) {
  if (call.http == nullptr) return false;
  const auto if_range = call.http->headers.Get("if-range");
  return if_range && !HoldsForRange(*if_range, object);
}

Selection Select(const Object& object, const wire::Call& call) {
  const Json& input = call.input;
  const auto header = OptionalString(input, "Range");
  if (Find(input, "PartNumber") != nullptr) {
    if (header) throw Error(kInvalidRequest, "Cannot specify both Range header and partNumber query parameter");
    return SelectPart(object, PartNumberOf(input));
  }
  if (header && !IsRangeOfAnother(call, object)) {
    if (const auto range = ParseRange(*header, object.size)) return {*range, true, nullptr};
  }
  return {{0, object.size}, false, nullptr};
}

void AddSelection(const Object& object, const Selection& selection, const Json& input, wire::Call& call,
                  JsonObject& output) {
  const auto [offset, length] = selection.range;
  output["AcceptRanges"] = "bytes";
  output["ContentLength"] = static_cast<std::int64_t>(length);
  if (selection.partial) {
    call.reply_status = 206;
    output["ContentRange"] = fmt::format("bytes {}-{}/{}", offset, offset + length - 1, object.size);
  }
  if (Find(input, "PartNumber") != nullptr && !object.parts.empty()) {
    output["PartsCount"] = static_cast<std::int64_t>(object.parts.size());
  }
  if (GetString(input, "ChecksumMode") != "ENABLED") return;
  // The checksum of the object says nothing of a range of it.
  if (selection.part != nullptr) {
    AddChecksum(selection.part->checksum, output, false);
    if (object.checksum) output["ChecksumType"] = object.checksum->parts > 0 ? "COMPOSITE" : "FULL_OBJECT";
  } else if (selection.range.length == object.size) {
    AddChecksum(object.checksum, output);
  }
}

// Everything but the bytes; nullopt: the conditions make it 304, and `output` is complete.
std::optional<Selection> Describe(const Object& object, wire::Call& call, JsonObject& output) {
  output["ETag"] = Quoted(object.etag);
  output["LastModified"] = Seconds(object.modified);
  const ReadVerdict verdict = Evaluate(ReadConditions(call.input), object);
  switch (verdict.outcome) {
    case ReadOutcome::kFailed:
      ThrowPreconditionFailed(verdict.header);
    case ReadOutcome::kNotModified:
      call.reply_status = 304;
      return std::nullopt;
    case ReadOutcome::kSend:
      break;
  }
  const Selection selection = Select(object, call);
  AddProperties(object.properties, call.input, output);
  AddEncryption(object.encryption, call, output);
  AddSelection(object, selection, call.input, call, output);
  return selection;
}

// Of a noncurrent version nothing is told.
void AddExpirationOfCurrent(const S3& s3, const wire::Call& call, const Bucket& bucket, const Object& object,
                            JsonObject& output) {
  if (ConfigurationOf(bucket, kLifecycleConfiguration) == nullptr) return;
  if (!VersionOf(call.input).empty()) {
    const auto newest = s3.store.FindNewest(bucket.name, object.key);
    if (!newest || newest->version != object.version) return;
  }
  AddExpiration(s3, bucket, object, output);
}

Json GetObject(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const std::string version = VersionOf(call.input);
  RefuseEncryptionHeader(call);
  RefuseUnsupported(call.input);
  auto opened = s3.store.Open(bucket->name, KeyOf(call), version);
  if (!opened) ThrowMissing(s3, call, *bucket, KeyOf(call), version);
  RefuseDeleteMarker(call, opened->object);
  Unlock(s3, call, *bucket, *opened);
  JsonObject output;
  AddVersion(*bucket, opened->object, output);
  AddLock(s3, call, *bucket, opened->object, output);
  AddExpirationOfCurrent(s3, call, *bucket, opened->object, output);
  const auto selection = Describe(opened->object, call, output);
  if (!selection) return output;
  const auto [offset, length] = selection->range;
  s3.store.Verify(*opened, selection->range);
  if (length > kInlineSizeMax) {
    if (opened->IsPlain()) {
      call.reply_file = wire::FileSlice{opened->file, offset, length};
    } else {
      call.reply_blocking = std::make_shared<ObjectBody>(*std::move(opened), selection->range);
    }
    return output;
  }
  std::string body;
  body.reserve(length);
  opened->Read(selection->range, [&](std::string_view piece) { body += piece; });
  output["Body"] = std::move(body);
  return output;
}

Json HeadObject(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RefuseEncryptionHeader(call);
  RefuseUnsupported(call.input);
  const Object object = FindObject(s3, call, *bucket);
  CheckCustomerKey(s3, call, *bucket, object);
  JsonObject output;
  AddVersion(*bucket, object, output);
  AddLock(s3, call, *bucket, object, output);
  AddExpirationOfCurrent(s3, call, *bucket, object, output);
  Describe(object, call, output);
  return output;
}

JsonObject DescribeParts(const Object& object, const Json& input) {
  const std::int64_t after = GetInt(input, "PartNumberMarker");
  const std::int64_t max = std::clamp<std::int64_t>(GetInt(input, "MaxParts", kPartsListedMax), 0, kPartsListedMax);
  JsonObject output{{"TotalPartsCount", static_cast<std::int64_t>(object.parts.size())}};
  JsonArray parts;
  bool truncated = false;
  std::int64_t last = after;
  for (const Part& part : object.parts) {
    if (part.number <= after) continue;
    truncated = static_cast<std::int64_t>(parts.size()) >= max;
    if (truncated) break;
    JsonObject entry{{"PartNumber", part.number}, {"Size", static_cast<std::int64_t>(part.size)}};
    AddChecksum(part.checksum, entry, false);
    parts.push_back(std::move(entry));
    last = part.number;
  }
  output["PartNumberMarker"] = after;
  output["NextPartNumberMarker"] = last;
  output["MaxParts"] = max;
  output["IsTruncated"] = truncated;
  if (!parts.empty()) output["Parts"] = std::move(parts);
  return output;
}

Json GetObjectAttributes(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RefuseUnsupported(call.input);
  const Object object = FindObject(s3, call, *bucket);
  CheckCustomerKey(s3, call, *bucket, object);
  JsonObject output{{"LastModified", Seconds(object.modified)}};
  AddVersion(*bucket, object, output);
  for (const Json& attribute : Find(call.input, "ObjectAttributes")->as_array()) {
    const std::string_view name = attribute.as_string();
    if (name == "ETag") output["ETag"] = object.etag;
    if (name == "StorageClass") output["StorageClass"] = StorageClassOf(object.properties);
    if (name == "ObjectSize") output["ObjectSize"] = static_cast<std::int64_t>(object.size);
    if (name == "ObjectParts" && !object.parts.empty()) output["ObjectParts"] = DescribeParts(object, call.input);
    if (name == "Checksum" && object.checksum) {
      JsonObject checksum;
      AddChecksum(object.checksum, checksum);
      output["Checksum"] = std::move(checksum);
    }
  }
  return output;
}

std::vector<wire::Access> AttributesRule(const S3& s3, const wire::Call& call) {
  auto accesses = OnObject("s3:GetObject")(s3, call);
  accesses.push_back(accesses[0]);
  accesses[1].action = ActionOn(call.input, "s3:GetObjectAttributes");
  return accesses;
}

}  // namespace

void AddReadOperations(S3Table& table) {
  // What is asked for often is in memory: the entry of the object, and the bytes of small ones.
  table.Add("GetObject", GetObject, OnObject("s3:GetObject"), wire::RunsOn::kIoThread);
  table.Add("HeadObject", HeadObject, OnObject("s3:GetObject"), wire::RunsOn::kIoThread);
  table.Add("GetObjectAttributes", GetObjectAttributes, AttributesRule);
}

}  // namespace sagebrush::objects
