#pragma once

#include "sagemaker/archive.h"
#include "sagemaker/role_objects.h"

namespace sagebrush::sagemaker {

// Fills `directory` with the objects under CheckpointConfig.S3Uri, and nothing else. May be repeated before the job
// starts. Throws Error(kValidation) for objects that cannot be files beside each other,
// Error(kServiceUnavailable) once a stop is asked for.
void RestoreCheckpoints(const RoleObjects& objects, const S3Uri& uri, const Path& directory,
                        const std::stop_token& stop);

// Makes the objects under `uri` equal to the files of `tree`, in which the job goes on writing: uploads those that are
// new or changed since their object was written, deletes objects whose file is gone. `staging` names a file on the same
// file system to copy through. Links and what else is no file are passed over, and names that cannot be keys.
// Throws Error(kValidation) when there is more than the volume holds; Error(kServiceUnavailable) once a stop is asked
// for. May be repeated.
void SaveCheckpoints(const RoleObjects& objects, const S3Uri& uri, const WorkloadTree& tree, const Path& staging,
                     const std::stop_token& stop);

}  // namespace sagebrush::sagemaker
