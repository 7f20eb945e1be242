#include "objects/lifecycle.h"

#include <algorithm>
#include <array>

#include "objects/storage_class.h"
#include "objects/tag_set.h"

namespace sagebrush::objects {
namespace {

// Smaller ones stay where they are unless a filter says otherwise: their transition would cost more than it saves.
constexpr std::uint64_t kMovedSizeMin = 128 << 10;

// Objects move down this list only.
constexpr std::array<std::string_view, 8> kDownwards{
    "STANDARD",   "REDUCED_REDUNDANCY", "STANDARD_IA", "INTELLIGENT_TIERING",
    "ONEZONE_IA", "GLACIER_IR",         "GLACIER",     "DEEP_ARCHIVE"};

std::size_t DepthOf(std::string_view storage_class) {
  return static_cast<std::size_t>(std::ranges::find(kDownwards, storage_class) - kDownwards.begin());
}

std::optional<std::int64_t> OptionalInt(const Json& document, std::string_view path) {
  if (Find(document, path) == nullptr) return std::nullopt;
  return GetInt(document, path);
}

std::optional<std::uint64_t> OptionalSize(const Json& document, std::string_view name) {
  const auto size = OptionalInt(document, name);
  if (!size) return std::nullopt;
  return static_cast<std::uint64_t>(*size);
}

std::optional<Time> OptionalDate(const Json& document, std::string_view path) {
  const Json* const date = Find(document, path);
  if (date == nullptr || !date->is_number()) return std::nullopt;
  return Time::FromEpochSeconds(date->to_number<double>());
}

LifecycleFilter ReadFilter(const Json& rule) {
  LifecycleFilter filter{.prefix = GetString(rule, "Prefix")};
  const Json* from = Find(rule, "Filter");
  if (from == nullptr) return filter;
  if (const Json* const tag = Find(*from, "Tag"))
    filter.tags.emplace_back(GetString(*tag, "Key"), GetString(*tag, "Value"));
  if (const Json* const all = Find(*from, "And")) from = all;
  filter.prefix = GetString(*from, "Prefix");
  filter.larger_than = OptionalSize(*from, "ObjectSizeGreaterThan");
  filter.smaller_than = OptionalSize(*from, "ObjectSizeLessThan");
  if (const Json* const tags = Find(*from, "Tags")) {
    for (const Json& tag : tags->as_array()) filter.tags.emplace_back(GetString(tag, "Key"), GetString(tag, "Value"));
  }
  return filter;
}

std::vector<Transition> ReadTransitions(const Json& rule, std::string_view name, std::string_view days) {
  std::vector<Transition> transitions;
  const Json* const listed = Find(rule, name);
  if (listed == nullptr) return transitions;
  for (const Json& entry : listed->as_array()) {
    transitions.push_back({.days = OptionalInt(entry, days),
                           .date = OptionalDate(entry, "Date"),
                           .storage_class = GetString(entry, "StorageClass"),
                           .newer_noncurrent = GetInt(entry, "NewerNoncurrentVersions")});
  }
  return transitions;
}

LifecycleRule ReadRule(const Json& rule) {
  return {.id = GetString(rule, "ID"),
          .filter = ReadFilter(rule),
          .days = OptionalInt(rule, "Expiration.Days"),
          .date = OptionalDate(rule, "Expiration.Date"),
          .expired_delete_markers = GetBool(rule, "Expiration.ExpiredObjectDeleteMarker"),
          .noncurrent_days = OptionalInt(rule, "NoncurrentVersionExpiration.NoncurrentDays"),
          .newer_noncurrent = GetInt(rule, "NoncurrentVersionExpiration.NewerNoncurrentVersions"),
          .abort_days = OptionalInt(rule, "AbortIncompleteMultipartUpload.DaysAfterInitiation"),
          .transitions = ReadTransitions(rule, "Transitions", "Days"),
          .noncurrent_transitions = ReadTransitions(rule, "NoncurrentVersionTransitions", "NoncurrentDays")};
}

bool Matches(const LifecycleFilter& filter, const Object& object) {
  if (!object.key.starts_with(filter.prefix)) return false;
  // A delete marker has neither tags nor a size that could be asked for.
  if (object.delete_marker) return filter.tags.empty() && !filter.larger_than && !filter.smaller_than;
  if (filter.larger_than && object.size <= *filter.larger_than) return false;
  if (filter.smaller_than && object.size >= *filter.smaller_than) return false;
  const Tags& tags = object.properties.tags;
  return std::ranges::all_of(filter.tags, [&](const auto& tag) { return std::ranges::find(tags, tag) != tags.end(); });
}

std::optional<Time> ExpiryBy(const LifecycleRule& rule, const Object& object, Milliseconds day) {
  if (rule.date) return rule.date;
  if (rule.days) return MidnightAfter(object.modified, *rule.days, day);
  return std::nullopt;
}

bool IsOver(const std::optional<Time>& time, Time now) { return time && *time <= now; }

bool EndsCurrent(const LifecycleRule& rule, const VersionInPlace& version, Time now, Milliseconds day) {
  if (!version.object.delete_marker) return IsOver(ExpiryBy(rule, version.object, day), now);
  // A marker that hides nothing any more goes for good.
  return version.only && (rule.expired_delete_markers || IsOver(ExpiryBy(rule, version.object, day), now));
}

bool EndsNoncurrent(const LifecycleRule& rule, const VersionInPlace& version, Time now, Milliseconds day) {
  return rule.noncurrent_days && version.newer_noncurrent >= rule.newer_noncurrent &&
         IsOver(MidnightAfter(version.noncurrent_since, *rule.noncurrent_days, day), now);
}

bool MayMove(const Lifecycle& lifecycle, const LifecycleFilter& filter, const Transition& to, const Object& object) {
  if (object.delete_marker || DepthOf(to.storage_class) <= DepthOf(StorageClassOf(object.properties))) return false;
  if (object.size >= kMovedSizeMin || filter.larger_than || filter.smaller_than) return true;
  return lifecycle.small_objects_may_move && (to.storage_class == "GLACIER" || to.storage_class == "DEEP_ARCHIVE");
}

bool IsDue(const Transition& transition, const VersionInPlace& version, Time now, Milliseconds day) {
  if (transition.date) return *transition.date <= now;
  const Time since = version.latest ? version.object.modified : version.noncurrent_since;
  return version.newer_noncurrent >= transition.newer_noncurrent &&
         IsOver(MidnightAfter(since, transition.days.value_or(0), day), now);
}

void KeepEarlier(std::optional<LifecycleEnd>& end, const std::optional<Time>& time, const std::string& rule_id) {
  if (time && (!end || *time < end->time)) end = LifecycleEnd{*time, rule_id};
}

}  // namespace

Lifecycle ReadLifecycle(const Json& configuration) {
  Lifecycle lifecycle;
  lifecycle.small_objects_may_move =
      GetString(configuration, "TransitionDefaultMinimumObjectSize") == "varies_by_storage_class";
  for (const Json& rule : Find(configuration, "Rules")->as_array()) {
    if (GetString(rule, "Status") == "Enabled") lifecycle.rules.push_back(ReadRule(rule));
  }
  return lifecycle;
}

Time MidnightAfter(Time begin, std::int64_t days, Milliseconds day) {
  return {(begin.milliseconds / day.count() + days + 1) * day.count()};
}

LifecycleAction NextAction(const Lifecycle& lifecycle, const VersionInPlace& version, Time now, Milliseconds day) {
  LifecycleAction action;
  for (const LifecycleRule& rule : lifecycle.rules) {
    if (!Matches(rule.filter, version.object)) continue;
    // Deleting comes before any transition, by whichever rule.
    if (version.latest && EndsCurrent(rule, version, now, day)) {
      return {version.object.delete_marker ? LifecycleAction::Kind::kDeleteVersion : LifecycleAction::Kind::kExpire};
    }
    if (!version.latest && EndsNoncurrent(rule, version, now, day)) return {LifecycleAction::Kind::kDeleteVersion};
    for (const Transition& to : version.latest ? rule.transitions : rule.noncurrent_transitions) {
      if (!MayMove(lifecycle, rule.filter, to, version.object) || !IsDue(to, version, now, day)) continue;
      if (!action.storage_class.empty() && DepthOf(to.storage_class) <= DepthOf(action.storage_class)) continue;
      action = {LifecycleAction::Kind::kTransition, to.storage_class};
    }
  }
  return action;
}

std::optional<LifecycleEnd> ExpirationOf(const Lifecycle& lifecycle, const Object& current, Milliseconds day) {
  std::optional<LifecycleEnd> end;
  for (const LifecycleRule& rule : lifecycle.rules) {
    if (Matches(rule.filter, current)) KeepEarlier(end, ExpiryBy(rule, current, day), rule.id);
  }
  return end;
}

std::optional<LifecycleEnd> AbortOf(const Lifecycle& lifecycle, const std::string& key, Time initiated,
                                    Milliseconds day) {
  std::optional<LifecycleEnd> end;
  for (const LifecycleRule& rule : lifecycle.rules) {
    if (!rule.abort_days || !key.starts_with(rule.filter.prefix)) continue;
    KeepEarlier(end, MidnightAfter(initiated, *rule.abort_days, day), rule.id);
  }
  return end;
}

}  // namespace sagebrush::objects
