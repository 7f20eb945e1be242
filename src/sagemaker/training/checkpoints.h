#pragma once

#include "sagemaker/role_objects.h"

namespace sagebrush::sagemaker {

// Fills `directory` with the objects under CheckpointConfig.S3Uri. May be repeated before the job starts.
void RestoreCheckpoints(const RoleObjects& objects, const S3Uri& uri, const Path& directory);

// Makes the objects under `uri` equal to the files in `directory`: uploads those that are new or changed since their
// object was written, deletes objects whose file is gone. `staging` names a file on the same file system to copy
// through.
void SaveCheckpoints(const RoleObjects& objects, const S3Uri& uri, const Path& directory, const Path& staging);

}  // namespace sagebrush::sagemaker
