#pragma once

#include "sagemaker/role_objects.h"

namespace sagebrush::sagemaker {

// How what is in a channel of a job comes to its workload: Channel.InputMode of the service model.
enum class InputMode {
  kFile,      // As files in the channel's directory.
  kFastFile,  // The same here: what is on this machine needs no download, so that File mode does not wait for it.
  kPipe,      // As a stream, epoch after epoch (runtime::PipeInput).
};
// `otherwise`: the job's TrainingInputMode, for a channel that names none.
InputMode InputModeOf(const Json& channel, std::string_view otherwise);
std::string_view InputModeName(InputMode mode);

// Where below its channel the object `key` goes that was found under `prefix`; empty: nowhere (a folder marker).
// Throws Error(kValidation) when the key would leave the channel, or cannot be a file's name.
Path PathInChannel(const std::string& prefix, const std::string& key);

// Which objects become which files of a directory. What AWS calls ambiguous names, one object in the place of another's
// folder (S3DataSource of ModelDataSource), is refused before anything is placed.
class ChannelLayout {
 public:
  struct File {
    std::string path;
    S3Uri object;
  };
  // `path` as PathInChannel tells; an empty one is passed over.
  void Add(const S3Uri& object, const Path& path);
  // Deletes what is in `directory`, or makes it; calls `make(object, file)` with the file's directory made. Throws
  // Error(kValidation), naming two objects that cannot be placed both.
  void Place(const Path& directory, const std::function<void(const S3Uri&, const Path&)>& make);

  // In the order in which they were added, until they are placed.
  const std::vector<File>& files() const { return files_; }

 private:
  void CheckNames();

  std::vector<File> files_;
};

// Below, `source` says by S3Uri and S3DataType (S3Prefix, ManifestFile: sagemaker-behaviour 3.3) which objects are
// meant, as S3DataSource of a channel and S3Input of a processing job do. They throw Error(kValidation) that says what
// is missing and what to do.

// Adds the objects, at their places below `folder`, which may be empty.
void AddObjects(const RoleObjects& objects, const Json& source, const Path& folder, ChannelLayout& layout);

// How much of the disk a job's inputs may take, and when to give up.
struct InputLimits {
  std::int64_t bytes_left = 0;  // Each input takes from it.
  std::stop_token stop{};
};

// Lays the objects out below `directory`, without copying the bytes of those that are stored plain. May be repeated:
// what is in the directory is deleted first.
void LinkObjects(const RoleObjects& objects, const Json& source, const Path& directory, InputLimits& limits);

// As LinkObjects, for a stream: the objects are the files "0", "1", ... in the order in which `source` has them, and
// the file "names" says what each is.
void LinkObjectsInOrder(const RoleObjects& objects, const Json& source, const Path& directory, InputLimits& limits);

// Refuses, as AWS's Create operations of jobs do, when the role can find no objects: the bucket is missing or of
// another region, nothing is under the prefix, or the role may not look.
void RequireObjects(const RoleObjects& objects, const Json& source);

}  // namespace sagebrush::sagemaker
