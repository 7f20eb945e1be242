#include "events/delivery_controller.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "events/delivery.h"
#include "events/rule.h"
#include "events/target_input.h"

namespace sagebrush::events {
namespace {

constexpr Milliseconds kAgeMax{24LL * 3600 * 1000};

// A transformer that makes {"timestamp", "message"} says what the log event is; anything else is its message.
LogLine LineOf(const Json& input, Time arrived, Time now) {
  LogLine line{.time = arrived, .ingested = now};
  const Json* const message = input.is_object() ? input.get_object().if_contains("message") : nullptr;
  const Json* const time = input.is_object() ? input.get_object().if_contains("timestamp") : nullptr;
  const bool is_log_event =
      message != nullptr && message->is_string() && time != nullptr && input.get_object().size() == 2;
  if (is_log_event) {
    line.message = std::string(message->get_string());
    try {
      if (time->is_int64()) line.time = {time->get_int64()};
      if (time->is_string()) line.time = ParseTime(time->get_string());
    } catch (const Error&) {  // No time: then it is that of the event.
    }
  } else {
    line.message = input.is_string() ? std::string(input.get_string()) : ToText(input);
  }
  return line;
}

}  // namespace

DeliveryController::DeliveryController(store::Store& store, telemetry::LogStore& logs, RuleCounts& counts,
                                       const Clock& clock)
    : kind_(kDeliveryKind), store_(store), logs_(logs), counts_(counts), clock_(clock) {}

std::optional<Seconds> DeliveryController::Reconcile(const store::Key& key) {
  const auto delivery = store_.Get(key);
  if (delivery == nullptr) return std::nullopt;
  std::string why = "there is no such log group";
  try {
    if (Append(*delivery)) {
      End(*delivery, RuleCounts::What::kInvoked);
      return std::nullopt;
    }
  } catch (const Error& error) {
    if (clock_.Now() - delivery->created < kAgeMax) throw;
    why = fmt::format("it took none for 24 hours ({})", error.what());
  }
  LogWarning("An event of the rule {} does not reach {}: {}.", RuleOf(*delivery).name,
             GetString(delivery->spec, "Target.Arn"), why);
  End(*delivery, RuleCounts::What::kFailed);
  return std::nullopt;
}

bool DeliveryController::Append(const store::Resource& delivery) {
  const Json& target = delivery.spec.at("Target");
  const auto name = LogGroupOf(delivery.key.account, delivery.key.region, GetString(target, "Arn"));
  const auto group = name ? logs_.Find(delivery.key.account, delivery.key.region, *name) : nullptr;
  if (group == nullptr) return false;
  const std::string stream_name = GetString(delivery.spec, "LogStream");
  auto stream = group->Find(stream_name);
  if (stream == nullptr) {
    stream = group->CreateStream(stream_name, clock_.Now());
    group->Sync();
    if (stream == nullptr) stream = group->Find(stream_name);  // Another delivery of the rule was first.
    if (stream == nullptr) throw Error(kServiceUnavailable, "The log stream was deleted meanwhile.");
  }
  const Json input = TargetInput(target).Of(delivery.spec.at("Event"), RuleOf(delivery), delivery.created);
  stream->Append({LineOf(input, delivery.created, clock_.Now())});
  return true;
}

void DeliveryController::End(const store::Resource& delivery, RuleCounts::What outcome) {
  if (store_.Delete(delivery)) counts_.Add(RuleOf(delivery), outcome);
}

}  // namespace sagebrush::events
