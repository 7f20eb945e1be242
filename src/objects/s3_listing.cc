// ListObjects and ListObjectsV2.
#include "base/encoding.h"
#include "objects/checksums.h"
#include "objects/errors.h"
#include "objects/s3.h"
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

JsonArray Contents(const Listing& listing, const NameEncoding& encode, const std::string& owner) {
  JsonArray contents;
  for (const Object& object : listing.objects) {
    JsonObject entry{{"Key", encode(object.key)},
                     {"LastModified", Seconds(object.modified)},
                     {"ETag", Quoted(object.etag)},
                     {"Size", static_cast<std::int64_t>(object.size)},
                     {"StorageClass", StorageClassOf(object.properties)}};
    if (object.checksum) {
      entry["ChecksumAlgorithm"] = JsonArray{Json(NameOf(object.checksum->algorithm))};
      entry["ChecksumType"] = object.checksum->parts > 0 ? "COMPOSITE" : "FULL_OBJECT";
    }
    if (!owner.empty()) entry["Owner"] = OwnerOf(owner);
    contents.push_back(std::move(entry));
  }
  return contents;
}

// What both versions answer alike.
JsonObject ToOutput(const Json& input, const Listing& listing, const NameEncoding& encode, const std::string& bucket,
                    int limit, const std::string& owner) {
  JsonObject output{{"IsTruncated", listing.truncated}, {"Name", bucket}, {"MaxKeys", limit}};
  output["Prefix"] = encode(GetString(input, "Prefix"));
  if (const auto delimiter = OptionalString(input, "Delimiter"); delimiter && !delimiter->empty()) {
    output["Delimiter"] = encode(*delimiter);
  }
  if (encode.url()) output["EncodingType"] = "url";
  if (!listing.objects.empty()) output["Contents"] = Contents(listing, encode, owner);
  JsonArray prefixes;
  for (const std::string& prefix : listing.common_prefixes) prefixes.push_back(JsonObject{{"Prefix", encode(prefix)}});
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
  JsonObject output = ToOutput(call.input, listing, encode, bucket->name, query.limit, owner);
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
  JsonObject output = ToOutput(call.input, listing, encode, bucket->name, query.limit, bucket->account);
  output["Marker"] = encode(query.start_after);
  // Without a delimiter the last key of the page serves as the next marker.
  if (listing.truncated && !query.delimiter.empty()) output["NextMarker"] = encode(listing.last);
  return output;
}

std::vector<wire::Access> ListRule(const S3& s3, const wire::Call& call) {
  // A listing without a prefix is one of all keys: a policy for prefixes sees it as the empty one.
  JsonObject context{{"s3:prefix", GetString(call.input, "Prefix")},
                     {"s3:max-keys", std::to_string(GetInt(call.input, "MaxKeys", kKeysMax))}};
  return {BucketAccess(call.principal, *BucketOf(s3, call), "s3:ListBucket", std::move(context))};
}

}  // namespace

void AddListingOperations(S3Table& table) {
  table.Add("ListObjectsV2", ListObjectsV2, ListRule);
  table.Add("ListObjects", ListObjects, ListRule);
}

}  // namespace sagebrush::objects
