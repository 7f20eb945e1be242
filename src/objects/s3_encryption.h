#pragma once

#include <optional>
#include <string_view>

#include "objects/object_keys.h"
#include "objects/s3.h"

// The headers of server-side encryption: read from a call, written to an answer.
namespace sagebrush::objects {

inline constexpr std::string_view kOwnKeyName = "AES256";
inline constexpr std::string_view kKmsName = "aws:kms";

// Throws Error unless x-amz-server-side-encryption may have that value: kInvalidArgument, kNotImplemented (the reason).
void CheckAlgorithm(std::string_view algorithm);

// How the object that a call writes is to be encrypted: as its headers say, else as its bucket does. Throws Error:
// kInvalidArgument, kInvalidRequest, kNotImplemented, kS3AccessDenied (the bucket blocks it).
EncryptionRequest ReadEncryption(const wire::Call& call, const Bucket& bucket);

// The key that a call brings in the headers of SSE-C, or with `prefix` CopySource in those of a copy's source. nullopt:
// none of them. Throws Error: kInvalidArgument, kInvalidRequest (not over TLS).
std::optional<SecretKey> ReadCustomerKey(const wire::Call& call, std::string_view prefix = "");

// Throws kInvalidArgument when a call has the header that says how to encrypt though what it is for is encrypted
// already: reads (docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html) and parts.
void RefuseEncryptionHeader(const wire::Call& call);

// The key of the object that a call writes.
ObjectKey NewObjectKey(const S3& s3, const wire::Call& call, const Bucket& bucket, const std::string& key,
                       const std::optional<SecretKey>& data_key = {});
// Sets the data key of an object that a call has opened, or throws (ObjectKeys::Open).
void Unlock(const S3& s3, const wire::Call& call, const Bucket& bucket, OpenedObject& opened,
            std::string_view prefix = "");
// Throws unless the call brings the customer's key where the object needs it, and none where it does not.
void CheckCustomerKey(const S3& s3, const wire::Call& call, const Bucket& bucket, const Object& object);

// Tells how an object is encrypted.
void AddEncryption(const Encryption& encryption, const wire::Call& call, JsonObject& output);
// The same, and the encryption context, where the operation's answer has it.
void AddNewEncryption(const Encryption& encryption, const wire::Call& call, JsonObject& output);

}  // namespace sagebrush::objects
