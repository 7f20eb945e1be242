#pragma once

#include <string>
#include <string_view>

namespace sagebrush::runtime {

// Why an image address cannot mean one of AWS's own images: another registry than ECR, or an account that is not AWS's
// there. Somebody's own image of the same name must not be taken for it. Empty: it can, also when it names no host.
std::string WhyNotAws(std::string_view uri);

}  // namespace sagebrush::runtime
