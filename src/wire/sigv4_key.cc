#include "wire/sigv4_key.h"

#include <array>
#include <functional>
#include <memory>
#include <string>

namespace sagebrush::wire {
namespace {

struct Entry {
  std::string secret_key, date, region, service;
  HmacSha256Key key;
};

// A slot is found by hash and simply overwritten by the next comer, so the cache is bounded without any list.
using Slots = std::array<std::unique_ptr<Entry>, 64>;

HmacSha256Key Derive(std::string_view secret_key, std::string_view date, std::string_view region,
                     std::string_view service) {
  const auto of_date = HmacSha256("AWS4" + std::string(secret_key), date);
  const auto of_region = HmacSha256(AsText(of_date), region);
  const auto of_service = HmacSha256(AsText(of_region), service);
  return HmacSha256Key(AsText(HmacSha256(AsText(of_service), "aws4_request")));
}

}  // namespace

HmacSha256Key SigningKey(std::string_view secret_key, std::string_view date, std::string_view region,
                         std::string_view service) {
  thread_local Slots slots;
  const std::hash<std::string_view> hash;
  auto& slot = slots[(hash(secret_key) ^ hash(date) * 3 ^ hash(region) * 5 ^ hash(service) * 7) % slots.size()];
  const bool hit = slot && slot->secret_key == secret_key && slot->date == date && slot->region == region &&
                   slot->service == service;
  if (!hit) {
    slot = std::make_unique<Entry>(Entry{std::string(secret_key), std::string(date), std::string(region),
                                         std::string(service), Derive(secret_key, date, region, service)});
  }
  return slot->key;
}

}  // namespace sagebrush::wire
