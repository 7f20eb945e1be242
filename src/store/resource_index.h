#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "store/page_token.h"
#include "store/store.h"

namespace sagebrush::store {

// What lists are made by, in memory: the outline of every resource of each kind that was asked for, in the orders that
// were asked for. A list then reads the documents of its page only. Safe to call from any thread.
//
// A write costs an append; the next list in an order puts what was appended into its place. Lists look through a copy
// of the order that nobody changes, so they wait neither for each other nor for the writer.
class ResourceIndex {
 public:
  using Take = std::function<void(const Key& key, const Outline& outline)>;
  // Reads all resources of a kind as they are stored at some moment after the call.
  using Load = std::function<void(const std::string& kind, const Take& take)>;

  explicit ResourceIndex(Load load) : load_(std::move(load)) {}

  // The writer calls these after each commit, in order, before the commit's caller is told.
  void Put(const Resource& resource);
  void Remove(const Key& key);

  struct Found {
    std::vector<std::string> names;    // As many as the query's limit, at most.
    std::optional<PagePosition> next;  // Of the last of them, when there are more.
  };
  // The resources that `query` asks for, from behind `from` on. Throws what Load throws.
  Found Find(const ListQuery& query, const std::optional<PagePosition>& from);

 private:
  struct Entry;
  struct Order;
  struct Scope;
  struct Kind;
  using Entries = std::vector<std::shared_ptr<Entry>>;

  void Apply(Kind& kind, const Key& key, std::shared_ptr<Entry> entry);
  Kind& Loaded(const std::string& kind, MutexLock& lock) REQUIRES(mutex_) NO_THREAD_SAFETY_ANALYSIS;
  std::shared_ptr<const Entries> Snapshot(const ListQuery& query);

  const Load load_;
  Mutex mutex_;
  std::condition_variable loaded_;
  std::map<std::string, std::shared_ptr<Kind>, std::less<>> kinds_ GUARDED_BY(mutex_);  // With all that it holds.
};

}  // namespace sagebrush::store
