#include "objects/acl.h"

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/text.h"
#include "objects/errors.h"
#include "objects/grant_header.h"
#include "objects/public_access_block.h"

namespace sagebrush::objects {
namespace {

constexpr std::string_view kAllUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view kAuthenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
constexpr std::string_view kLogDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";
constexpr std::size_t kGrantsMax = 100;

// Which action which permission allows (docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html).
struct Row {
  AclOn on;
  std::string_view permission, action;
};
constexpr std::array kActions{
    Row{AclOn::kBucket, "READ", "s3:ListBucket"},
    Row{AclOn::kBucket, "READ", "s3:ListBucketVersions"},
    Row{AclOn::kBucket, "READ", "s3:ListBucketMultipartUploads"},
    Row{AclOn::kBucket, "WRITE", "s3:PutObject"},
    Row{AclOn::kBucket, "READ_ACP", "s3:GetBucketAcl"},
    Row{AclOn::kBucket, "WRITE_ACP", "s3:PutBucketAcl"},
    Row{AclOn::kObject, "READ", "s3:GetObject"},
    Row{AclOn::kObject, "READ", "s3:GetObjectVersion"},
    Row{AclOn::kObject, "READ_ACP", "s3:GetObjectAcl"},
    Row{AclOn::kObject, "READ_ACP", "s3:GetObjectVersionAcl"},
    Row{AclOn::kObject, "WRITE_ACP", "s3:PutObjectAcl"},
    Row{AclOn::kObject, "WRITE_ACP", "s3:PutObjectVersionAcl"},
};

constexpr std::array<std::string_view, 5> kPermissions{"FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"};

struct Canned {
  std::string_view name;
  bool buckets, objects;
  std::string_view group;  // Gets the permissions below, besides the owner's full control; empty: nobody.
  std::string_view first{}, second{};
};
constexpr std::array kCanned{
    Canned{"private", true, true, ""},
    Canned{"public-read", true, true, kAllUsers, "READ"},
    Canned{"public-read-write", true, true, kAllUsers, "READ", "WRITE"},
    Canned{"authenticated-read", true, true, kAuthenticatedUsers, "READ"},
    Canned{"bucket-owner-read", false, true, ""},
    Canned{"bucket-owner-full-control", false, true, ""},
    Canned{"log-delivery-write", true, false, kLogDelivery, "WRITE", "READ_ACP"},
};

struct GrantHeader {
  std::string_view member, permission;
};
constexpr std::array kGrantHeaders{
    GrantHeader{"GrantFullControl", "FULL_CONTROL"},
    GrantHeader{"GrantRead", "READ"},
    GrantHeader{"GrantWrite", "WRITE"},
    GrantHeader{"GrantReadACP", "READ_ACP"},
    GrantHeader{"GrantWriteACP", "WRITE_ACP"},
};

bool IsGroup(std::string_view grantee) { return grantee.starts_with("http"); }
bool IsPublicGrant(const Grant& grant) { return grant.grantee == kAllUsers || grant.grantee == kAuthenticatedUsers; }

[[noreturn]] void FailArgument(std::string_view message, std::string_view name, std::string_view value) {
  throw Error(kInvalidArgument, std::string(message), JsonObject{{"ArgumentName", name}, {"ArgumentValue", value}});
}

// One server, one account: it is the only one that can be found under its id.
std::string CheckedId(const std::string& id, const std::string& owner_id) {
  if (id != owner_id) FailArgument("Invalid id", "CanonicalUser/ID", Legible(FirstBytes(id, 200)));
  return id;
}

std::string CheckedGroup(const std::string& uri) {
  if (uri != kAllUsers && uri != kAuthenticatedUsers && uri != kLogDelivery) {
    FailArgument("Invalid group uri", "Group/URI", Legible(FirstBytes(uri, 200)));
  }
  return uri;
}

[[noreturn]] void RefuseEmail(std::string_view address) {
  throw Error(kUnresolvableGrant, "The email address you provided does not match any account on record.",
              JsonObject{{"EmailAddress", Legible(FirstBytes(address, 200))}});
}

Acl FromCanned(const std::string& name, AclOn on, std::string_view account) {
  const auto row = std::find_if(kCanned.begin(), kCanned.end(), [&](const Canned& canned) {
    return canned.name == name && (on == AclOn::kBucket ? canned.buckets : canned.objects);
  });
  if (row == kCanned.end()) {
    if (name == "aws-exec-read") {
      throw Error(kNotImplemented, "The canned ACL aws-exec-read is for Amazon EC2, which is not here.",
                  JsonObject{{"Header", "x-amz-acl"}});
    }
    FailArgument("", "x-amz-acl", Legible(FirstBytes(name, 200)));
  }
  Acl acl = OwnersOnly(account);
  for (const std::string_view permission : {row->first, row->second}) {
    if (!permission.empty()) acl.push_back({std::string(row->group), std::string(permission)});
  }
  return acl;
}

Acl FromHeaders(const Json& input, const std::string& owner_id) {
  Acl acl;
  for (const GrantHeader& header : kGrantHeaders) {
    const std::string text = GetString(input, header.member);
    if (text.empty()) continue;
    for (const HeaderGrantee& grantee : ParseGrantHeader(text)) {
      if (grantee.type == "emailaddress") RefuseEmail(grantee.value);
      if (grantee.type != "id" && grantee.type != "uri") {
        FailArgument("Argument format not recognized", "x-amz-grant", Legible(FirstBytes(text, 200)));
      }
      acl.push_back({grantee.type == "id" ? CheckedId(grantee.value, owner_id) : CheckedGroup(grantee.value),
                     std::string(header.permission)});
    }
  }
  return acl;
}

[[noreturn]] void FailDocument(std::string_view what) {
  throw Error(kMalformedAcl, fmt::format("The XML you provided was not well-formed or did not validate against our "
                                         "published schema: {}",
                                         what));
}

Grant FromDocument(const Json& entry, const std::string& owner_id) {
  const std::string permission = GetString(entry, "Permission"), type = GetString(entry, "Grantee.Type");
  if (std::find(kPermissions.begin(), kPermissions.end(), permission) == kPermissions.end()) {
    FailDocument("a Grant needs a Permission: FULL_CONTROL, READ, WRITE, READ_ACP or WRITE_ACP.");
  }
  if (type == "AmazonCustomerByEmail") RefuseEmail(GetString(entry, "Grantee.EmailAddress"));
  if (type == "CanonicalUser") return {CheckedId(GetString(entry, "Grantee.ID"), owner_id), permission};
  if (type == "Group") return {CheckedGroup(GetString(entry, "Grantee.URI")), permission};
  FailDocument("a Grantee is a CanonicalUser or a Group.");
}

Acl FromPolicy(const Json& policy, const std::string& owner_id) {
  const std::string owner = GetString(policy, "Owner.ID");
  if (owner.empty()) FailDocument("it needs an Owner with its ID.");
  if (owner != owner_id) throw Error(kS3AccessDenied, "Access Denied: the owner that the ACL names is another.");
  Acl acl;
  const Json* const grants = Find(policy, "Grants");
  if (grants == nullptr || !grants->is_array()) return acl;
  for (const Json& entry : grants->get_array()) acl.push_back(FromDocument(entry, owner_id));
  return acl;
}

Json Statement(const Grant& grant, std::string_view owner_account, std::string_view action, std::string_view resource) {
  JsonObject statement{{"Effect", "Allow"}, {"Action", action}, {"Resource", resource}};
  if (!IsGroup(grant.grantee)) {
    statement["Principal"] = JsonObject{{"AWS", fmt::format("arn:aws:iam::{}:root", owner_account)}};
    return statement;
  }
  statement["Principal"] = "*";
  if (grant.grantee == kAuthenticatedUsers) {
    statement["Condition"] = JsonObject{{"StringNotEquals", JsonObject{{"aws:PrincipalType", "Anonymous"}}}};
  }
  return statement;
}

bool Allows(const Grant& grant, AclOn on, std::string_view action) {
  return std::any_of(kActions.begin(), kActions.end(), [&](const Row& row) {
    return row.on == on && row.action == action &&
           (grant.permission == row.permission || grant.permission == "FULL_CONTROL");
  });
}

}  // namespace

std::string CanonicalId(std::string_view account) {
  return ToHex(ComputeDigest(DigestAlgorithm::kSha256, fmt::format("canonical user of account {}", account)));
}

Acl OwnersOnly(std::string_view account) { return {{CanonicalId(account), "FULL_CONTROL"}}; }

bool IsPublic(const Acl& acl) { return std::any_of(acl.begin(), acl.end(), IsPublicGrant); }

Json OwnershipRule(std::string_view ownership) {
  return JsonObject{{"Rules", JsonArray{JsonObject{{"ObjectOwnership", ownership}}}}};
}

void CheckObjectOwnership(std::string_view ownership) {
  for (const std::string_view known :
       {kBucketOwnerEnforced, std::string_view("BucketOwnerPreferred"), std::string_view("ObjectWriter")}) {
    if (ownership == known) return;
  }
  FailArgument("Invalid x-amz-object-ownership header", "x-amz-object-ownership", Legible(FirstBytes(ownership, 200)));
}

bool HasAcls(const Bucket& bucket) {
  const Json* const controls = ConfigurationOf(bucket, kOwnershipControls);
  const Json* const rules = controls == nullptr ? nullptr : Find(*controls, "Rules");
  if (rules == nullptr || !rules->is_array() || rules->get_array().empty()) return true;
  return GetString(rules->get_array().front(), "ObjectOwnership") != kBucketOwnerEnforced;
}

Acl AclOf(const Bucket& bucket) {
  const Json* const document = ConfigurationOf(bucket, kAccessControlPolicy);
  return document == nullptr ? OwnersOnly(bucket.account) : AclFrom(*document);
}

Acl AclFrom(const Json& document) {
  Acl acl;
  for (const Json& entry : document.as_array()) {
    acl.push_back({std::string(entry.at(0).as_string()), std::string(entry.at(1).as_string())});
  }
  return acl;
}

Json AclDocument(const Acl& acl) {
  JsonArray document;
  for (const Grant& grant : acl) document.push_back(JsonArray{Json(grant.grantee), Json(grant.permission)});
  return document;
}

bool IsGrantedByAcl(AclOn on, std::string_view action) {
  return std::any_of(kActions.begin(), kActions.end(),
                     [&](const Row& row) { return row.on == on && row.action == action; });
}

bool GivesAcl(const Json& input) {
  if (Find(input, "ACL") != nullptr || Find(input, kAccessControlPolicy) != nullptr) return true;
  return std::any_of(kGrantHeaders.begin(), kGrantHeaders.end(),
                     [&](const GrantHeader& header) { return Find(input, header.member) != nullptr; });
}

Acl ParseAcl(AclOn on, const Json& input, std::string_view account) {
  const std::string owner_id = CanonicalId(account);
  const std::string canned = GetString(input, "ACL");
  Acl acl = FromHeaders(input, owner_id);
  const Json* const document = Find(input, kAccessControlPolicy);
  if (!canned.empty() && !acl.empty()) {
    throw Error(kInvalidRequest, "Specifying both Canned ACLs and Header Grants is not allowed");
  }
  if (document != nullptr && (!canned.empty() || !acl.empty())) {
    throw Error(kInvalidRequest, "Specify an ACL in the body or by headers, not by both.");
  }
  if (!canned.empty()) acl = FromCanned(canned, on, account);
  if (document != nullptr) acl = FromPolicy(*document, owner_id);
  if (acl.size() > kGrantsMax) FailDocument("more than 100 grants.");
  return acl;
}

std::optional<Acl> ReadAcl(const Bucket& bucket, AclOn on, const Json& input) {
  if (!GivesAcl(input)) return std::nullopt;
  if (!HasAcls(bucket)) {
    const bool harmless = on == AclOn::kObject && ParseAcl(on, input, bucket.account) == OwnersOnly(bucket.account);
    if (harmless) return std::nullopt;
    throw Error(kAclNotSupported, "The bucket does not allow ACLs");
  }
  Acl acl = ParseAcl(on, input, bucket.account);
  if (HasPublicAccessBlock(bucket, "BlockPublicAcls") && IsPublic(acl)) {
    throw Error(kS3AccessDenied,
                fmt::format("Access Denied: public ACLs are prevented by the BlockPublicAcls setting in S3 Block "
                            "Public Access of the bucket {}.",
                            bucket.name));
  }
  return acl;
}

JsonObject ShownAcl(const std::string& owner_account, const Acl& acl) {
  JsonArray grants;
  for (const Grant& grant : acl) {
    JsonObject grantee = IsGroup(grant.grantee) ? JsonObject{{"Type", "Group"}, {"URI", grant.grantee}}
                                                : JsonObject{{"Type", "CanonicalUser"}, {"ID", grant.grantee}};
    grants.push_back(JsonObject{{"Grantee", std::move(grantee)}, {"Permission", grant.permission}});
  }
  return {{"Owner", JsonObject{{"ID", CanonicalId(owner_account)}}}, {"Grants", std::move(grants)}};
}

void AddAcl(const Bucket& bucket, AclOn on, const Acl& acl, std::string_view action, std::string_view resource,
            Json& policy) {
  if (!HasAcls(bucket)) return;
  const bool ignores_public = HasPublicAccessBlock(bucket, "IgnorePublicAcls");
  for (const Grant& grant : acl) {
    if (!Allows(grant, on, action) || (ignores_public && IsPublicGrant(grant))) continue;
    if (policy.is_null()) policy = JsonObject{{"Version", "2012-10-17"}, {"Statement", JsonArray()}};
    Json& statements = policy.get_object()["Statement"];
    if (!statements.is_array()) statements = JsonArray{Json(statements)};  // A policy may have one by itself.
    statements.get_array().push_back(Statement(grant, bucket.account, action, resource));
  }
}

}  // namespace sagebrush::objects
