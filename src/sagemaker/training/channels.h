#pragma once

#include "sagemaker/role_objects.h"

namespace sagebrush::sagemaker {

// Lays a channel's objects out below `directory`, without copying their bytes: S3Prefix and ManifestFile of
// sagemaker-behaviour 3.3. `channel` is one element of InputDataConfig. May be repeated.
// Throws Error(kValidation) that says what is missing and what to do.
void PlaceChannel(const RoleObjects& objects, const Json& channel, const Path& directory);

// Where below its channel the object `key` goes that was found under `prefix`; empty: nowhere (a folder marker).
// Throws Error(kValidation) when the key would leave the channel.
Path PathInChannel(const std::string& prefix, const std::string& key);

}  // namespace sagebrush::sagemaker
