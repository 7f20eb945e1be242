#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "store/page_token.h"
#include "store/store.h"

namespace sagebrush::store {

// What a MemoryStore remembers: give it to the next one, and it is as after a restart of the process.
struct MemoryContent {
  std::map<Key, std::shared_ptr<const Resource>> resources;
  std::uint64_t version = 0;
};

// For tests: the simplest thing that a Store can be, whose writes fail where the test says.
class MemoryStore : public Store {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryContent> content = std::make_shared<MemoryContent>(), Options options = {})
      : content_(std::move(content)), options_(std::move(options)) {}

  // Called before each commit, outside the lock: throws what it shall fail with.
  void BeforeWrite(std::function<void()> hook) { before_write_ = std::move(hook); }

  std::shared_ptr<const Resource> Get(const Key& key) const override {
    const std::lock_guard lock(mutex_);
    return Find(content_->resources, key);
  }
  std::vector<std::shared_ptr<const Resource>> All(const std::string& kind) const override {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const Resource>> all;
    for (const auto& [key, resource] : content_->resources) {
      if (key.kind == kind) all.push_back(resource);
    }
    return all;
  }
  Page List(const ListQuery& query) const override {
    if (query.limit < 1) throw Error(kValidation, "The limit of a list must be at least 1.");
    const auto rank = [&](const Resource& resource) { return RankOf(PositionOf(OutlineOf(resource), query), query); };
    const auto comes_first = [&](const auto& a, const auto& b) { return query.descending ? b < a : a < b; };
    std::optional<Rank> from;
    if (!query.page_token.empty()) from = RankOf(tokens_.Open(query), query);
    std::vector<std::shared_ptr<const Resource>> found;
    for (const auto& resource : All(query.kind)) {
      if (Matches(*resource, query) && (!from || comes_first(*from, rank(*resource)))) found.push_back(resource);
    }
    std::ranges::sort(found, [&](const auto& a, const auto& b) { return comes_first(rank(*a), rank(*b)); });
    Page page;
    const auto limit = static_cast<std::size_t>(query.limit);
    if (found.size() > limit) {
      found.resize(limit);
      page.next_token = tokens_.Seal(query, PositionOf(OutlineOf(*found.back()), query));
    }
    page.resources = std::move(found);
    return page;
  }

  std::optional<std::size_t> Commit(std::span<const Write> writes) override {
    if (before_write_) before_write_();
    std::vector<Change> changes;
    std::vector<std::function<void(const Change&)>> listeners;
    {
      const std::lock_guard lock(mutex_);
      auto resources = content_->resources;
      for (std::size_t i = 0; i < writes.size(); ++i) {
        const auto change = Apply(writes[i], resources);
        if (!change) return i;
        changes.push_back(*change);
      }
      content_->resources.swap(resources);
      listeners = listeners_;
    }
    for (std::size_t i = 0; i < writes.size(); ++i) {
      if (writes[i].written != nullptr) *writes[i].written = *changes[i].after;
      for (const auto& listener : listeners) listener(changes[i]);
    }
    return std::nullopt;
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
  using Resources = std::map<Key, std::shared_ptr<const Resource>>;
  using Rank = std::tuple<std::int64_t, std::string, std::string>;

  static std::shared_ptr<const Resource> Find(const Resources& resources, const Key& key) {
    const auto found = resources.find(key);
    return found == resources.end() ? nullptr : found->second;
  }
  static Rank RankOf(const PagePosition& position, const ListQuery& query) {
    if (query.sort_by == ListQuery::SortBy::kState || query.sort_by == ListQuery::SortBy::kAttribute)
      return {0, std::get<std::string>(position.sort_value), position.name};
    return {std::get<std::int64_t>(position.sort_value), "", position.name};
  }
  static bool Matches(const Resource& r, const ListQuery& q) {
    return r.key.account == q.account && r.key.region == q.region &&
           Lower(r.key.name).find(Lower(q.name_contains)) != std::string::npos &&
           r.key.name.starts_with(q.name_prefix) &&
           (q.states.empty() || std::ranges::find(q.states, r.state) != q.states.end()) &&
           (!q.created_after || r.created >= *q.created_after) &&
           (!q.created_before || r.created < *q.created_before) &&
           (!q.modified_after || r.modified >= *q.modified_after) &&
           (!q.modified_before || r.modified < *q.modified_before) && (!q.where || q.where(OutlineOf(r)));
  }

  // nullopt: its condition does not hold.
  std::optional<Change> Apply(const Write& write, Resources& resources) {
    const Resource& given = *write.given;
    Change change{Find(resources, given.key), nullptr};
    const bool holds = write.what == Write::What::kInsert ? change.before == nullptr
                                                          : change.before && change.before->version == given.version;
    if (!holds) return std::nullopt;
    if (write.what == Write::What::kDelete) {
      resources.erase(given.key);
      return change;
    }
    auto after = std::make_shared<Resource>(given);
    after->version = ++content_->version;
    if (after->uid.empty()) after->uid = fmt::format("{:08x}-0000-4000-8000-000000000000", after->version);
    after->generation = change.before == nullptr ? 1 : change.before->generation + (change.before->spec != given.spec);
    if (options_.attributes) after->attributes = options_.attributes(*after);
    change.after = resources[given.key] = std::move(after);
    return change;
  }

  const std::shared_ptr<MemoryContent> content_;
  const Options options_;
  const PageTokens tokens_{"of a store for tests"};
  std::function<void()> before_write_;
  mutable std::mutex mutex_;  // Guards the content and:
  std::vector<std::function<void(const Change&)>> listeners_;
};

}  // namespace sagebrush::store
