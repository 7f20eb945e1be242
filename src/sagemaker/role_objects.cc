#include "sagemaker/role_objects.h"

#include <fcntl.h>

#include "base/arn.h"
#include "base/id.h"
#include "base/text.h"
#include "identity/identity.h"
#include "objects/access.h"
#include "objects/bucket_encryption.h"
#include "objects/errors.h"
#include "objects/object_keys.h"
#include "objects/object_store.h"
#include "wire/api.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {

namespace {

constexpr ErrorKind kBucketRegion{"BucketRegionError", 400, Fault::kClient};

// Does `work`; an error then says what could not be done with which address.
template <typename Work>
auto Naming(std::string_view what, const S3Uri& uri, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(error.kind(),
                fmt::format("Unable to {} {} ({}: {})", what, uri.ToString(), error.kind().code, error.what()));
  }
}

void CheckRoom(const objects::OpenedObject& opened, std::int64_t bytes_max) {
  const auto bytes = static_cast<std::int64_t>(opened.object.size);
  if (bytes <= bytes_max) return;
  throw Error(kValidation,
              fmt::format("it has {} bytes, and the volume has room for {}; raise VolumeSizeInGB", bytes, bytes_max));
}

}  // namespace

template <typename Work>
auto RoleObjects::AsCall(std::string_view operation, std::string_view key_member, const S3Uri& uri,
                         const std::string& request_id, Work work) const {
  const wire::Service& s3 = *wire::FindService("s3");
  const wire::Operation& called = *s3.FindOperation(operation);
  if (!context_.api.IsHeard(called)) return work();
  const Json input = JsonObject{{"Bucket", uri.bucket}, {key_member, uri.key}};
  wire::CallOutcome outcome{.service = &s3,
                            .operation = &called,
                            .principal = &principal_,
                            .input = &input,
                            .region = region_,
                            .request_id = request_id};
  try {
    auto result = work();
    context_.api.Tell(outcome);
    return result;
  } catch (const Error& error) {
    outcome.failure = &error;
    context_.api.Tell(outcome);
    throw;
  }
}

bool CanBeKey(std::string_view key) {
  constexpr std::size_t kKeyBytesMax = 1024;
  return !key.empty() && key.size() <= kKeyBytesMax && IsUtf8(key);
}

RoleObjects::RoleObjects(const Context& context, const std::string& role_arn, const std::string& session_name,
                         const std::string& source_arn, std::string kms_key)
    : context_(context),
      kms_key_(std::move(kms_key)),
      region_(Arn::Parse(source_arn).value().region),
      request_id_(NewUuid()),
      principal_(
          context.identity
              .AssumeServiceRole(role_arn, session_name, "sagemaker.amazonaws.com", std::chrono::hours(12), source_arn)
              .principal) {}

void RoleObjects::CheckRegion(const S3Uri& uri) const {
  const auto bucket = context_.objects.FindBucket(uri.bucket);
  if (bucket == nullptr) objects::ThrowNoSuchBucket(uri.bucket);
  if (bucket->region == region_) return;
  throw Error(kBucketRegion, fmt::format("the bucket is in {}; it must be in the region of what uses it, {}",
                                         bucket->region, region_));
}

objects::Listing RoleObjects::ListPage(const S3Uri& prefix, const std::string& after) const {
  return Naming("list objects under", prefix, [&] {
    return AsCall("ListObjectsV2", "Prefix", prefix, request_id_, [&] {
      CheckRegion(prefix);
      context_.identity.Check(principal_, objects::ToList(context_.objects, principal_, prefix.bucket, prefix.key));
      return context_.objects.List(prefix.bucket, {.prefix = prefix.key, .start_after = after});
    });
  });
}

std::vector<RoleObject> RoleObjects::List(const S3Uri& prefix) const {
  std::vector<RoleObject> found;
  for (std::string after;;) {
    const objects::Listing listing = ListPage(prefix, after);
    for (const objects::Object& object : listing.objects) {
      found.push_back({object.key, static_cast<std::int64_t>(object.size), object.modified});
    }
    if (!listing.truncated) return found;
    after = listing.last;
  }
}

bool RoleObjects::HasAny(const S3Uri& prefix) const {
  for (std::string after;;) {
    const objects::Listing listing = ListPage(prefix, after);
    for (const objects::Object& object : listing.objects) {
      if (!object.key.ends_with('/')) return true;
    }
    if (!listing.truncated) return false;
    after = listing.last;
  }
}

bool RoleObjects::Exists(const S3Uri& object) const {
  return Naming("look at object", object, [&] {
    return AsCall("HeadObject", "Key", object, request_id_, [&] {
      CheckRead(object);
      return context_.objects.Find(object.bucket, object.key).has_value();
    });
  });
}

void RoleObjects::CheckRead(const S3Uri& object) const {
  CheckRegion(object);
  context_.identity.Check(principal_, objects::ToRead(context_.objects, principal_, object.bucket, object.key));
}

objects::OpenedObject RoleObjects::Open(const S3Uri& object) const {
  return AsCall("GetObject", "Key", object, request_id_, [&] {
    CheckRead(object);
    auto opened = context_.objects.Open(object.bucket, object.key);
    if (!opened) objects::ThrowNoSuchKey(object.key);
    opened->data_key =
        context_.object_keys.Open({principal_, region_}, object.bucket, object.key, opened->object.encryption);
    return *std::move(opened);
  });
}

std::int64_t RoleObjects::Link(const S3Uri& object, const Path& target, const std::stop_token& stop,
                               std::int64_t bytes_max) const {
  return Naming("download object", object, [&] {
    const objects::OpenedObject opened = Open(object);
    if (!opened.IsPlain()) CheckRoom(opened, bytes_max);
    const bool shared = context_.objects.Export(opened, target, stop);
    return shared ? 0 : static_cast<std::int64_t>(opened.object.size);
  });
}

std::int64_t RoleObjects::Copy(const S3Uri& object, const Path& target, const std::stop_token& stop,
                               std::int64_t bytes_max) const {
  return Naming("download object", object, [&] {
    const objects::OpenedObject opened = Open(object);
    CheckRoom(opened, bytes_max);
    context_.objects.Verify(opened, {0, opened.object.size});
    const FileDescriptor copy = OpenFile(target, O_WRONLY | O_CREAT | O_EXCL, 0644);
    objects::CopyToFile(opened, copy, stop);
    return static_cast<std::int64_t>(opened.object.size);
  });
}

std::string RoleObjects::Read(const S3Uri& object) const {
  return Naming("download object", object, [&] {
    const objects::OpenedObject opened = Open(object);
    context_.objects.Verify(opened, {0, opened.object.size});
    std::string bytes;
    opened.Read({0, opened.object.size}, [&](std::string_view piece) { bytes += piece; });
    return bytes;
  });
}

objects::ObjectKey RoleObjects::NewKey(const S3Uri& object) const {
  const auto bucket = context_.objects.FindBucket(object.bucket);
  if (bucket == nullptr) objects::ThrowNoSuchBucket(object.bucket);
  objects::BucketEncryption standard = objects::BucketEncryptionOf(*bucket);
  if (!kms_key_.empty()) standard = {.form = objects::EncryptionForm::kKms, .kms_key = kms_key_};
  return context_.object_keys.Make(
      {principal_, region_}, object.bucket, object.key,
      {.form = standard.form, .kms_key = standard.kms_key, .bucket_key = standard.bucket_key});
}

void RoleObjects::CheckWrite(const S3Uri& object) const {
  CheckRegion(object);
  context_.identity.Check(principal_, objects::ToWrite(context_.objects, principal_, object.bucket, object.key));
}

void RoleObjects::CheckPut(const S3Uri& object) const {
  Naming("upload file to", object, [&] {
    CheckWrite(object);
    NewKey(object);
  });
}

void RoleObjects::Put(const S3Uri& object, const FileDescriptor& file, const std::stop_token& stop) const {
  objects::Properties properties;
  properties.headers["ContentType"] = "application/octet-stream";
  const objects::Cause cause = CauseOf("PutObject");
  Naming("upload file to", object, [&] {
    AsCall("PutObject", "Key", object, cause.request_id, [&] {
      CheckWrite(object);
      return context_.objects.PutFile(object.bucket, object.key, file, properties,
                                      {.key = NewKey(object), .cause = cause}, stop);
    });
  });
}

void RoleObjects::Delete(const S3Uri& object) const {
  const auto bucket = context_.objects.FindBucket(object.bucket);
  if (bucket == nullptr) return;
  const objects::Cause cause = CauseOf("DeleteObject");
  AsCall("DeleteObject", "Key", object, cause.request_id, [&] {
    context_.identity.Check(principal_,
                            {objects::ObjectAccess(principal_, *bucket, object.key, "s3:DeleteObject",
                                                   objects::TagContext(context_.objects, object.bucket, object.key))});
    return context_.objects.Delete(object.bucket, object.key, {.cause = cause});
  });
}

objects::Cause RoleObjects::CauseOf(const std::string& operation) const {
  return {.reason = operation, .request_id = NewUuid(), .requester = principal_.account};
}

}  // namespace sagebrush::sagemaker
