#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "objects/object.h"

namespace sagebrush::objects {

// The four conditional headers of a read.
struct ReadCondition {
  std::optional<std::string> if_match, if_none_match;  // As sent: "*" or a list of quoted entity tags.
  std::optional<Time> if_modified_since, if_unmodified_since;
};

enum class ReadOutcome { kSend, kNotModified, kFailed };
struct ReadVerdict {
  ReadOutcome outcome = ReadOutcome::kSend;
  std::string_view header{};  // The condition that made it so; empty for kSend.
};

// What the conditions make of a read of `object`. If-Match wins over If-Unmodified-Since and If-None-Match over
// If-Modified-Since, as in RFC 9110 section 13.2.2. Depends on its arguments only.
ReadVerdict Evaluate(const ReadCondition& condition, const Object& object);

// Whether a range is sent to who asks for it with this If-Range header, or, where the object has changed since, all of
// the object: RFC 9110 section 13.1.5. Takes a quoted entity tag or an HTTP date as Last-Modified has it.
bool HoldsForRange(std::string_view if_range, const Object& object);

}  // namespace sagebrush::objects
