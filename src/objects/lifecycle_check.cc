// Which lifecycle configurations S3 takes. The service model says what members there are; here is what it does not say.
// Sources: docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html, the API pages of the elements, and
// AWS's own words in issues of clients (terraform-aws-s3-bucket 109, aws-cli 8239, noobaa-core 8914).
#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.h"
#include "base/id.h"
#include "objects/errors.h"
#include "objects/lifecycle.h"
#include "objects/tag_set.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kRulesMax = 1000, kIdMax = 255;
constexpr std::int64_t kNewerNoncurrentMax = 100;
constexpr std::int64_t kInfrequentDaysMin = 30;  // Before an object may go to a class for infrequent access.
constexpr std::size_t kIdBytes = 24;
constexpr std::array<std::string_view, 6> kTransitionClasses{
    "GLACIER", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"};

[[noreturn]] void ThrowMalformed(const std::string& why) {
  throw Error(kMalformedXml,
              "The XML you provided was not well-formed or did not validate against our published schema: " + why);
}
[[noreturn]] void ThrowInvalid(const std::string& message) { throw Error(kInvalidArgument, message); }

bool Has(const Json& document, std::string_view path) { return Find(document, path) != nullptr; }

void CheckDays(const Json& document, std::string_view name, std::string_view action, std::int64_t min) {
  if (!Has(document, name) || GetInt(document, name) >= min) return;
  ThrowInvalid(
      fmt::format("'{}' for {} action must be a {} integer", name, action, min > 0 ? "positive" : "nonnegative"));
}

void CheckDate(const Json& document) {
  const Json* const date = Find(document, "Date");
  if (date == nullptr) return;
  const Time time = Time::FromEpochSeconds(date->to_number<double>());
  if (time.milliseconds % kLifecycleDay.count() != 0) ThrowInvalid("'Date' must be at midnight GMT");
}

std::size_t CountOf(const Json& document, std::initializer_list<std::string_view> names) {
  std::size_t count = 0;
  for (const std::string_view name : names) count += Has(document, name) ? 1 : 0;
  return count;
}

struct FilterKind {
  bool tags = false;
  bool size = false;
};

void CheckSizes(const Json& filter) {
  const std::int64_t above = GetInt(filter, "ObjectSizeGreaterThan"),
                     below = GetInt(filter, "ObjectSizeLessThan", INT64_MAX);
  if (above < 0 || below < 1) ThrowInvalid("The sizes of a filter are not negative, and ObjectSizeLessThan is above 0");
  if (Has(filter, "ObjectSizeGreaterThan") && Has(filter, "ObjectSizeLessThan") && above >= below) {
    throw Error(kInvalidRequest, "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'");
  }
}

FilterKind CheckFilter(const Json& rule) {
  const Json* const filter = Find(rule, "Filter");
  if (Has(rule, "Prefix") == (filter != nullptr)) ThrowMalformed("a rule has either a Filter or a Prefix");
  if (filter == nullptr) return {};
  if (CountOf(*filter, {"Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And"}) > 1) {
    ThrowMalformed("a Filter has one condition; put several into And");
  }
  const Json* const all = Find(*filter, "And");
  const Json& conditions = all != nullptr ? *all : *filter;
  FilterKind kind{.tags = Has(conditions, "Tag") || Has(conditions, "Tags"),
                  .size = Has(conditions, "ObjectSizeGreaterThan") || Has(conditions, "ObjectSizeLessThan")};
  if (all != nullptr && !kind.tags && !kind.size && !Has(conditions, "Prefix")) ThrowMalformed("And has no condition");
  CheckSizes(conditions);
  if (const Json* const tag = Find(conditions, "Tag")) ReadTagSet(JsonObject{{"TagSet", JsonArray{*tag}}}, 1);
  if (const Json* const tags = Find(conditions, "Tags")) ReadTagSet(JsonObject{{"TagSet", *tags}}, kObjectTagsMax);
  return kind;
}

void CheckExpiration(const Json& rule, const FilterKind& filter) {
  const Json* const expiration = Find(rule, "Expiration");
  if (expiration == nullptr) return;
  if (CountOf(*expiration, {"Days", "Date", "ExpiredObjectDeleteMarker"}) != 1) {
    ThrowMalformed("an Expiration has one of Days, Date and ExpiredObjectDeleteMarker");
  }
  CheckDays(*expiration, "Days", "Expiration", 1);
  CheckDate(*expiration);
  if (!Has(*expiration, "ExpiredObjectDeleteMarker")) return;
  if (filter.tags) throw Error(kInvalidRequest, "ExpiredObjectDeleteMarker cannot be specified with Tags.");
  if (filter.size) ThrowMalformed("ExpiredObjectDeleteMarker cannot be specified with a size");
}

void CheckNewerNoncurrent(const Json& document) {
  if (!Has(document, "NewerNoncurrentVersions")) return;
  const std::int64_t count = GetInt(document, "NewerNoncurrentVersions");
  if (count < 1 || count > kNewerNoncurrentMax) {
    ThrowInvalid(fmt::format("'NewerNoncurrentVersions' must be between 1 and {}", kNewerNoncurrentMax));
  }
  if (!Has(document, "NoncurrentDays")) ThrowMalformed("NewerNoncurrentVersions needs NoncurrentDays");
}

void CheckNoncurrent(const Json& rule) {
  const Json* const expiration = Find(rule, "NoncurrentVersionExpiration");
  if (expiration == nullptr) return;
  if (!Has(*expiration, "NoncurrentDays")) ThrowMalformed("a NoncurrentVersionExpiration has NoncurrentDays");
  CheckDays(*expiration, "NoncurrentDays", "NoncurrentVersionExpiration", 1);
  CheckNewerNoncurrent(*expiration);
  if (Has(*expiration, "NewerNoncurrentVersions") && !Has(rule, "Filter")) {
    throw Error(kInvalidRequest, "NewerNoncurrentVersions needs a Filter; a rule with a Prefix of its own has none.");
  }
}

void CheckAbort(const Json& rule, const FilterKind& filter) {
  const Json* const abort = Find(rule, "AbortIncompleteMultipartUpload");
  if (abort == nullptr) return;
  if (filter.tags) throw Error(kInvalidRequest, "AbortIncompleteMultipartUpload cannot be specified with Tags.");
  if (filter.size) throw Error(kInvalidRequest, "AbortIncompleteMultipartUpload cannot be specified with Object Size.");
  if (!Has(*abort, "DaysAfterInitiation")) ThrowMalformed("AbortIncompleteMultipartUpload has DaysAfterInitiation");
  CheckDays(*abort, "DaysAfterInitiation", "AbortIncompleteMultipartUpload", 1);
}

void CheckStorageClass(const Json& transition, std::string_view days) {
  const std::string storage_class = GetString(transition, "StorageClass");
  if (std::ranges::find(kTransitionClasses, storage_class) == kTransitionClasses.end()) {
    ThrowMalformed("no object is moved to a storage class " + storage_class);
  }
  if (storage_class != "STANDARD_IA" && storage_class != "ONEZONE_IA") return;
  if (!Has(transition, days) || GetInt(transition, days) >= kInfrequentDaysMin) return;
  ThrowInvalid(fmt::format("'{}' in Transition action must be greater than or equal to {} for storageClass '{}'", days,
                           kInfrequentDaysMin, storage_class));
}

void CheckTransitions(const Json& rule) {
  if (const Json* const transitions = Find(rule, "Transitions")) {
    for (const Json& transition : transitions->as_array()) {
      if (CountOf(transition, {"Days", "Date"}) != 1 || !Has(transition, "StorageClass")) {
        ThrowMalformed("a Transition has a StorageClass and one of Days and Date");
      }
      CheckDays(transition, "Days", "Transition", 0);
      CheckDate(transition);
      CheckStorageClass(transition, "Days");
      const std::int64_t expires = GetInt(rule, "Expiration.Days", INT64_MAX);
      if (GetInt(transition, "Days") >= expires) {
        ThrowInvalid("'Days' in the Expiration action must be greater than 'Days' in the Transition action");
      }
    }
  }
  const Json* const noncurrent = Find(rule, "NoncurrentVersionTransitions");
  if (noncurrent == nullptr) return;
  for (const Json& transition : noncurrent->as_array()) {
    if (!Has(transition, "NoncurrentDays") || !Has(transition, "StorageClass")) {
      ThrowMalformed("a NoncurrentVersionTransition has a StorageClass and NoncurrentDays");
    }
    CheckDays(transition, "NoncurrentDays", "NoncurrentVersionTransition", 0);
    CheckStorageClass(transition, "NoncurrentDays");
    CheckNewerNoncurrent(transition);
  }
}

void CheckRule(const Json& rule) {
  const std::string status = GetString(rule, "Status");
  if (status != "Enabled" && status != "Disabled") ThrowMalformed("the Status of a rule is Enabled or Disabled");
  const FilterKind filter = CheckFilter(rule);
  if (CountOf(rule, {"Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload", "Transitions",
                     "NoncurrentVersionTransitions"}) == 0) {
    throw Error(kInvalidRequest, "At least one action needs to be specified in a rule.");
  }
  CheckExpiration(rule, filter);
  CheckNoncurrent(rule);
  CheckAbort(rule, filter);
  CheckTransitions(rule);
}

}  // namespace

void CheckLifecycle(Json& configuration) {
  Json* const rules = configuration.as_object().if_contains("Rules");
  if (rules == nullptr || !rules->is_array() || rules->get_array().empty() || rules->get_array().size() > kRulesMax) {
    ThrowMalformed(fmt::format("a lifecycle configuration has 1 to {} rules", kRulesMax));
  }
  std::set<std::string> ids;
  for (Json& rule : rules->get_array()) {
    CheckRule(rule);
    std::string id = GetString(rule, "ID");
    if (id.size() > kIdMax) ThrowInvalid(fmt::format("ID length should not exceed allowed limit of {}", kIdMax));
    if (id.empty()) id = ToHex(RandomBytes(kIdBytes));
    rule.as_object()["ID"] = id;
    if (!ids.insert(id).second) ThrowInvalid("Rule ID must be unique. Found same ID for more than one rule");
  }
}

}  // namespace sagebrush::objects
