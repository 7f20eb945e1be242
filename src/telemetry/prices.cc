#include "telemetry/prices.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "telemetry/default_prices.h"

namespace sagebrush::telemetry {
namespace {

[[noreturn]] void ThrowWrong(const Path& file, const std::string& entry, const std::string& what) {
  throw Error(kValidation, fmt::format("{}: {} {}. Correct it, or delete the file to get the defaults again.",
                                       file.string(), entry, what));
}

double Price(const Path& file, const std::string& entry, const Json& value) {
  if (!value.is_number()) ThrowWrong(file, entry, "is not a number (the price of an hour)");
  const double price = value.to_number<double>();
  if (!(price >= 0)) ThrowWrong(file, entry, "is negative");
  return price;
}

}  // namespace

PriceTable::PriceTable(const Path& file) : file_(file) {
  if (!std::filesystem::exists(file_)) WriteFileDurably(file_, DefaultPrices());
  modified_ = std::filesystem::last_write_time(file_);
  prices_ = Parse(file_, ReadFile(file_));
}

PriceTable::Prices PriceTable::Parse(const Path& file, std::string_view text) {
  Json document;
  try {
    document = ParseJson(text);
  } catch (const Error& error) {
    ThrowWrong(file, "the file", std::string("is not JSON: ") + error.what());
  }
  Prices prices;
  const Json* currency = Find(document, "currency");
  if (currency == nullptr || !currency->is_string()) ThrowWrong(file, "\"currency\"", "is missing or not a text");
  prices.currency = std::string(currency->as_string());
  const Json* hourly = Find(document, "hourly");
  if (hourly == nullptr || !hourly->is_object()) ThrowWrong(file, "\"hourly\"", "is missing or not an object");
  for (const auto& [name, value] : hourly->as_object()) {
    const std::string type(name);
    const std::string entry = "\"hourly\", \"" + type + "\"";
    if (!value.is_object()) {
      prices.hourly[{type, ""}] = Price(file, entry, value);
      continue;
    }
    for (const auto& [use, price] : value.as_object()) {
      prices.hourly[{type, std::string(use)}] = Price(file, entry + ", \"" + std::string(use) + "\"", price);
    }
  }
  return prices;
}

void PriceTable::Follow() const {
  std::error_code missing;
  const auto modified = std::filesystem::last_write_time(file_, missing);
  if (missing || modified == modified_) return;
  modified_ = modified;
  try {
    prices_ = Parse(file_, ReadFile(file_));
  } catch (const Error& error) {
    LogWarning("The prices before the last change go on to hold: {}", error.what());
  }
}

std::optional<double> PriceTable::Hourly(std::string_view instance_type, std::string_view use) const {
  const MutexLock lock(mutex_);
  Follow();
  for (const std::string_view key : {use, std::string_view("")}) {
    const auto found = prices_.hourly.find({std::string(instance_type), std::string(key)});
    if (found != prices_.hourly.end()) return found->second;
  }
  return std::nullopt;
}

std::string PriceTable::Currency() const {
  const MutexLock lock(mutex_);
  Follow();
  return prices_.currency;
}

}  // namespace sagebrush::telemetry
