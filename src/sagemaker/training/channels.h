#pragma once

#include "sagemaker/role_objects.h"

namespace sagebrush::sagemaker {

// Lays a channel's objects out below `directory`, without copying their bytes: S3Prefix and ManifestFile of
// sagemaker-behaviour 3.3. `channel` is one element of InputDataConfig. May be repeated: what is in the directory is
// deleted first. Throws Error(kValidation) that says what is missing and what to do.
void PlaceChannel(const RoleObjects& objects, const Json& channel, const Path& directory);

// Throws Error(kValidation), as AWS's CreateTrainingJob does, when the channel names no objects that the role can find:
// the bucket is missing or of another region, nothing is under the prefix, or the role may not look.
void RequireObjects(const RoleObjects& objects, const Json& channel);

// Where below its channel the object `key` goes that was found under `prefix`; empty: nowhere (a folder marker).
// Throws Error(kValidation) when the key would leave the channel, or cannot be a file's name.
Path PathInChannel(const std::string& prefix, const std::string& key);

// Which objects become which files of a directory. What AWS calls ambiguous names, one object in the place of another's
// folder (S3DataSource of ModelDataSource), is refused before anything is placed.
class ChannelLayout {
 public:
  // `path` as PathInChannel tells; an empty one is passed over.
  void Add(const S3Uri& object, const Path& path);
  bool empty() const { return files_.empty(); }
  // Deletes what is in `directory`, or makes it; calls `make(object, file)` with the file's directory made. Throws
  // Error(kValidation), naming two objects that cannot be placed both.
  void Place(const Path& directory, const std::function<void(const S3Uri&, const Path&)>& make);

 private:
  struct File {
    std::string path;
    S3Uri object;
  };
  void CheckNames();

  std::vector<File> files_;
};

}  // namespace sagebrush::sagemaker
