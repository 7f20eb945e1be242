#pragma once

#include <string_view>

#include "objects/object.h"

// What a bucket is configured to tell of its objects: everything, to EventBridge, or nothing.
namespace sagebrush::objects {

inline constexpr std::string_view kNotifications = "NotificationConfiguration";  // In Bucket::configurations.

// Throws Error(kInvalidArgument) for a configuration with a destination that cannot be reached.
void CheckNotifications(const Json& document);
// Whether events of the bucket's objects go to EventBridge.
bool TellsEventBridge(const Bucket& bucket);

}  // namespace sagebrush::objects
