// Buckets: create, delete, look at, list.
#include "base/encoding.h"
#include "objects/acl.h"
#include "objects/bucket_name.h"
#include "objects/errors.h"
#include "objects/new_bucket.h"
#include "objects/object_lock.h"
#include "objects/s3_versions.h"

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

void RefuseBucketFeatures(const Json& input) {
  RefuseUnsupported(input);
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

// Its ownership and ACL as they are asked for.
void SetAccess(const Json& input, Bucket& bucket) {
  if (const std::string ownership = GetString(input, "ObjectOwnership"); !ownership.empty()) {
    CheckObjectOwnership(ownership);
    bucket.configurations.insert_or_assign(std::string(kOwnershipControls), OwnershipRule(ownership));
  }
  if (!GivesAcl(input)) return;
  const Acl acl = ParseAcl(AclOn::kBucket, input, bucket.account);
  if (acl == OwnersOnly(bucket.account)) return;
  if (!HasAcls(bucket)) {
    throw Error(kInvalidBucketAclWithObjectOwnership,
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
  }
  if (IsPublic(acl)) {
    throw Error(kInvalidBucketAclWithBlockPublicAccess,
                "Bucket cannot have public ACLs set with BlockPublicAccess enabled");
  }
  bucket.configurations.emplace(kAccessControlPolicy, AclDocument(acl));
}

Json CreateBucket(const S3& s3, wire::Call& call) {
  const std::string name = GetString(call.input, "Bucket");
  if (!IsBucketName(name)) {
    throw Error(kInvalidBucketName, "The specified bucket is not valid.", JsonObject{{"BucketName", name}});
  }
  RefuseBucketFeatures(call.input);
  Bucket bucket = NewBucket(name, call.account(), RegionForNewBucket(call), s3.clock.Now());
  if (const Json* tags = Find(call.input, "CreateBucketConfiguration.Tags"); tags != nullptr && tags->is_array()) {
    for (const Json& tag : tags->get_array()) bucket.tags.emplace_back(GetString(tag, "Key"), GetString(tag, "Value"));
  }
  SetAccess(call.input, bucket);
  if (GetBool(call.input, "ObjectLockEnabledForBucket")) {
    bucket.versioning = Versioning::kEnabled;
    bucket.configurations[std::string(kObjectLockConfiguration)] = JsonObject{{"ObjectLockEnabled", "Enabled"}};
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

wire::Access NewBucketAccess(const wire::Call& call, std::string_view action) {
  JsonObject context{{"s3:ResourceAccount", call.principal.account}};
  if (const Json* const tags = Find(call.input, "CreateBucketConfiguration.Tags")) {
    JsonArray keys;
    for (const Json& tag : tags->as_array()) {
      context["aws:RequestTag/" + GetString(tag, "Key")] = GetString(tag, "Value");
      keys.emplace_back(GetString(tag, "Key"));
    }
    if (!keys.empty()) context["aws:TagKeys"] = std::move(keys);
  }
  return {std::string(action), "arn:aws:s3:::" + GetString(call.input, "Bucket"), std::move(context), nullptr};
}

}  // namespace

void AddBucketOperations(S3Table& table) {
  table.Add("CreateBucket", CreateBucket, [](const S3&, const wire::Call& call) {
    std::vector accesses{NewBucketAccess(call, "s3:CreateBucket")};
    if (GetBool(call.input, "ObjectLockEnabledForBucket")) {
      accesses.push_back(NewBucketAccess(call, "s3:PutBucketObjectLockConfiguration"));
      accesses.push_back(NewBucketAccess(call, "s3:PutBucketVersioning"));
    }
    return accesses;
  });
  table.Add("ListBuckets", ListBuckets, [](const S3&, const wire::Call& call) {
    if (call.account().empty()) return std::vector<wire::Access>();
    return std::vector{
        wire::Access{"s3:ListAllMyBuckets", "*", {{"s3:ResourceAccount", call.principal.account}}, nullptr}};
  });
  table.Add("DeleteBucket", DeleteBucket, OnBucket("s3:DeleteBucket"));
  table.Add("HeadBucket", HeadBucket, OnBucket("s3:ListBucket"));
  table.Add("GetBucketLocation", GetBucketLocation, OnBucket("s3:GetBucketLocation"));
}

}  // namespace sagebrush::objects
