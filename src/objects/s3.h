#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objects/access.h"
#include "objects/object_keys.h"
#include "objects/object_store.h"
#include "objects/read_condition.h"
#include "objects/s3_operations.h"
#include "wire/call.h"

// What the operations of the S3 API share: reading what they have in common from a call, writing it to a document.
namespace sagebrush::objects {

struct S3 {
  ObjectStore& store;
  const ObjectKeys& keys;
  const wire::Authorizer& authorizer;
  const Clock& clock;
  S3Settings settings;
};
using S3Handler = std::function<Json(const S3& s3, wire::Call& call)>;
using S3Rule = std::function<std::vector<wire::Access>(const S3&, const wire::Call&)>;

// Fills an OperationTable with the operations of one noun.
class S3Table {
 public:
  S3Table(wire::OperationTable& table, const S3& s3) : table_(table), s3_(std::make_shared<const S3>(s3)) {}
  void Add(const std::string& operation, S3Handler handler, S3Rule rule, wire::RunsOn runs_on = wire::RunsOn::kPool);
  // Says why an operation that is there refuses everything.
  void Explain(const std::string& operation, std::string reason) { table_.Explain("s3", operation, std::move(reason)); }

 private:
  wire::OperationTable& table_;
  std::shared_ptr<const S3> s3_;
};

// One for each s3_*.cc file.
void AddBucketOperations(S3Table& table);
void AddBucketPolicyOperations(S3Table& table);
void AddBucketConfigurationOperations(S3Table& table);
void AddAbsentConfigurationOperations(S3Table& table);
void AddVersionOperations(S3Table& table);
void AddObjectLockOperations(S3Table& table);
void AddLifecycleOperations(S3Table& table);
void AddAclOperations(S3Table& table);
void AddTaggingOperations(S3Table& table);
void AddListingOperations(S3Table& table);
void AddReadOperations(S3Table& table);
void AddWriteOperations(S3Table& table);
void AddCopyOperations(S3Table& table);
void AddMultipartOperations(S3Table& table);

// Rules: `action` on the bucket, or on the object, that the input names.
S3Rule OnBucket(std::string action);
S3Rule OnObject(std::string action);
// `action` as it is called when `document` names a version, even the only one: "s3:GetObjectVersion" for GetObject.
std::string ActionOn(const Json& document, std::string action);
// PutObject, and PutObjectTagging or PutObjectAcl when the call brings such, with their condition keys.
std::vector<wire::Access> WriteRule(const S3& s3, const wire::Call& call);

// The bucket of the input. Throws kNoSuchBucket, and kS3AccessDenied when ExpectedBucketOwner is not its owner.
std::shared_ptr<const Bucket> BucketOf(const S3& s3, const wire::Call& call);
// The key of the input, for writing. Throws kKeyTooLong.
std::string NewKeyOf(const wire::Call& call);
std::string KeyOf(const wire::Call& call);
std::optional<std::string> OptionalString(const Json& document, std::string_view name);
std::optional<Time> OptionalTime(const Json& document, std::string_view name);

// Throws kAccessDenied unless the call may do what shows only in the work. All checks but the operation's own go here.
void CheckWithin(const S3& s3, const wire::Call& call, std::vector<wire::Access> accesses);
// Throws for headers of a write whose effect we do not have.
void RefuseUnsupported(const Json& input);

// The call as the cause of what it changes; `reason`: as S3's events have it.
Cause CauseOf(const wire::Call& call, std::string reason);
// What a write says about its object: content headers, metadata, tags.
Properties ReadProperties(const Json& input);
// The checksum that a write asks for or brings, and its condition. Default CRC64NVME, as S3's own.
WriteOptions ReadWriteOptions(const wire::Call& call);
std::optional<Checksum> ReadChecksum(const Json& document);
ReadCondition ReadConditions(const Json& input, const std::string& prefix = "");

std::string Quoted(std::string_view etag);
std::string Unquoted(std::string_view etag);
double Seconds(Time time);
// ChecksumCRC32: base64 (with "-parts" for a composite one) and, `with_type`, ChecksumType.
void AddChecksum(const std::optional<Checksum>& checksum, JsonObject& output, bool with_type = true);
// {ID}: the canonical user id that stands for an account.
JsonObject OwnerOf(const std::string& account);
// Reads the whole body of the call.
template <typename Writer>
void CopyBody(wire::Call& call, Writer& writer) {
  if (call.body == nullptr) return writer.Append(call.http->body);
  std::string buffer(256 << 10, '\0');
  while (const std::size_t n = call.body->Read(buffer.data(), buffer.size())) {
    writer.Append(std::string_view(buffer.data(), n));
  }
}
// The body comes with a Content-MD5 or a checksum; a call that came over no network needs none.
bool BringsChecksum(const wire::Call& call);
// Throws kInvalidRequest unless it does.
void RequireChecksum(const wire::Call& call);
// Throws kEntityTooLarge when the body of the call says that it is more than one request may bring.
void CheckBodySize(const wire::Call& call);

}  // namespace sagebrush::objects
