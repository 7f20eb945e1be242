#pragma once

#include <optional>

#include "base/file.h"
#include "wire/sigv4.h"

namespace sagebrush::identity {

// The [default] profile of a file in the form that AWS's SDKs read (AWS_SHARED_CREDENTIALS_FILE).
// nullopt: no such file, or no such profile in it.
std::optional<wire::Credentials> ReadCredentialsFile(const Path& file);
// Readable by the file's user only. Durable on return.
void WriteCredentialsFile(const Path& file, const wire::Credentials& credentials);

}  // namespace sagebrush::identity
