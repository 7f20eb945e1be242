// ListObjects, ListObjectsV2 and ListObjectVersions.
#include "base/encoding.h"
#include "objects/checksums.h"
#include "objects/errors.h"
#include "objects/s3_versions.h"
#include "objects/storage_class.h"

namespace sagebrush::objects {
namespace {

constexpr std::int64_t kKeysMax = 1000;
constexpr std::string_view kTokenMark = "sagebrush1:";  // Tells our tokens from anything else.

// How names travel in a listing: as they are, or percent-encoded when encoding-type=url.
class NameEncoding {
 public:
  explicit NameEncoding(const Json& input) : url_(GetString(input, "EncodingType") == "url") {
    const std::string given = GetString(input, "EncodingType");
    if (!given.empty() && !url_) {
      throw Error(kInvalidArgument, "Invalid Encoding Method specified in Request",
                  JsonObject{{"ArgumentName", "encoding-type"}, {"ArgumentValue", given}});
    }
  }
  std::string operator()(std::string_view name) const {
    return url_ ? UriEncode(name, /*keep_slash=*/true) : std::string(name);
  }
  bool url() const { return url_; }

 private:
  bool url_;
};

int ReadLimit(const Json& input) {
  const std::int64_t limit = GetInt(input, "MaxKeys", kKeysMax);
  if (limit < 0) {
    throw Error(kInvalidArgument, "Argument maxKeys must be an integer between 0 and 2147483647",
                JsonObject{{"ArgumentName", "max-keys"}, {"ArgumentValue", std::to_string(limit)}});
  }
  return static_cast<int>(std::min(limit, kKeysMax));
}

JsonObject ToEntry(const Object& object, const NameEncoding& encode) {
  JsonObject entry{{"Key", encode(object.key)},
                   {"LastModified", Seconds(object.modified)},
                   {"ETag", Quoted(object.etag)},
                   {"Size", static_cast<std::int64_t>(object.size)},
                   {"StorageClass", StorageClassOf(object.properties)}};
  if (object.checksum) {
    entry["ChecksumAlgorithm"] = JsonArray{Json(NameOf(object.checksum->algorithm))};
    entry["ChecksumType"] = object.checksum->parts > 0 ? "COMPOSITE" : "FULL_OBJECT";
  }
  return entry;
}

JsonArray Contents(const Listing& listing, const NameEncoding& encode, const std::string& owner) {
  JsonArray contents;
  for (const Object& object : listing.objects) {
    JsonObject entry = ToEntry(object, encode);
    if (!owner.empty()) entry["Owner"] = OwnerOf(owner);
    contents.push_back(std::move(entry));
  }
  return contents;
}

// What all of them answer alike.
JsonObject ToOutput(const Json& input, bool truncated, const std::vector<std::string>& common_prefixes,
                    const NameEncoding& encode, const std::string& bucket, int limit) {
  JsonObject output{{"IsTruncated", truncated}, {"Name", bucket}, {"MaxKeys", limit}};
  output["Prefix"] = encode(GetString(input, "Prefix"));
  if (const auto delimiter = OptionalString(input, "Delimiter"); delimiter && !delimiter->empty()) {
    output["Delimiter"] = encode(*delimiter);
  }
  if (encode.url()) output["EncodingType"] = "url";
  JsonArray prefixes;
  for (const std::string& prefix : common_prefixes) prefixes.push_back(JsonObject{{"Prefix", encode(prefix)}});
  if (!prefixes.empty()) output["CommonPrefixes"] = std::move(prefixes);
  return output;
}

std::string FromToken(const std::string& token) {
  std::string text;
  if (!FromBase64(token, text) || !text.starts_with(kTokenMark)) {
    throw Error(kInvalidArgument, "The continuation token provided is incorrect",
                JsonObject{{"ArgumentName", "continuation-token"}});
  }
  return text.substr(kTokenMark.size());
}

Json ListObjectsV2(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const NameEncoding encode(call.input);
  ListQuery query{.prefix = GetString(call.input, "Prefix"),
                  .delimiter = GetString(call.input, "Delimiter"),
                  .start_after = GetString(call.input, "StartAfter"),
                  .limit = ReadLimit(call.input)};
  const auto token = OptionalString(call.input, "ContinuationToken");
  if (token && !token->empty()) query.start_after = FromToken(*token);  // An empty one: the first page.
  const Listing listing = s3.store.List(bucket->name, query);
  const std::string owner = GetBool(call.input, "FetchOwner") ? bucket->account : "";
  JsonObject output =
      ToOutput(call.input, listing.truncated, listing.common_prefixes, encode, bucket->name, query.limit);
  if (!listing.objects.empty()) output["Contents"] = Contents(listing, encode, owner);
  output["KeyCount"] = static_cast<std::int64_t>(listing.objects.size() + listing.common_prefixes.size());
  if (token) output["ContinuationToken"] = *token;
  if (listing.truncated) output["NextContinuationToken"] = ToBase64(std::string(kTokenMark) + listing.last);
  if (const auto after = OptionalString(call.input, "StartAfter")) output["StartAfter"] = encode(*after);
  return output;
}

Json ListObjects(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const NameEncoding encode(call.input);
  const ListQuery query{.prefix = GetString(call.input, "Prefix"),
                        .delimiter = GetString(call.input, "Delimiter"),
                        .start_after = GetString(call.input, "Marker"),
                        .limit = ReadLimit(call.input)};
  const Listing listing = s3.store.List(bucket->name, query);
  JsonObject output =
      ToOutput(call.input, listing.truncated, listing.common_prefixes, encode, bucket->name, query.limit);
  if (!listing.objects.empty()) output["Contents"] = Contents(listing, encode, bucket->account);
  output["Marker"] = encode(query.start_after);
  // Without a delimiter the last key of the page serves as the next marker.
  if (listing.truncated && !query.delimiter.empty()) output["NextMarker"] = encode(listing.last);
  return output;
}

VersionQuery ReadVersionQuery(const Json& input) {
  VersionQuery query{.prefix = GetString(input, "Prefix"),
                     .delimiter = GetString(input, "Delimiter"),
                     .key_marker = GetString(input, "KeyMarker"),
                     .limit = ReadLimit(input)};
  if (GetString(input, "VersionIdMarker").empty()) return query;
  query.version_marker = VersionOf(input, "VersionIdMarker");
  if (query.key_marker.empty()) {
    throw Error(kInvalidArgument, "A version-id marker cannot be specified without a key marker.",
                JsonObject{{"ArgumentName", "version-id-marker"}, {"ArgumentValue", query.version_marker}});
  }
  return query;
}

void AddVersions(const VersionListing& listing, const NameEncoding& encode, const std::string& owner,
                 JsonObject& output) {
  JsonArray versions, markers;
  for (const auto& [object, latest] : listing.versions) {
    JsonObject entry = object.delete_marker
                           ? JsonObject{{"Key", encode(object.key)}, {"LastModified", Seconds(object.modified)}}
                           : ToEntry(object, encode);
    entry["VersionId"] = object.version;
    entry["IsLatest"] = latest;
    entry["Owner"] = OwnerOf(owner);
    (object.delete_marker ? markers : versions).push_back(std::move(entry));
  }
  if (!versions.empty()) output["Versions"] = std::move(versions);
  if (!markers.empty()) output["DeleteMarkers"] = std::move(markers);
}

Json ListObjectVersions(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const NameEncoding encode(call.input);
  const VersionQuery query = ReadVersionQuery(call.input);
  const VersionListing listing = s3.store.Versions(bucket->name, query);
  JsonObject output =
      ToOutput(call.input, listing.truncated, listing.common_prefixes, encode, bucket->name, query.limit);
  AddVersions(listing, encode, bucket->account, output);
  output["KeyMarker"] = encode(query.key_marker);
  output["VersionIdMarker"] = query.version_marker;
  if (listing.truncated) {
    output["NextKeyMarker"] = encode(listing.next_key_marker);
    if (!listing.next_version_marker.empty()) output["NextVersionIdMarker"] = listing.next_version_marker;
  }
  return output;
}

S3Rule ListRule(std::string action) {
  return [action = std::move(action)](const S3& s3, const wire::Call& call) {
    // s3:prefix is there when the request has one, be it empty (objects/request_keys.h): github.com/bji/libs3/pull/111.
    JsonObject context{{"s3:max-keys", std::to_string(GetInt(call.input, "MaxKeys", kKeysMax))}};
    return std::vector{BucketAccess(call.principal, *BucketOf(s3, call), action, std::move(context))};
  };
}

}  // namespace

void AddListingOperations(S3Table& table) {
  table.Add("ListObjectsV2", ListObjectsV2, ListRule("s3:ListBucket"));
  table.Add("ListObjects", ListObjects, ListRule("s3:ListBucket"));
  table.Add("ListObjectVersions", ListObjectVersions, ListRule("s3:ListBucketVersions"));
}

}  // namespace sagebrush::objects
