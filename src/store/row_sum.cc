#include "store/row_sum.h"

#include <array>

#include <fmt/compile.h>

#include "base/crc.h"

namespace sagebrush::store {

std::int64_t RowSum(const Resource& resource, std::string_view spec, std::string_view status,
                    std::string_view attributes) {
  std::array<char, 96> digits;  // Of four numbers of 20 characters at most.
  char* end = fmt::format_to(digits.data(), FMT_COMPILE("{} {} {}"), resource.version, resource.created.milliseconds,
                             resource.modified.milliseconds);
  // The first one is left out: before there were generations, rows had sums already.
  if (resource.generation != 1) end = fmt::format_to(end, FMT_COMPILE(" {}"), resource.generation);
  const std::string_view numbers(digits.data(), end);
  std::uint32_t sum = 0;
  const Key& key = resource.key;
  for (const std::string_view column :
       {std::string_view(key.kind), std::string_view(key.account), std::string_view(key.region),
        std::string_view(key.name), std::string_view(resource.uid), std::string_view(resource.state), numbers, spec,
        status}) {
    sum = Crc32c(sum, column);
    sum = Crc32c(sum, std::string_view("\0", 1));  // Where a column ends counts too.
  }
  if (!attributes.empty()) sum = Crc32c(sum, attributes);  // Left out for the same reason.
  return sum;
}

}  // namespace sagebrush::store
