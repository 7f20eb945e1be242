#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/trouble.h"
#include "runtime/image_provider.h"

namespace sagebrush::runtime {

// For tests: the images of another provider, which become ready, or fail, when the test says so. Outlives what uses it,
// as the files of an image outlive a server.
class FakeImages : public ImageProvider {
 public:
  explicit FakeImages(ImageProvider& images) : images_(images) {}

  ImageDescription Describe(std::string_view uri, std::string_view region) const override {
    return images_.Describe(uri, region);
  }
  void Prepare(std::string_view uri, std::string_view region, const std::string& waiter) override {
    images_.Prepare(uri, region, waiter);
    const std::lock_guard lock(mutex_);
    ++prepares_;
    if (stage_ == ImageState::Stage::kPreparing) waiters_.insert(waiter);
  }
  ImageState State(std::string_view uri, std::string_view region) const override {
    const std::lock_guard lock(mutex_);
    if (stage_ == ImageState::Stage::kReady) return images_.State(uri, region);
    return {.stage = stage_, .image = {}, .message = message_};
  }
  void Listen(std::function<void(const std::string&)> listener) override {
    const std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(listener));
  }

  // What all images are from now on; ready to begin with.
  void Become(ImageState::Stage stage, const std::string& message = "") {
    std::vector<std::function<void(const std::string&)>> listeners;
    std::set<std::string> waiters;
    {
      const std::lock_guard lock(mutex_);
      stage_ = stage;
      message_ = message;
      waiters = waiters_;
      if (stage != ImageState::Stage::kPreparing) waiters_.clear();
      listeners = listeners_;
    }
    for (const auto& listener : listeners) {
      for (const std::string& waiter : waiters) listener(waiter);
    }
  }
  // What dies with a server: who waits, and who is told.
  void Forget() {
    const std::lock_guard lock(mutex_);
    waiters_.clear();
    listeners_.clear();
  }
  int prepares() const {
    const std::lock_guard lock(mutex_);
    return prepares_;
  }

 private:
  ImageProvider& images_;
  mutable std::mutex mutex_;
  ImageState::Stage stage_ = ImageState::Stage::kReady;
  std::string message_;
  std::set<std::string> waiters_;
  std::vector<std::function<void(const std::string&)>> listeners_;
  int prepares_ = 0;
};

// For tests: images each of whose calls by the server `trouble` may befall. Both outlive it.
class TroubledImages : public ImageProvider {
 public:
  TroubledImages(ImageProvider& images, const Trouble& trouble) : images_(images), trouble_(trouble) {}

  ImageDescription Describe(std::string_view uri, std::string_view region) const override {
    return images_.Describe(uri, region);
  }
  void Prepare(std::string_view uri, std::string_view region, const std::string& waiter) override {
    trouble_.Around([&] { images_.Prepare(uri, region, waiter); });
  }
  ImageState State(std::string_view uri, std::string_view region) const override {
    return trouble_.Around([&] { return images_.State(uri, region); });
  }
  void Listen(std::function<void(const std::string&)> listener) override { images_.Listen(std::move(listener)); }

 private:
  ImageProvider& images_;
  const Trouble& trouble_;
};

}  // namespace sagebrush::runtime
