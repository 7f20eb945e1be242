#include "gateway/uploads.h"

#include <algorithm>

#include "base/error.h"

namespace sagebrush::gateway {

Uploads::Admission::Admission(Uploads& uploads, std::string key, BodyBridge& bridge)
    : uploads_(uploads), key_(std::move(key)), bridge_(bridge) {
  const MutexLock lock(uploads.mutex_);
  if (uploads.CountOf(key_) >= uploads.each_max_) uploads.MakeRoom(&key_);
  if (uploads.admitted_.size() >= uploads.all_max_) uploads.MakeRoom(nullptr);
  at_ = uploads.admitted_.insert(uploads.admitted_.end(), this);
}

Uploads::Admission::~Admission() {
  const MutexLock lock(uploads_.mutex_);
  if (!ended_) uploads_.admitted_.erase(at_);
}

std::size_t Uploads::CountOf(const std::string& key) const {
  return static_cast<std::size_t>(
      std::count_if(admitted_.begin(), admitted_.end(), [&](const Admission* one) { return one->key_ == key; }));
}

Uploads::Admission* Uploads::FindStalled(const std::string* key) const {
  Admission* found = nullptr;
  Milliseconds longest = stall_min_;
  for (Admission* one : admitted_) {
    if (key != nullptr && one->key_ != *key) continue;
    const auto stalled = one->bridge_.Stalled();
    if (!stalled || *stalled < longest) continue;
    found = one;
    longest = *stalled;
  }
  return found;
}

void Uploads::MakeRoom(const std::string* key) {
  Admission* stalled = FindStalled(key);
  if (stalled == nullptr) {
    refusals_.Count(Limit::kUploads, key != nullptr ? *key : "all keys");
    throw Error(kThrottling, "Too many uploads are under way. Retry the request later.");
  }
  refusals_.Count(Limit::kStalledUpload, stalled->key_);
  stalled->bridge_.Fail(std::make_exception_ptr(
      Error(kThrottling, "The body of this request has not moved for a while, and other uploads need its place.")));
  stalled->ended_ = true;
  admitted_.erase(stalled->at_);
}

}  // namespace sagebrush::gateway
