#pragma once

#include <compare>
#include <string_view>

namespace sagebrush::algorithms {

// The version of AWS's image that a job or an endpoint asked for: "1.2-2" is {1, 2, 2}.
struct ImageVersion {
  int major = 0;
  int minor = 0;
  int revision = 0;

  auto operator<=>(const ImageVersion&) const = default;
};

// Of an image's tag. "1" and "latest" are XGBoost's images of version 0.72. Another text without a number, as none at
// all: later than every version.
ImageVersion ParseImageVersion(std::string_view tag);

// What the runtime says that was asked for (runtime/image_catalogue.h).
ImageVersion OwnImageVersion();

}  // namespace sagebrush::algorithms
