#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "store/store.h"

namespace sagebrush::store {

// For tests: a Store that forgets with the process and whose writes fail where the test says. Its pages are whole.
class MemoryStore : public Store {
 public:
  // Called before each write, outside the lock: throws what the write shall fail with.
  void BeforeWrite(std::function<void()> hook) { before_write_ = std::move(hook); }

  std::shared_ptr<const Resource> Get(const Key& key) const override {
    const std::lock_guard lock(mutex_);
    const auto found = resources_.find(key);
    return found == resources_.end() ? nullptr : found->second;
  }
  std::vector<std::shared_ptr<const Resource>> All(const std::string& kind) const override {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const Resource>> all;
    for (const auto& [key, resource] : resources_) {
      if (key.kind == kind) all.push_back(resource);
    }
    return all;
  }
  Page List(const ListQuery& query) const override {
    Page page;
    for (const auto& resource : All(query.kind)) {
      const bool wanted =
          resource->key.account == query.account && resource->key.region == query.region &&
          resource->key.name.find(query.name_contains) != std::string::npos &&
          resource->key.name.starts_with(query.name_prefix) &&
          (query.states.empty() || std::ranges::find(query.states, resource->state) != query.states.end());
      if (wanted) page.resources.push_back(resource);
    }
    return page;
  }

  bool Insert(Resource& resource) override {
    return Write(resource.key, [&](auto& found) {
      if (found) return false;
      resource.version = ++version_;
      if (resource.uid.empty()) resource.uid = fmt::format("{:08x}-0000-4000-8000-000000000000", version_);
      found = std::make_shared<Resource>(resource);
      return true;
    });
  }
  bool Update(Resource& resource) override {
    return Write(resource.key, [&](auto& found) {
      if (!found || found->version != resource.version) return false;
      resource.version = ++version_;
      found = std::make_shared<Resource>(resource);
      return true;
    });
  }
  bool Delete(const Resource& resource) override {
    return Write(resource.key, [&](auto& found) {
      if (!found || found->version != resource.version) return false;
      found = nullptr;
      return true;
    });
  }
  void Subscribe(std::function<void(const Change&)> listener) override {
    const std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(listener));
  }
  // As when the process that subscribed is gone.
  void ForgetListeners() {
    const std::lock_guard lock(mutex_);
    listeners_.clear();
  }

 private:
  template <typename Act>
  bool Write(const Key& key, Act act) {
    if (before_write_) before_write_();
    std::vector<std::function<void(const Change&)>> listeners;
    Change change{key, 0, false};
    {
      const std::lock_guard lock(mutex_);
      std::shared_ptr<const Resource> found = resources_.contains(key) ? resources_.at(key) : nullptr;
      if (!act(found)) return false;
      change.version = version_;
      change.deleted = found == nullptr;
      if (found) {
        resources_[key] = found;
      } else {
        resources_.erase(key);
      }
      listeners = listeners_;
    }
    for (const auto& listener : listeners) listener(change);
    return true;
  }

  std::function<void()> before_write_;
  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<const Resource>> resources_;
  std::uint64_t version_ = 0;
  std::vector<std::function<void(const Change&)>> listeners_;
};

}  // namespace sagebrush::store
