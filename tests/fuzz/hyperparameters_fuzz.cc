// links: algorithms
// A job's settings as its user gives them, for every algorithm: they are taken, or refused as the user's fault.
#include <cstdint>
#include <string_view>

#include "algorithms/data/content_type.h"
#include "algorithms/registry.h"
#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Json given;
  try {
    given = ParseJson(text);
  } catch (const Error&) {
  }
  for (const auto& algorithm : algorithms::AllAlgorithms()) {
    try {
      const auto values = algorithms::Hyperparameters::Parse(algorithm->declaration().hyperparameters, given);
      for (const auto& declared : algorithm->declaration().hyperparameters) {
        using enum algorithms::Hyperparameter::Type;
        if (declared.type == kInteger) values.GetInteger(declared.name);
        if (declared.type == kReal) values.GetReal(declared.name);
        if (declared.type == kChoiceList) values.GetList(declared.name);
      }
      algorithm->Check(values);
    } catch (const Error& error) {
      if (error.kind().code != algorithms::kClientError.code) __builtin_trap();
    }
  }
  try {
    for (const auto& algorithm : algorithms::AllAlgorithms()) {
      for (const auto& channel : algorithm->declaration().channels) algorithms::ParseContentType(text, channel);
    }
  } catch (const Error& error) {
    if (error.kind().code != algorithms::kClientError.code) __builtin_trap();
  }
  return 0;
}
