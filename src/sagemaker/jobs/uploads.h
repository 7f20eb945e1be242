#pragma once

#include "sagemaker/archive.h"
#include "sagemaker/role_objects.h"

namespace sagebrush::sagemaker {

// Links and what else is no file are passed over below, and names that cannot be keys. Throw Error(kValidation) when
// there is more than the tree may hold; Error(kServiceUnavailable) once a stop is asked for. May be repeated.

// Uploads the files of a tree in which nobody writes any more, each as one object below `target`. Takes them over where
// it can. `notice` takes a line for each that is passed over.
void UploadFiles(const RoleObjects& objects, const WorkloadTree& tree, const S3Uri& target, const Notice& notice,
                 const std::stop_token& stop);

// What becomes of objects whose file is not in the tree.
enum class OtherObjects { kKeep, kDelete };

// Makes the objects below `target` equal to the files of a tree in which the job goes on writing: uploads those that
// are new or changed since their object was written. `staging` names a file on the same file system to copy through.
void UploadChanges(const RoleObjects& objects, const WorkloadTree& tree, const S3Uri& target, OtherObjects others,
                   const Path& staging, const std::stop_token& stop);

// The prefix below which lie the objects that belong to a tree: with a "/" at its end.
S3Uri FolderOf(S3Uri uri);

}  // namespace sagebrush::sagemaker
