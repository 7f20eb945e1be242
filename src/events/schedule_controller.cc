#include "events/schedule_controller.h"

#include <deque>
#include <vector>

#include "events/delivery.h"
#include "events/event.h"
#include "events/rule.h"
#include "events/schedule_expression.h"

namespace sagebrush::events {
namespace {

// The schedule that the rule is to follow; empty: none.
std::string WantedSchedule(const store::Resource& rule) {
  return rule.state == kEnabled ? GetString(rule.spec, "ScheduleExpression") : "";
}

}  // namespace

ScheduleController::ScheduleController(store::Store& store, const Clock& clock)
    : kind_(kRuleKind), store_(store), clock_(clock) {}

std::optional<Seconds> ScheduleController::Reconcile(const store::Key& key) {
  const auto rule = store_.Get(key);
  if (rule == nullptr) return std::nullopt;
  const std::string wanted = WantedSchedule(*rule);
  const Time now = clock_.Now();
  if (wanted != GetString(rule->status, "Schedule")) {
    store::Resource begun = *rule;
    begun.status = {{"Schedule", wanted}, {"Anchor", now.milliseconds}, {"Last", now.milliseconds}};
    store_.Update(begun);  // Its own change brings the next call, as does another writer's.
    return std::nullopt;
  }
  if (wanted.empty()) return std::nullopt;
  const auto due = ScheduleExpression(wanted).Next({GetInt(rule->status, "Anchor")}, {GetInt(rule->status, "Last")});
  if (!due) return std::nullopt;
  if (*due > now) return Seconds(*due - now);
  Fire(*rule, *due);
  return std::nullopt;
}

void ScheduleController::Fire(store::Resource rule, Time due) {
  const Json event = DocumentOf({.account = rule.key.account,
                                 .region = rule.key.region,
                                 .source = "aws.events",
                                 .detail_type = "Scheduled Event",
                                 .resources = {RuleArn(rule.key)},
                                 .time = due});
  std::deque<store::Resource> deliveries;
  for (const Json& target : TargetsOf(rule)) deliveries.push_back(MakeDelivery(rule, target, event, clock_.Now()));
  rule.status.as_object()["Last"] = clock_.Now().milliseconds;
  std::vector<store::Write> writes{store::Write::Update(rule)};
  for (store::Resource& delivery : deliveries) writes.push_back(store::Write::Insert(delivery));
  store_.Commit(writes);
}

}  // namespace sagebrush::events
