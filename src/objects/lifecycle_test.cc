#include "objects/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "objects/storage_class.h"

namespace sagebrush::objects {
namespace {

using Kind = LifecycleAction::Kind;

constexpr Milliseconds kDay = kLifecycleDay;
const Time kWritten = ParseTime("2026-01-15T10:30:00Z");

Json Rule(const std::string& members, const std::string& filter = R"({"Prefix":""})") {
  return ParseStoredJson(R"({"Rules":[{"ID":"r","Status":"Enabled","Filter":)" + filter + "," + members + "}]}",
                         "rule");
}

Object Written(std::uint64_t size = 1, const std::string& key = "k") {
  return {.key = key, .size = size, .modified = kWritten};
}

Kind ActionOf(const Json& rules, const VersionInPlace& version, Time now) {
  return NextAction(ReadLifecycle(rules), version, now, kDay).kind;
}

std::string RefusalOf(Json configuration) {
  try {
    CheckLifecycle(configuration);
  } catch (const Error& error) {
    return fmt::format("{}: {}", error.kind().code, error.what());
  }
  return "";
}

// docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html: three days after the 15th, 10:30, is the
// midnight of the 19th.
TEST(Lifecycle, DaysEndAtTheNextMidnight) {
  EXPECT_EQ(MidnightAfter(kWritten, 3, kDay), ParseTime("2026-01-19T00:00:00Z"));
  EXPECT_EQ(MidnightAfter(ParseTime("2026-01-15T00:00:00Z"), 1, kDay), ParseTime("2026-01-17T00:00:00Z"));
}

TEST(Lifecycle, EndsTheCurrentVersion) {
  const Object object = Written();
  const Json days = Rule(R"("Expiration":{"Days":3})");
  EXPECT_EQ(ActionOf(days, {.object = object}, ParseTime("2026-01-18T23:59:59Z")), Kind::kNone);
  EXPECT_EQ(ActionOf(days, {.object = object}, ParseTime("2026-01-19T00:00:00Z")), Kind::kExpire);
  EXPECT_EQ(ActionOf(days, {.object = object, .latest = false}, ParseTime("2027-01-19T00:00:00Z")), Kind::kNone);
  const Json date = Rule(R"("Expiration":{"Date":1769817600})");  // 2026-01-31
  EXPECT_EQ(ActionOf(date, {.object = object}, ParseTime("2026-01-30T23:59:59Z")), Kind::kNone);
  EXPECT_EQ(ActionOf(date, {.object = object}, ParseTime("2026-01-31T00:00:00Z")), Kind::kExpire);
}

TEST(Lifecycle, AsksWhatItsFilterSays) {
  Object object = Written(100, "logs/1");
  object.properties.tags = {{"a", "1"}, {"b", "2"}};
  const std::pair<const char*, bool> filters[] = {
      {R"({"Prefix":"logs/"})", true},
      {R"({"Prefix":"logs/2"})", false},
      {R"({"Tag":{"Key":"a","Value":"1"}})", true},
      {R"({"Tag":{"Key":"a","Value":"2"}})", false},
      {R"({"ObjectSizeGreaterThan":99})", true},
      {R"({"ObjectSizeGreaterThan":100})", false},
      {R"({"ObjectSizeLessThan":101})", true},
      {R"({"ObjectSizeLessThan":100})", false},
      {R"({"And":{"Prefix":"logs/","Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]}})", true},
      {R"({"And":{"Prefix":"logs/","Tags":[{"Key":"a","Value":"1"},{"Key":"c","Value":"2"}]}})", false},
      {R"({"And":{"ObjectSizeGreaterThan":50,"ObjectSizeLessThan":100}})", false}};
  for (const auto& [filter, matches] : filters) {
    const Json rule = Rule(R"("Expiration":{"Days":1})", filter);
    EXPECT_EQ(ActionOf(rule, {.object = object}, kWritten + 3 * kDay) == Kind::kExpire, matches) << filter;
  }
  Json disabled = Rule(R"("Expiration":{"Days":1})");
  disabled.at("Rules").at(0).as_object()["Status"] = "Disabled";
  EXPECT_EQ(ActionOf(disabled, {.object = object}, kWritten + 3 * kDay), Kind::kNone);
}

TEST(Lifecycle, EndsNoncurrentVersionsByTheirAgeAndNumber) {
  const Object object = Written();
  const Json rule = Rule(R"("NoncurrentVersionExpiration":{"NoncurrentDays":3,"NewerNoncurrentVersions":2})");
  VersionInPlace version{.object = object, .latest = false, .noncurrent_since = kWritten + kDay, .newer_noncurrent = 2};
  EXPECT_EQ(ActionOf(rule, version, ParseTime("2026-01-19T23:00:00Z")), Kind::kNone);
  EXPECT_EQ(ActionOf(rule, version, ParseTime("2026-01-20T00:00:00Z")), Kind::kDeleteVersion);
  version.newer_noncurrent = 1;
  EXPECT_EQ(ActionOf(rule, version, ParseTime("2027-01-20T00:00:00Z")), Kind::kNone);
  version.latest = true;
  EXPECT_EQ(ActionOf(rule, version, ParseTime("2027-01-20T00:00:00Z")), Kind::kNone);
}

TEST(Lifecycle, TakesADeleteMarkerAwayThatHidesNothing) {
  Object marker = Written();
  marker.delete_marker = true;
  const Json markers = Rule(R"("Expiration":{"ExpiredObjectDeleteMarker":true})");
  EXPECT_EQ(ActionOf(markers, {.object = marker}, kWritten), Kind::kDeleteVersion);
  EXPECT_EQ(ActionOf(markers, {.object = marker, .only = false}, kWritten), Kind::kNone);
  const Json days = Rule(R"("Expiration":{"Days":1})");
  EXPECT_EQ(ActionOf(days, {.object = marker}, kWritten), Kind::kNone);
  EXPECT_EQ(ActionOf(days, {.object = marker}, kWritten + 3 * kDay), Kind::kDeleteVersion);
  EXPECT_EQ(ActionOf(days, {.object = marker, .only = false}, kWritten + 3 * kDay), Kind::kNone);
  EXPECT_EQ(ActionOf(markers, {.object = Written()}, kWritten + 9 * kDay), Kind::kNone);
}

TEST(Lifecycle, MovesObjectsDownwardsOnly) {
  Object object = Written(1 << 20);
  const Json rule =
      Rule(R"("Transitions":[{"Days":30,"StorageClass":"STANDARD_IA"},{"Days":90,"StorageClass":"GLACIER"}])");
  const auto class_after = [&](int days) {
    return NextAction(ReadLifecycle(rule), {.object = object}, kWritten + days * kDay, kDay).storage_class;
  };
  EXPECT_EQ(class_after(30), "");
  EXPECT_EQ(class_after(31), "STANDARD_IA");
  EXPECT_EQ(class_after(91), "GLACIER");
  SetStorageClass(object.properties, "DEEP_ARCHIVE");
  EXPECT_EQ(class_after(91), "");
  object = Written(1000);  // Below 128 KiB: it stays.
  EXPECT_EQ(class_after(91), "");
}

TEST(Lifecycle, DeletingComesBeforeMoving) {
  const Json rule = Rule(R"("Transitions":[{"Days":1,"StorageClass":"GLACIER"}],"Expiration":{"Days":2})");
  const Object object = Written(1 << 20);
  EXPECT_EQ(ActionOf(rule, {.object = object}, kWritten + 2 * kDay), Kind::kTransition);
  EXPECT_EQ(ActionOf(rule, {.object = object}, kWritten + 3 * kDay), Kind::kExpire);
}

TEST(Lifecycle, TellsTheEarliestEnd) {
  const Json rules = ParseStoredJson(
      R"({"Rules":[{"ID":"late","Status":"Enabled","Prefix":"","Expiration":{"Days":9}},
                   {"ID":"early","Status":"Enabled","Prefix":"k","Expiration":{"Days":3}},
                   {"ID":"other","Status":"Enabled","Prefix":"x","Expiration":{"Days":1},
                    "AbortIncompleteMultipartUpload":{"DaysAfterInitiation":2}}]})",
      "rules");
  const Lifecycle lifecycle = ReadLifecycle(rules);
  const auto end = ExpirationOf(lifecycle, Written(), kDay);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->rule_id, "early");
  EXPECT_EQ(end->time, ParseTime("2026-01-19T00:00:00Z"));
  EXPECT_FALSE(AbortOf(lifecycle, "k", kWritten, kDay));
  EXPECT_EQ(AbortOf(lifecycle, "x1", kWritten, kDay)->time, ParseTime("2026-01-18T00:00:00Z"));
}

TEST(LifecycleCheck, RefusesWhatContradictsItself) {
  const std::string expire = R"("Expiration":{"Days":1})";
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"{}", R"("Expiration":{"Days":0})", "InvalidArgument: 'Days' for Expiration action must be a positive integer"},
      {"{}", R"("Expiration":{"Date":1769817601})", "InvalidArgument: 'Date' must be at midnight GMT"},
      {"{}", R"("Expiration":{"Days":1,"ExpiredObjectDeleteMarker":true})", "MalformedXML"},
      {"{}", R"("Expiration":{})", "MalformedXML"},
      {"{}", R"("X":1)", "InvalidRequest: At least one action"},
      {R"({"Prefix":"a","Tag":{"Key":"k","Value":"v"}})", expire.c_str(), "MalformedXML"},
      {R"({"And":{}})", expire.c_str(), "MalformedXML"},
      {R"({"Tag":{"Key":"","Value":"v"}})", expire.c_str(), "InvalidTag"},
      {R"({"And":{"ObjectSizeGreaterThan":5,"ObjectSizeLessThan":5}})", expire.c_str(), "InvalidRequest"},
      {R"({"Tag":{"Key":"k","Value":"v"}})", R"("Expiration":{"ExpiredObjectDeleteMarker":true})", "InvalidRequest"},
      {R"({"Tag":{"Key":"k","Value":"v"}})", R"("AbortIncompleteMultipartUpload":{"DaysAfterInitiation":1})",
       "InvalidRequest: AbortIncompleteMultipartUpload cannot be specified with Tags."},
      {R"({"ObjectSizeLessThan":5})", R"("AbortIncompleteMultipartUpload":{"DaysAfterInitiation":1})",
       "InvalidRequest"},
      {"{}", R"("AbortIncompleteMultipartUpload":{"DaysAfterInitiation":0})", "InvalidArgument"},
      {"{}", R"("NoncurrentVersionExpiration":{"NoncurrentDays":0})", "InvalidArgument"},
      {"{}", R"("NoncurrentVersionExpiration":{"NewerNoncurrentVersions":5})", "MalformedXML"},
      {"{}", R"("NoncurrentVersionExpiration":{"NoncurrentDays":1,"NewerNoncurrentVersions":101})", "InvalidArgument"},
      {"{}", R"("Transitions":[{"Days":29,"StorageClass":"STANDARD_IA"}])", "InvalidArgument"},
      {"{}", R"("Transitions":[{"StorageClass":"GLACIER"}])", "MalformedXML"},
      {"{}", R"("Transitions":[{"Days":9,"StorageClass":"GLACIER"}],"Expiration":{"Days":9})", "InvalidArgument"},
      {"{}", R"("NoncurrentVersionTransitions":[{"StorageClass":"GLACIER"}])", "MalformedXML"}};
  for (const auto& [filter, members, refusal] : cases) {
    EXPECT_THAT(RefusalOf(Rule(members, filter)), testing::StartsWith(refusal)) << filter << members;
  }
  Json both = Rule(expire);
  both.at("Rules").at(0).as_object()["Prefix"] = "p";
  EXPECT_THAT(RefusalOf(both), testing::StartsWith("MalformedXML"));
  Json twice = Rule(expire);
  twice.at("Rules").as_array().push_back(twice.at("Rules").at(0));
  EXPECT_THAT(RefusalOf(twice), testing::StartsWith("InvalidArgument: Rule ID must be unique"));
  Json long_id = Rule(expire);
  long_id.at("Rules").at(0).as_object()["ID"] = std::string(256, 'x');
  EXPECT_THAT(RefusalOf(long_id), testing::StartsWith("InvalidArgument: ID length"));
  EXPECT_EQ(RefusalOf(Rule(expire)), "");
}

TEST(LifecycleCheck, GivesIdsToRulesWithoutOne) {
  Json rule = Rule(R"("Expiration":{"Days":1})");
  rule.at("Rules").at(0).as_object().erase("ID");
  CheckLifecycle(rule);
  EXPECT_FALSE(GetString(rule.at("Rules").at(0), "ID").empty());
}

}  // namespace
}  // namespace sagebrush::objects
