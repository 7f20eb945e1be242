#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sagebrush::objects {

// Whom an x-amz-grant header names: `id="..."`, `uri="..."`, `emailAddress="..."`, separated by commas.
struct HeaderGrantee {
  std::string type;   // "id", "uri", "emailaddress": in lower case.
  std::string value;  // Without quotes.
  bool operator==(const HeaderGrantee&) const = default;
};

// Throws Error(kInvalidArgument) unless the whole header is of that form.
std::vector<HeaderGrantee> ParseGrantHeader(std::string_view header);

}  // namespace sagebrush::objects
