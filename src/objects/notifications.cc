#include "objects/notifications.h"

#include <array>

#include <fmt/format.h>

#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

constexpr std::string_view kEventBridge = "EventBridgeConfiguration";

struct Destination {
  std::string_view member;  // Of the configuration: a list.
  std::string_view address;
  std::string_view service;
};
constexpr std::array kUnreachable{Destination{"QueueConfigurations", "QueueArn", "queues of SQS"},
                                  Destination{"TopicConfigurations", "TopicArn", "topics of SNS"},
                                  Destination{"LambdaFunctionConfigurations", "LambdaFunctionArn", "Lambda functions"}};

}  // namespace

void CheckNotifications(const Json& document) {
  for (const Destination& destination : kUnreachable) {
    const Json* const given = Find(document, destination.member);
    if (given == nullptr || !given->is_array() || given->get_array().empty()) continue;
    const std::string arn = GetString(given->get_array().front(), destination.address);
    throw Error(
        kInvalidArgument,
        fmt::format("Unable to validate the following destination configurations: there are no {} here. Give an "
                    "EventBridgeConfiguration, and make a rule for the bucket's events.",
                    destination.service),
        JsonObject{{"ArgumentName", arn}, {"ArgumentValue", "The destination does not exist"}});
  }
}

bool TellsEventBridge(const Bucket& bucket) {
  const Json* const document = ConfigurationOf(bucket, kNotifications);
  return document != nullptr && Find(*document, kEventBridge) != nullptr;
}

}  // namespace sagebrush::objects
