#include "runtime/image_provider.h"

#include "base/directory.h"
#include "base/error.h"

namespace sagebrush::runtime {

PreparedImage ReadyImage(const ImageProvider& images, std::string_view image_uri, std::string_view region) {
  ImageState state = images.State(image_uri, region);
  if (state.stage == ImageState::Stage::kReady) return std::move(state.image);
  const bool failed = state.stage == ImageState::Stage::kFailed;
  throw Error(
      failed ? kValidation : kServiceUnavailable,
      "The image " + std::string(image_uri) + (failed ? " cannot be had: " : " is not ready yet: ") + state.message);
}

ImageRoot RootFor(const PreparedImage& image, const Path& writable) {
  const auto* const layered = std::get_if<LayeredRoot>(&image.root);
  if (layered == nullptr) return image.root;
  if (!RemoveTree(writable)) throw Error(kInternalFailure, "Cannot empty " + writable.string());
  std::filesystem::create_directories(writable);
  return LayeredRoot{layered->layers, writable};
}

}  // namespace sagebrush::runtime
