#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace sagebrush::sagemaker {

// What the user is told of a failure that ended a job or deployment, in its FailureReason. The text of an internal
// failure is the operator's, because it names files of the server: it goes to the log, with `resource`'s name.
std::string TextForUser(const ErrorKind& kind, std::string_view message, std::string_view resource);
std::string TextForUser(const std::exception& failure, std::string_view resource);

// What a FailureReason may hold of `reason`, which quotes failure files, logs and names of any bytes: legible text, cut
// between characters to at most 1,024 of them, the model's limit.
std::string FailureReasonText(std::string_view reason);

// `text` with every path below `directory` named as what it is, a file of the server: for texts that come from
// elsewhere (a supervisor, an older server).
std::string WithoutPathsBelow(std::string_view text, const Path& directory);

}  // namespace sagebrush::sagemaker
