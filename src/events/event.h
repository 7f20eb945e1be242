#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace sagebrush::events {

// Something that happened, as rules and targets see it.
struct Event {
  std::string account;
  std::string region;
  std::string source;                    // "aws.sagemaker"
  std::string detail_type;               // "SageMaker Training Job State Change"
  std::vector<std::string> resources{};  // ARNs.
  JsonObject detail{};
  Time time{};       // Of the change; set by whoever takes it in, where the source does not say.
  std::string id{};  // A UUID; empty: a new one.
};

// The document that patterns are held against and targets get.
Json DocumentOf(const Event& event);

}  // namespace sagebrush::events
