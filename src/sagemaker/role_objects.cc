#include "sagemaker/role_objects.h"

#include <fcntl.h>

#include "base/text.h"
#include "identity/identity.h"
#include "objects/access.h"
#include "objects/errors.h"
#include "objects/object_files.h"
#include "objects/object_store.h"

namespace sagebrush::sagemaker {

S3Uri ParseS3Uri(std::string_view text, std::string_view member) {
  constexpr std::string_view kScheme = "s3://";
  const std::string_view rest = text.starts_with(kScheme) ? text.substr(kScheme.size()) : std::string_view();
  const std::size_t slash = rest.find('/');
  S3Uri uri{std::string(rest.substr(0, slash)),
            slash == std::string_view::npos ? "" : std::string(rest.substr(slash + 1))};
  if (uri.bucket.empty()) {
    throw Error(kValidation, fmt::format("{} is \"{}\"; it must be an address like s3://bucket/key.", member, text));
  }
  return uri;
}

S3Uri operator/(const S3Uri& prefix, std::string_view name) {
  const bool slash = !prefix.key.empty() && prefix.key.back() != '/';
  return {prefix.bucket, prefix.key + (slash ? "/" : "") + std::string(name)};
}

bool CanBeKey(std::string_view key) {
  constexpr std::size_t kKeyBytesMax = 1024;
  return !key.empty() && key.size() <= kKeyBytesMax && IsUtf8(key);
}

RoleObjects::RoleObjects(const Context& context, const std::string& role_arn, const std::string& session_name)
    : context_(context),
      principal_(context.identity.AssumeServiceRole(role_arn, session_name, "sagemaker.amazonaws.com").principal) {}

std::vector<RoleObject> RoleObjects::List(const S3Uri& prefix) const {
  context_.identity.Check(principal_, objects::ToList(context_.objects, principal_, prefix.bucket, prefix.key));
  std::vector<RoleObject> found;
  objects::ListQuery query;
  query.prefix = prefix.key;
  for (;;) {
    const objects::Listing listing = context_.objects.List(prefix.bucket, query);
    for (const objects::Object& object : listing.objects) {
      found.push_back({object.key, static_cast<std::int64_t>(object.size), object.modified});
    }
    if (!listing.truncated) return found;
    query.start_after = listing.last;
  }
}

void RoleObjects::CheckRead(const S3Uri& object) const {
  context_.identity.Check(principal_, objects::ToRead(context_.objects, principal_, object.bucket, object.key));
}

void RoleObjects::Link(const S3Uri& object, const Path& target) const {
  CheckRead(object);
  if (!context_.objects.Export(object.bucket, object.key, target)) {
    throw Error(objects::kNoSuchKey, "There is no object " + object.ToString() + ".");
  }
}

void RoleObjects::Copy(const S3Uri& object, const Path& target, const std::stop_token& stop) const {
  CheckRead(object);
  const auto opened = context_.objects.Open(object.bucket, object.key);
  if (!opened) throw Error(objects::kNoSuchKey, "There is no object " + object.ToString() + ".");
  const FileDescriptor copy = OpenFile(target, O_WRONLY | O_CREAT | O_EXCL, 0644);
  objects::ReadFileRange(opened->file->get(), 0, opened->object.size, [&](std::string_view bytes) {
    if (stop.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
    WriteAll(copy.get(), bytes);
  });
}

std::string RoleObjects::Read(const S3Uri& object) const {
  CheckRead(object);
  const auto opened = context_.objects.Open(object.bucket, object.key);
  if (!opened) throw Error(objects::kNoSuchKey, "There is no object " + object.ToString() + ".");
  return ReadFile("/proc/self/fd/" + std::to_string(opened->file->get()));
}

void RoleObjects::Put(const S3Uri& object, const FileDescriptor& file, const std::stop_token& stop) const {
  context_.identity.Check(principal_, objects::ToWrite(context_.objects, principal_, object.bucket, object.key));
  objects::Properties properties;
  properties.headers["ContentType"] = "application/octet-stream";
  context_.objects.PutFile(object.bucket, object.key, file, properties, stop);
}

void RoleObjects::Delete(const S3Uri& object) const {
  const auto bucket = context_.objects.FindBucket(object.bucket);
  if (bucket == nullptr) return;
  context_.identity.Check(principal_,
                          {objects::ObjectAccess(principal_, *bucket, object.key, "s3:DeleteObject",
                                                 objects::TagContext(context_.objects, object.bucket, object.key))});
  context_.objects.Delete(object.bucket, object.key);
}

}  // namespace sagebrush::sagemaker
