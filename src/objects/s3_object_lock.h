#pragma once

#include "objects/s3.h"

// What operations that write, read or delete an object do about its lock.
namespace sagebrush::objects {

// The lock that the headers of a write ask for. Throws for one that is not whole, is in the past, or that the bucket
// does not allow.
Lock ReadLock(const S3& s3, const wire::Call& call, const Bucket& bucket);
// Throws unless the body of the call, which locks its object, comes with a checksum.
void RequireChecksumForLock(const wire::Call& call, const Lock& lock);
// What the caller must be allowed besides writing the object.
void AddLockAccesses(const wire::Call& call, const Bucket& bucket, const std::string& key,
                     std::vector<wire::Access>& accesses);
// Tells of the lock what the caller may know.
void AddLock(const S3& s3, const wire::Call& call, const Bucket& bucket, const Object& object, JsonObject& output);
// The call asks for getting around governance mode, and its caller may.
bool BypassesGovernance(const S3& s3, const wire::Call& call, const Bucket& bucket, const std::string& key);

}  // namespace sagebrush::objects
