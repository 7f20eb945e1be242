#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "wire/http.h"

namespace sagebrush::gateway {

// Replies already written, by what they depend on: clients that wait for something ask again and again for a resource
// that has not changed. Bodies in memory only. When full it starts anew: what is in use comes back at once.
// Safe to call from any thread.
class ReplyCache {
 public:
  explicit ReplyCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  std::optional<wire::HttpReply> Get(const std::string& key) const;
  void Put(const std::string& key, const wire::HttpReply& reply);

 private:
  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, wire::HttpReply> replies_;
  std::size_t bytes_ = 0;
};

}  // namespace sagebrush::gateway
