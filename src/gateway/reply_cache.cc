#include "gateway/reply_cache.h"

namespace sagebrush::gateway {
namespace {

constexpr std::size_t kEntryBytes = 512;  // Of a reply's headers and its place in the table, roughly.

}  // namespace

std::optional<wire::HttpReply> ReplyCache::Get(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = replies_.find(key);
  return found == replies_.end() ? std::nullopt : std::optional(found->second);
}

void ReplyCache::Put(const std::string& key, const wire::HttpReply& reply) {
  const auto* text = std::get_if<std::string>(&reply.body);
  if (text == nullptr) return;
  const std::size_t bytes = kEntryBytes + key.size() + text->size();
  const std::lock_guard lock(mutex_);
  if (bytes_ + bytes > bytes_max_) {
    replies_.clear();
    bytes_ = 0;
  }
  if (bytes <= bytes_max_ && replies_.emplace(key, reply).second) bytes_ += bytes;
}

}  // namespace sagebrush::gateway
