#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/encoding.h"
#include "events/event_errors.h"
#include "events/event_handlers.h"
#include "events/rule.h"
#include "events/target_input.h"

namespace sagebrush::events {
namespace {

constexpr std::size_t kTargetsMax = 5;  // EventBridge's quota for a rule.
constexpr std::int64_t kPageMax = 100;

struct Refused {
  std::string_view member;
  std::string_view reason;
};
constexpr std::array<Refused, 12> kRefused{{
    {"RoleArn", "a log group takes events without a role"},
    {"DeadLetterConfig", "there are no queues in this server; what does not reach its target is in the server's log"},
    {"RetryPolicy", "an event that cannot be written is tried again for 24 hours, and no other policy is built"},
    {"KinesisParameters", "the target is no stream of Kinesis"},
    {"RunCommandParameters", "the target is no Run Command"},
    {"EcsParameters", "the target is no ECS task"},
    {"BatchParameters", "the target is no Batch job"},
    {"SqsParameters", "the target is no queue"},
    {"HttpParameters", "the target is no API"},
    {"RedshiftDataParameters", "the target is no Redshift cluster"},
    {"SageMakerPipelineParameters", "the target is no pipeline"},
    {"AppSyncParameters", "the target is no AppSync API"},
}};

// Why a target cannot be one; empty: it can.
std::string WhyRefused(const wire::Call& call, const Json& target) {
  const std::string arn = GetString(target, "Arn");
  if (!LogGroupOf(call.account(), call.region, arn)) {
    return fmt::format(
        "Parameter {} is not valid. Reason: The targets of this server are CloudWatch Logs log groups of "
        "the rule's account and region (arn:aws:logs:{}:{}:log-group:NAME); it has no other service that "
        "takes events.",
        arn, call.region, call.account());
  }
  for (const auto& [member, reason] : kRefused) {
    if (Find(target, member) != nullptr) return fmt::format("The parameter {} is refused: {}.", member, reason);
  }
  try {
    const TargetInput input(target);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void PutTarget(JsonArray& targets, const Json& target) {
  const auto same =
      std::ranges::find_if(targets, [&](const Json& one) { return GetString(one, "Id") == GetString(target, "Id"); });
  if (same == targets.end()) {
    targets.push_back(target);
  } else {
    *same = target;
  }
}

Json FailuresOf(JsonArray failed) {
  const std::size_t count = failed.size();
  return {{"FailedEntryCount", count}, {"FailedEntries", std::move(failed)}};
}

// A page of `all`, from the place that NextToken holds.
JsonObject PageOf(const wire::Call& call, const JsonArray& all, const char* member) {
  std::string token;
  std::size_t begin = 0;
  if (const std::string given = GetString(call.input, "NextToken"); !given.empty()) {
    const bool decoded = FromBase64(given, token);
    const auto read = std::from_chars(token.data(), token.data() + token.size(), begin);
    if (!decoded || read.ec != std::errc() || read.ptr != token.data() + token.size() || begin > all.size()) {
      throw Error(kValidation, "The NextToken is not one that this operation gave.");
    }
  }
  const auto limit = static_cast<std::size_t>(GetInt(call.input, "Limit", kPageMax));
  const std::size_t end = std::min(all.size(), begin + limit);
  JsonObject page{{member, JsonArray(all.begin() + begin, all.begin() + end)}};
  if (end < all.size()) page["NextToken"] = ToBase64(std::to_string(end));
  return page;
}

}  // namespace

Json PutTargets(const EventsContext& context, wire::Call& call) {
  JsonArray failed;
  std::vector<const Json*> taken;
  for (const Json& target : call.input.at("Targets").as_array()) {
    const std::string why = WhyRefused(call, target);
    if (why.empty()) taken.push_back(&target);
    if (!why.empty()) {
      failed.push_back(
          {{"TargetId", GetString(target, "Id")}, {"ErrorCode", "ValidationException"}, {"ErrorMessage", why}});
    }
  }
  ChangeRule(context, call, [&](store::Resource& rule) {
    JsonArray targets = TargetsOf(rule);
    for (const Json* target : taken) PutTarget(targets, *target);
    if (targets.size() > kTargetsMax) {
      throw Error(
          kEventsLimitExceeded,
          fmt::format("The requested resource exceeds the maximum number allowed: {} targets of a rule.", kTargetsMax));
    }
    rule.spec.as_object()["Targets"] = std::move(targets);
  });
  return FailuresOf(std::move(failed));
}

Json RemoveTargets(const EventsContext& context, wire::Call& call) {
  const JsonArray& ids = call.input.at("Ids").as_array();
  ChangeRule(context, call, [&](store::Resource& rule) {
    JsonArray kept;
    for (const Json& target : TargetsOf(rule)) {
      if (std::ranges::find(ids, target.at("Id")) == ids.end()) kept.push_back(target);
    }
    rule.spec.as_object()["Targets"] = std::move(kept);
  });
  return FailuresOf({});
}

Json ListTargetsByRule(const EventsContext& context, wire::Call& call) {
  return PageOf(call, TargetsOf(*RequireRule(context, call)), "Targets");
}

Json ListRuleNamesByTarget(const EventsContext& context, wire::Call& call) {
  RequireDefaultBus(call);
  const std::string arn = GetString(call.input, "TargetArn");
  std::vector<std::string> names;
  for (const auto& rule : context.store.All(kRuleKind)) {
    if (rule->key.account != call.account() || rule->key.region != call.region) continue;
    const auto is_it = [&](const Json& target) { return GetString(target, "Arn") == arn; };
    if (std::ranges::any_of(TargetsOf(*rule), is_it)) names.push_back(rule->key.name);
  }
  std::ranges::sort(names);
  return PageOf(call, JsonArray(names.begin(), names.end()), "RuleNames");
}

}  // namespace sagebrush::events
