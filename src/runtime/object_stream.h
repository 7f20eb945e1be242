#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/file.h"

namespace sagebrush::runtime {

// Takes the next bytes. False: it wants no more.
using ByteSink = std::function<bool(std::string_view bytes)>;

// What becomes of an object on its way into a pipe.
struct ObjectForm {
  bool gzip = false;       // It is gzip, of one or several members: what is in it is streamed.
  bool record_io = false;  // It becomes one RecordIO record (magic 0xCED7230A, length, bytes, padding to 4).
};

// Gives all that `file`, open at its beginning, is in `form` to `sink`, in bounded memory. False: the sink wanted no
// more. Throws Error(kValidation) that says what about the object is wrong, "is no gzip file: ...".
bool StreamObject(const FileDescriptor& file, const ObjectForm& form, const ByteSink& sink);

}  // namespace sagebrush::runtime
