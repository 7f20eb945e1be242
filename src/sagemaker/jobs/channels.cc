#include "sagemaker/jobs/channels.h"

#include <fcntl.h>

#include <ranges>

#include <fmt/format.h>

#include "base/directory.h"
#include "base/encoding.h"
#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameBytesMax = 255;

// The order in which a folder comes right before what is in it.
bool ComesBefore(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(
      a, b, {}, [](char c) { return c == '/' ? 0 : 1 + static_cast<unsigned char>(c); },
      [](char c) { return c == '/' ? 0 : 1 + static_cast<unsigned char>(c); });
}

bool IsAtOrBelow(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// AWS's words: github.com/aws/amazon-sagemaker-examples/issues/2267 shows the whole message.
Error NoObjects(const RoleObjects& objects, std::string_view url, const S3Uri& uri) {
  return {
      kValidation,
      fmt::format("No S3 objects found under S3 URL \"{}\" given in input data source. Please ensure that the bucket "
                  "exists in the selected region ({}), that objects exist under that S3 prefix, and that the role "
                  "\"{}\" has \"s3:ListBucket\" permissions on bucket \"{}\".",
                  url, objects.region(), objects.principal().identity_arn, uri.bucket)};
}

void AddPrefix(const RoleObjects& objects, const S3Uri& prefix, const Path& folder, ChannelLayout& layout) {
  bool found = false;
  for (const RoleObject& object : objects.List(prefix)) {
    const Path path = PathInChannel(prefix.key, object.key);
    if (path.empty()) continue;
    layout.Add({prefix.bucket, object.key}, folder / path);
    found = true;
  }
  if (!found) throw NoObjects(objects, prefix.ToString(), prefix);
}

// A manifest is [{"prefix": "s3://bucket/some/"}, "key after the prefix", ...].
void AddManifest(const RoleObjects& objects, const S3Uri& uri, const Path& folder, ChannelLayout& layout) {
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
    const Path path = PathInChannel("", name);
    if (!path.empty()) layout.Add({prefix.bucket, prefix.key + name}, folder / path);
  }
}

void MakeEmpty(const Path& directory) {
  if (!RemoveTree(directory)) throw Error(kInternalFailure, "Cannot empty " + directory.string());
  fs::create_directories(directory);
}

}  // namespace

InputMode InputModeOf(const Json& channel, std::string_view otherwise) {
  const std::string mode = GetString(channel, "InputMode", std::string(otherwise));
  if (mode == "Pipe") return InputMode::kPipe;
  return mode == "FastFile" ? InputMode::kFastFile : InputMode::kFile;
}

std::string_view InputModeName(InputMode mode) {
  if (mode == InputMode::kPipe) return "Pipe";
  return mode == InputMode::kFastFile ? "FastFile" : "File";
}

Path PathInChannel(const std::string& prefix, const std::string& key) {
  if (key.empty() || key.back() == '/') return {};
  std::string_view rest = std::string_view(key).substr(prefix.size());
  if (rest.empty() || (rest[0] != '/' && !prefix.empty() && prefix.back() != '/')) {
    // The prefix ends inside a name ("data/tr" of "data/train.csv") or is a whole key: keep that name.
    const std::size_t slash = prefix.rfind('/');
    rest = std::string_view(key).substr(slash == std::string::npos ? 0 : slash + 1);
  }
  std::string path;
  for (const auto range : std::views::split(rest, '/')) {
    const std::string_view part(range.begin(), range.end());
    if (part.empty() || part == ".") continue;
    if (part == ".." || part.size() > kNameBytesMax || part.find('\0') != std::string_view::npos) {
      throw Error(kValidation,
                  fmt::format("The object key {} holds the name \"{}\", which no file can have, and cannot "
                              "be placed in a channel. Give the object another key.",
                              key, part));
    }
    path += (path.empty() ? "" : "/") + std::string(part);
  }
  if (path.empty()) throw Error(kValidation, "The object key " + key + " gives no file name. Give it another key.");
  return path;
}

void ChannelLayout::Add(const S3Uri& object, const Path& path) {
  if (!path.empty()) files_.push_back({path.string(), object});
}

void ChannelLayout::CheckNames() {
  std::ranges::sort(files_, ComesBefore, &File::path);
  for (std::size_t i = 1; i < files_.size(); ++i) {
    const File &file = files_[i - 1], &next = files_[i];
    if (!IsAtOrBelow(next.path, file.path)) continue;
    const char* as =
        next.path == file.path ? "both would be the file" : "one would be a file and the other in a folder,";
    throw Error(kValidation,
                fmt::format("The objects {} and {} cannot both be placed: {} {}. Give one of them another key.",
                            file.object.ToString(), next.object.ToString(), as, file.path));
  }
}

void ChannelLayout::Place(const Path& directory, const std::function<void(const S3Uri&, const Path&)>& make) {
  CheckNames();
  MakeEmpty(directory);
  for (const File& file : files_) {
    fs::create_directories((directory / file.path).parent_path());
    make(file.object, directory / file.path);
  }
}

void RequireObjects(const RoleObjects& objects, const Json& source) {
  const std::string url = GetString(source, "S3Uri");
  const S3Uri uri = ParseS3Uri(url, "S3Uri");
  bool found = false;
  try {
    found = GetString(source, "S3DataType") == "ManifestFile" ? objects.Exists(uri) : objects.HasAny(uri);
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
  }
  if (!found) throw NoObjects(objects, url, uri);
}

void AddObjects(const RoleObjects& objects, const Json& source, const Path& folder, ChannelLayout& layout) {
  const S3Uri uri = ParseS3Uri(GetString(source, "S3Uri"), "S3Uri");
  if (GetString(source, "S3DataType") == "ManifestFile") {
    AddManifest(objects, uri, folder, layout);
  } else {
    AddPrefix(objects, uri, folder, layout);
  }
}

void LinkObjects(const RoleObjects& objects, const Json& source, const Path& directory, InputLimits& limits) {
  ChannelLayout layout;
  AddObjects(objects, source, {}, layout);
  layout.Place(directory, [&](const S3Uri& object, const Path& target) {
    limits.bytes_left -= objects.Link(object, target, limits.stop, limits.bytes_left);
  });
}

void LinkObjectsInOrder(const RoleObjects& objects, const Json& source, const Path& directory, InputLimits& limits) {
  ChannelLayout layout;
  AddObjects(objects, source, {}, layout);
  MakeEmpty(directory);
  std::string names;
  for (std::size_t i = 0; i < layout.files().size(); ++i) {
    const S3Uri& object = layout.files()[i].object;
    limits.bytes_left -= objects.Link(object, directory / std::to_string(i), limits.stop, limits.bytes_left);
    names += Replaced(object.ToString(), "\n", "?") + "\n";  // A line each.
  }
  WriteAll(OpenFile(directory / "names", O_WRONLY | O_CREAT | O_EXCL, 0600).get(), names);
}

}  // namespace sagebrush::sagemaker
