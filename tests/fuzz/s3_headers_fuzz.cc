// links: objects
// The parsers of S3's own header and document forms: whatever the text, a value or an Error.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "objects/bucket_name.h"
#include "objects/bucket_policy.h"
#include "objects/byte_range.h"
#include "objects/copy_source.h"
#include "objects/grant_header.h"
#include "objects/object_document.h"
#include "objects/read_condition.h"
#include "objects/tag_set.h"
#include "try.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush::objects;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Try([&] { ParseRange(text, 1000); });
  Try([&] { ParseCopyRange(text, 1000); });
  Try([&] { CopySource::Parse(text); });
  Try([&] { ReadTagHeader(text); });
  Try([&] { ParseGrantHeader(text); });
  Try([&] { CheckBucketPolicy(text, "bucket"); });
  Try([&] { IsPublicPolicy(sagebrush::ParseJson(text)); });
  Evaluate({.if_match = std::string(text), .if_none_match = std::string(text)}, {.etag = "e"});
  IsBucketName(text);
  ChecksumFromText(text);
  return 0;
}
