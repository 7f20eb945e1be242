#include "sagemaker/training/channels.h"

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

void Place(const RoleObjects& objects, const S3Uri& object, const Path& directory, const Path& relative) {
  const Path target = directory / relative;
  fs::create_directories(target.parent_path());
  fs::remove(target);  // Left by an earlier try.
  objects.Link(object, target);
}

void PlacePrefix(const RoleObjects& objects, const S3Uri& prefix, const Path& directory) {
  bool any = false;
  for (const RoleObject& object : objects.List(prefix)) {
    const Path relative = PathInChannel(prefix.key, object.key);
    if (relative.empty()) continue;
    Place(objects, {prefix.bucket, object.key}, directory, relative);
    any = true;
  }
  if (any) return;
  throw Error(
      kValidation,
      fmt::format("No S3 objects found under S3 URL \"{}\" given in input data source. Please ensure that the bucket "
                  "exists, that objects exist under that S3 prefix, and that the role \"{}\" may list and read them.",
                  prefix.ToString(), objects.principal().identity_arn));
}

// A manifest is [{"prefix": "s3://bucket/some/"}, "key after the prefix", ...].
void PlaceManifest(const RoleObjects& objects, const S3Uri& uri, const Path& directory) {
  const auto refuse = [&](const std::string& why) {
    throw Error(kValidation,
                fmt::format("The manifest {} {}. It must be a JSON array: first {{\"prefix\": \"s3://...\"}}, "
                            "then keys after that prefix.",
                            uri.ToString(), why));
  };
  Json manifest;
  try {
    manifest = ParseJson(objects.Read(uri));
  } catch (const Error& error) {
    if (error.kind().code != kValidation.code) throw;
    refuse(std::string("is no JSON: ") + error.what());
  }
  if (!manifest.is_array() || manifest.as_array().size() < 2) refuse("names no objects");
  const JsonArray& entries = manifest.as_array();
  if (!entries[0].is_object() || GetString(entries[0], "prefix").empty()) refuse("does not begin with a prefix");
  const S3Uri prefix = ParseS3Uri(GetString(entries[0], "prefix"), "prefix");
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (!entries[i].is_string()) refuse(fmt::format("has an entry {} that is no string", i));
    const std::string name(entries[i].get_string());
    const Path relative = PathInChannel("", name);
    if (!relative.empty()) Place(objects, {prefix.bucket, prefix.key + name}, directory, relative);
  }
}

}  // namespace

Path PathInChannel(const std::string& prefix, const std::string& key) {
  if (key.empty() || key.back() == '/') return {};
  std::string rest = key.substr(prefix.size());
  if (rest.empty() || (rest[0] != '/' && !prefix.empty() && prefix.back() != '/')) {
    // The prefix ends inside a name ("data/tr" of "data/train.csv") or is a whole key: keep that name.
    const std::size_t slash = prefix.rfind('/');
    rest = key.substr(slash == std::string::npos ? 0 : slash + 1);
  }
  const Path path = Path(rest).relative_path();
  for (const Path& part : path) {
    if (part == "..")
      throw Error(kValidation, "The object key " + key + " holds \"..\" and cannot be placed in a channel.");
  }
  return path.lexically_normal();
}

void PlaceChannel(const RoleObjects& objects, const Json& channel, const Path& directory) {
  fs::create_directories(directory);
  const Json& source = channel.at("DataSource").at("S3DataSource");
  const S3Uri uri = ParseS3Uri(GetString(source, "S3Uri"), "S3Uri");
  if (GetString(source, "S3DataType") == "ManifestFile") {
    PlaceManifest(objects, uri, directory);
  } else {
    PlacePrefix(objects, uri, directory);
  }
}

}  // namespace sagebrush::sagemaker
