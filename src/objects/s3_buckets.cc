// Buckets: create, delete, look at, list.
#include "base/encoding.h"
#include "objects/bucket_name.h"
#include "objects/errors.h"
#include "objects/s3.h"

namespace sagebrush::objects {
namespace {

constexpr std::string_view kFirstRegion = "us-east-1";  // Its endpoint plays by older rules than the others.

// The region where CreateBucket puts the bucket.
std::string RegionForNewBucket(const wire::Call& call) {
  const std::string wanted = GetString(call.input, "CreateBucketConfiguration.LocationConstraint");
  if (call.region == kFirstRegion || call.region.empty()) {
    if (wanted == kFirstRegion) {
      throw Error(kInvalidLocationConstraint, "The specified location-constraint is not valid",
                  JsonObject{{"LocationConstraint", wanted}});
    }
    return wanted.empty() ? std::string(kFirstRegion) : wanted;
  }
  if (wanted != call.region) {
    throw Error(kIllegalLocationConstraint,
                fmt::format("The {} location constraint is incompatible for the region specific endpoint this request "
                            "was sent to.",
                            wanted.empty() ? "unspecified" : wanted));
  }
  return wanted;
}

void RefuseBucketFeatures(const S3& s3, const Json& input) {
  RefuseUnsupported(s3, input);
  if (GetBool(input, "ObjectLockEnabledForBucket")) {
    throw Error(kNotImplemented,
                "A header you provided implies functionality that is not implemented: "
                "x-amz-bucket-object-lock-enabled: objects cannot be locked.",
                JsonObject{{"Header", "x-amz-bucket-object-lock-enabled"}});
  }
  const std::string ownership = GetString(input, "ObjectOwnership");
  if (!ownership.empty() && ownership != "BucketOwnerEnforced") {
    throw Error(kNotImplemented,
                "A header you provided implies functionality that is not implemented: "
                "x-amz-object-ownership: the owner of a bucket owns all its objects "
                "(BucketOwnerEnforced).",
                JsonObject{{"Header", "x-amz-object-ownership"}});
  }
  for (const char* member : {"CreateBucketConfiguration.Bucket", "CreateBucketConfiguration.Location"}) {
    if (Find(input, member) != nullptr) {
      throw Error(kNotImplemented, "Directory buckets are not implemented; create a general purpose bucket.");
    }
  }
}

void CheckBucketCount(const S3& s3, const std::string& account) {
  std::size_t owned = 0;
  for (const auto& bucket : s3.store.Buckets()) owned += bucket->account == account;
  if (owned < s3.settings.buckets_max) return;
  throw Error(kTooManyBuckets, "You have attempted to create more buckets than allowed");
}

Json CreateBucket(const S3& s3, wire::Call& call) {
  Bucket bucket{.name = GetString(call.input, "Bucket"), .account = call.account()};
  if (!IsBucketName(bucket.name)) {
    throw Error(kInvalidBucketName, "The specified bucket is not valid.", JsonObject{{"BucketName", bucket.name}});
  }
  RefuseBucketFeatures(s3, call.input);
  bucket.region = RegionForNewBucket(call);
  bucket.created = s3.clock.Now();
  if (const Json* tags = Find(call.input, "CreateBucketConfiguration.Tags"); tags != nullptr && tags->is_array()) {
    for (const Json& tag : tags->get_array()) bucket.tags.emplace_back(GetString(tag, "Key"), GetString(tag, "Value"));
  }
  CheckBucketCount(s3, bucket.account);
  if (!s3.store.CreateBucket(bucket)) {
    const auto existing = s3.store.FindBucket(bucket.name);
    if (!existing || existing->account != bucket.account) {
      throw Error(kBucketAlreadyExists,
                  "The requested bucket name is not available. The bucket namespace is shared by all users of the "
                  "system. Please select a different name and try again.",
                  JsonObject{{"BucketName", bucket.name}});
    }
    if (call.region != kFirstRegion || existing->region != kFirstRegion) {
      throw Error(kBucketAlreadyOwnedByYou,
                  "Your previous request to create the named bucket succeeded and you already own it.",
                  JsonObject{{"BucketName", bucket.name}});
    }
  }
  return JsonObject{{"Location", "/" + bucket.name}};
}

Json DeleteBucket(const S3& s3, wire::Call& call) {
  s3.store.DeleteBucket(GetString(call.input, "Bucket"));
  return JsonObject{};
}

Json HeadBucket(const S3& s3, wire::Call& call) {
  return JsonObject{{"BucketRegion", BucketOf(s3, call)->region}, {"AccessPointAlias", false}};
}

Json GetBucketLocation(const S3& s3, wire::Call& call) {
  const std::string region = BucketOf(s3, call)->region;
  if (region == kFirstRegion) return JsonObject{};  // S3 has no name for it here.
  return JsonObject{{"LocationConstraint", region}};
}

Json GetBucketVersioning(const S3&, wire::Call&) { return JsonObject{}; }  // Never enabled: no status.

Json ListBuckets(const S3& s3, wire::Call& call) {
  if (call.account().empty()) {  // Nobody owns nothing: S3 sends whoever does not sign to where it is described.
    call.reply_status = 307;
    call.reply_headers.Set("location", "https://aws.amazon.com/s3/");
    return JsonObject{};
  }
  const std::string prefix = GetString(call.input, "Prefix"), region = GetString(call.input, "BucketRegion");
  const std::int64_t max = GetInt(call.input, "MaxBuckets", 10'000);
  std::string after;
  const std::string token = GetString(call.input, "ContinuationToken");
  if (!token.empty() && !FromBase64(token, after)) {
    throw Error(kInvalidArgument, "The continuation token provided is incorrect",
                JsonObject{{"ArgumentName", "continuation-token"}});
  }
  JsonArray buckets;
  JsonObject output{{"Owner", OwnerOf(call.account())}};
  if (!prefix.empty()) output["Prefix"] = prefix;
  std::string last;
  for (const auto& bucket : s3.store.Buckets()) {
    if (bucket->account != call.account() || bucket->name <= after || !bucket->name.starts_with(prefix)) continue;
    if (!region.empty() && bucket->region != region) continue;
    if (static_cast<std::int64_t>(buckets.size()) == max) {
      output["ContinuationToken"] = ToBase64(last);
      break;
    }
    buckets.push_back(JsonObject{
        {"Name", bucket->name}, {"CreationDate", Seconds(bucket->created)}, {"BucketRegion", bucket->region}});
    last = bucket->name;
  }
  output["Buckets"] = std::move(buckets);
  return output;
}

// Access is given by policies alone: the owner has all, nobody else anything.
JsonObject OwnersAcl(const std::string& account) {
  JsonObject grantee = OwnerOf(account);
  grantee["Type"] = "CanonicalUser";
  return {{"Owner", OwnerOf(account)},
          {"Grants", JsonArray{JsonObject{{"Grantee", std::move(grantee)}, {"Permission", "FULL_CONTROL"}}}}};
}

Json GetBucketAcl(const S3& s3, wire::Call& call) { return OwnersAcl(BucketOf(s3, call)->account); }

Json GetObjectAcl(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  CheckVersion(call.input);
  if (!s3.store.Find(bucket->name, KeyOf(call))) ThrowMissingKey(s3, call, *bucket, KeyOf(call));
  return OwnersAcl(bucket->account);
}

wire::Access NewBucketAccess(const wire::Call& call) {
  JsonObject context{{"s3:ResourceAccount", call.principal.account}};
  if (const Json* const tags = Find(call.input, "CreateBucketConfiguration.Tags")) {
    JsonArray keys;
    for (const Json& tag : tags->as_array()) {
      context["aws:RequestTag/" + GetString(tag, "Key")] = GetString(tag, "Value");
      keys.emplace_back(GetString(tag, "Key"));
    }
    if (!keys.empty()) context["aws:TagKeys"] = std::move(keys);
  }
  return {"s3:CreateBucket", "arn:aws:s3:::" + GetString(call.input, "Bucket"), std::move(context), nullptr};
}

}  // namespace

void AddBucketOperations(S3Table& table) {
  table.Add("CreateBucket", CreateBucket,
            [](const S3&, const wire::Call& call) { return std::vector{NewBucketAccess(call)}; });
  table.Add("ListBuckets", ListBuckets, [](const S3&, const wire::Call& call) {
    if (call.account().empty()) return std::vector<wire::Access>();
    return std::vector{
        wire::Access{"s3:ListAllMyBuckets", "*", {{"s3:ResourceAccount", call.principal.account}}, nullptr}};
  });
  table.Add("DeleteBucket", DeleteBucket, OnBucket("s3:DeleteBucket"));
  table.Add("HeadBucket", HeadBucket, OnBucket("s3:ListBucket"));
  table.Add("GetBucketLocation", GetBucketLocation, OnBucket("s3:GetBucketLocation"));
  table.Add("GetBucketVersioning", GetBucketVersioning, OnBucket("s3:GetBucketVersioning"));
  table.Add("GetBucketAcl", GetBucketAcl, OnBucket("s3:GetBucketAcl"));
  table.Add("GetObjectAcl", GetObjectAcl, OnObject("s3:GetObjectAcl"));
}

}  // namespace sagebrush::objects
