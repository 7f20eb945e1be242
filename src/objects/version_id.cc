#include "objects/version_id.h"

#include <charconv>

#include "base/encoding.h"
#include "base/id.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kSequenceDigits = 16;
constexpr std::size_t kRandomBytes = 8;

}  // namespace

std::string NewVersionId(std::int64_t sequence) {
  return fmt::format("{:016x}{}", sequence, ToHex(RandomBytes(kRandomBytes)));
}

std::optional<std::int64_t> SequenceOfVersion(std::string_view id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (id.size() != kSequenceDigits + 2 * kRandomBytes || id.find_first_not_of(kDigits) != std::string_view::npos) {
    return std::nullopt;
  }
  std::int64_t sequence = 0;
  const char* const end = id.data() + kSequenceDigits;
  if (std::from_chars(id.data(), end, sequence, 16).ec != std::errc())
    return std::nullopt;  // Above what is ever given.
  return sequence;
}

}  // namespace sagebrush::objects
