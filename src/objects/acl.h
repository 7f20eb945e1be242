#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "objects/object.h"

// Access control lists: what a bucket or an object grants besides policies, where its bucket's Object Ownership lets
// ACLs count at all. An ACL that is absent grants its owner everything and nobody else anything.
namespace sagebrush::objects {

inline constexpr std::string_view kOwnershipControls = "OwnershipControls";
inline constexpr std::string_view kAccessControlPolicy = "AccessControlPolicy";  // A bucket's own ACL.

// The canonical id by which S3 names an account.
std::string CanonicalId(std::string_view account);

// False: the bucket's owner owns all that is in it and ACLs count for nothing (BucketOwnerEnforced).
bool HasAcls(const Bucket& bucket);
Acl AclOf(const Bucket& bucket);
Acl OwnersOnly(std::string_view account);
bool IsPublic(const Acl& acl);
// As it is kept: a list of pairs.
Json AclDocument(const Acl& acl);
Acl AclFrom(const Json& document);

inline constexpr std::string_view kBucketOwnerEnforced = "BucketOwnerEnforced";
// OwnershipControls with the one rule that there may be.
Json OwnershipRule(std::string_view ownership);
void CheckObjectOwnership(std::string_view ownership);  // Throws Error(kInvalidArgument).

enum class AclOn { kBucket, kObject };

// Whether ACLs of buckets or of objects can allow the action at all.
bool IsGrantedByAcl(AclOn on, std::string_view action);

// Whether the input of a write gives an ACL in any form: canned, by x-amz-grant headers or as a document.
bool GivesAcl(const Json& input);
// That ACL, of what the account owns. Throws Error: kInvalidArgument, kInvalidRequest, kMalformedAcl,
// kUnresolvableGrant, kNotImplemented.
Acl ParseAcl(AclOn on, const Json& input, std::string_view account);
// The same as far as the bucket takes it; nullopt: it gives none, or one that says what holds without one. Throws also
// kAclNotSupported where there are no ACLs, and kS3AccessDenied for a public one that the public access block stops.
std::optional<Acl> ReadAcl(const Bucket& bucket, AclOn on, const Json& input);

// {Owner, Grants} as GetBucketAcl and GetObjectAcl answer.
JsonObject ShownAcl(const std::string& owner_account, const Acl& acl);

// What a list on `resource` allows for `action`, as statements of a policy on it, added to `policy` (null: none yet).
// Public grants are left out where the bucket's public access block says so.
void AddAcl(const Bucket& bucket, AclOn on, const Acl& acl, std::string_view action, std::string_view resource,
            Json& policy);

}  // namespace sagebrush::objects
