#include "objects/paging_number.h"

#include <string>

#include "objects/errors.h"

namespace sagebrush::objects {

std::int64_t Read(const PagingNumber& number, const Json& input, std::int64_t absent) {
  const std::int64_t value = GetInt(input, number.member, absent);
  if (value >= 0) return value;
  throw Error(kInvalidArgument, fmt::format("Argument {} must be an integer between 0 and 2147483647", number.argument),
              JsonObject{{"ArgumentName", number.parameter}, {"ArgumentValue", std::to_string(value)}});
}

}  // namespace sagebrush::objects
