#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objects/object.h"

// What the lifecycle rules of a bucket say about its objects. All depend on arguments only.
namespace sagebrush::objects {

// Its name in Bucket::configurations.
inline constexpr std::string_view kLifecycleConfiguration = "LifecycleConfiguration";
inline constexpr Milliseconds kLifecycleDay = std::chrono::hours(24);

struct LifecycleFilter {
  std::string prefix;
  Tags tags;                                               // All of them.
  std::optional<std::uint64_t> larger_than, smaller_than;  // Bytes.
};

struct Transition {
  std::optional<std::int64_t> days;  // Since the object was written, or since it is noncurrent.
  std::optional<Time> date;
  std::string storage_class;
  std::int64_t newer_noncurrent = 0;
};

// nullopt: the rule says nothing of the kind.
struct LifecycleRule {
  std::string id;
  LifecycleFilter filter;
  std::optional<std::int64_t> days;
  std::optional<Time> date;
  bool expired_delete_markers = false;
  std::optional<std::int64_t> noncurrent_days;
  std::int64_t newer_noncurrent = 0;  // So many noncurrent versions are kept whatever their age.
  std::optional<std::int64_t> abort_days;
  std::vector<Transition> transitions, noncurrent_transitions;
};

struct Lifecycle {
  std::vector<LifecycleRule> rules;     // Those that are enabled.
  bool small_objects_may_move = false;  // TransitionDefaultMinimumObjectSize: varies_by_storage_class.
};

// Of a document that CheckLifecycle has let through.
Lifecycle ReadLifecycle(const Json& configuration);
// Throws an Error of S3's kind for rules that contradict themselves or each other; gives an id to those without one.
void CheckLifecycle(Json& configuration);

// A version of an object as it stands among the others of its key.
struct VersionInPlace {
  const Object& object;
  bool latest = true;
  bool only = true;                   // There is no other version of the key.
  Time noncurrent_since;              // When the next newer one was written.
  std::int64_t newer_noncurrent = 0;  // Noncurrent versions that are newer.
};

struct LifecycleAction {
  enum class Kind { kNone, kExpire, kDeleteVersion, kTransition } kind = Kind::kNone;
  std::string storage_class;  // Of a transition.
};
// `day`: how long a day is.
LifecycleAction NextAction(const Lifecycle& lifecycle, const VersionInPlace& version, Time now, Milliseconds day);

// When something ends, and by which rule.
struct LifecycleEnd {
  Time time;
  std::string rule_id;
};
std::optional<LifecycleEnd> ExpirationOf(const Lifecycle& lifecycle, const Object& current, Milliseconds day);
std::optional<LifecycleEnd> AbortOf(const Lifecycle& lifecycle, const std::string& key, Time initiated,
                                    Milliseconds day);

// The midnight that comes after so many days.
Time MidnightAfter(Time begin, std::int64_t days, Milliseconds day);

}  // namespace sagebrush::objects
