#include "telemetry/log_operations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "telemetry/log_errors.h"
#include "wire/model.h"

namespace sagebrush::telemetry {
namespace {

constexpr const char* kAccount = "123456789012";
constexpr const char* kRegion = "us-east-1";

class LogsTest : public testing::Test {
 protected:
  LogsTest() { Restart(); }

  void Restart() {
    store_ = std::make_unique<LogStore>(directory_.path(), clock_);
    table_ = {};
    AddLogsOperations(table_, *store_, clock_);
  }
  Json Do(const std::string& operation, Json input) {
    const wire::Service& service = *wire::FindService("logs");
    wire::Call call{service, *service.FindOperation(operation), std::move(input), {}, kRegion, "id"};
    call.principal.account = kAccount;
    return table_.Find("logs", operation)->handler(call);
  }
  std::vector<wire::Access> AccessOf(const std::string& operation, Json input) {
    const wire::Service& service = *wire::FindService("logs");
    wire::Call call{service, *service.FindOperation(operation), std::move(input), {}, kRegion, "id"};
    call.principal.account = kAccount;
    return table_.Find("logs", operation)->access(call);
  }
  std::string CodeOf(const std::string& operation, Json input) {
    try {
      Do(operation, std::move(input));
    } catch (const Error& error) {
      message_ = error.what();
      return std::string(error.kind().code);
    }
    return "";
  }
  std::int64_t Now() { return clock_.Now().milliseconds; }

  // A stream "g" / "s" with lines as a job's supervisor writes them, at now + the given milliseconds.
  void WriteLines(const std::vector<std::pair<int, std::string>>& lines, const std::string& stream = "s") {
    LineFileWriter writer(store_->StreamFile(kAccount, kRegion, "g", stream));
    for (const auto& [offset, message] : lines) writer.Append({Now() + offset}, {Now() + offset}, message);
  }
  static std::vector<std::string> Messages(const Json& output) {
    std::vector<std::string> messages;
    for (const Json& event : output.at("events").as_array()) messages.push_back(GetString(event, "message"));
    return messages;
  }
  Json Get(JsonObject more = {}) {
    more["logGroupName"] = "g";
    more["logStreamName"] = "s";
    return Do("GetLogEvents", more);
  }
  Json Filter(JsonObject more = {}) {
    more["logGroupName"] = "g";
    return Do("FilterLogEvents", more);
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<LogStore> store_;
  wire::OperationTable table_;
  std::string message_;
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(LogsTest, GroupsAndStreamsSurviveARestart) {
  Do("CreateLogGroup", {{"logGroupName", "/aws/sagemaker/TrainingJobs"}, {"tags", JsonObject{{"a", "b"}}}});
  Do("CreateLogStream", {{"logGroupName", "/aws/sagemaker/TrainingJobs"}, {"logStreamName", "job/algo-1-1"}});
  Do("CreateLogStream", {{"logGroupName", "/aws/sagemaker/TrainingJobs"}, {"logStreamName", "gone"}});
  Do("DeleteLogStream", {{"logGroupName", "/aws/sagemaker/TrainingJobs"}, {"logStreamName", "gone"}});
  Restart();
  const Json groups = Do("DescribeLogGroups", JsonObject{});
  ASSERT_EQ(groups.at("logGroups").as_array().size(), 1u);
  const Json& group = groups.at("logGroups").at(0);
  EXPECT_EQ(GetString(group, "arn"), "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/TrainingJobs:*");
  EXPECT_EQ(GetInt(group, "creationTime"), Now());
  EXPECT_EQ(Do("ListTagsLogGroup", {{"logGroupName", "/aws/sagemaker/TrainingJobs"}}).at("tags").at("a"), "b");
  const Json streams = Do("DescribeLogStreams", {{"logGroupName", "/aws/sagemaker/TrainingJobs"}});
  ASSERT_EQ(streams.at("logStreams").as_array().size(), 1u);
  EXPECT_EQ(GetString(streams.at("logStreams").at(0), "arn"),
            "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/TrainingJobs:log-stream:job/algo-1-1");
}

// Codes and messages as AWS sends them; the SDKs match on the codes (client-flows.md, 5).
TEST_F(LogsTest, ErrorsAreAwss) {
  EXPECT_EQ(CodeOf("DescribeLogStreams", {{"logGroupName", "none"}}), "ResourceNotFoundException");
  EXPECT_EQ(message_, "The specified log group does not exist.");
  EXPECT_EQ(CodeOf("DeleteLogGroup", {{"logGroupName", "none"}}), "ResourceNotFoundException");
  Do("CreateLogGroup", {{"logGroupName", "g"}});
  EXPECT_EQ(CodeOf("CreateLogGroup", {{"logGroupName", "g"}}), "ResourceAlreadyExistsException");
  EXPECT_EQ(message_, "The specified log group already exists");
  EXPECT_EQ(CodeOf("GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "s"}}), "ResourceNotFoundException");
  EXPECT_EQ(message_, "The specified log stream does not exist.");
  Do("CreateLogStream", {{"logGroupName", "g"}, {"logStreamName", "s"}});
  EXPECT_EQ(CodeOf("CreateLogStream", {{"logGroupName", "g"}, {"logStreamName", "s"}}),
            "ResourceAlreadyExistsException");
  EXPECT_EQ(message_, "The specified log stream already exists");
  EXPECT_EQ(CodeOf("GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "s"}, {"nextToken", "f/zz"}}),
            "InvalidParameterException");
  EXPECT_EQ(CodeOf("PutRetentionPolicy", {{"logGroupName", "g"}, {"retentionInDays", 2}}), "InvalidParameterException");
  EXPECT_EQ(CodeOf("GetLogEvents", {{"logStreamName", "s"}}), "InvalidParameterException");
  EXPECT_EQ(
      CodeOf("DescribeLogStreams", {{"logGroupName", "g"}, {"logStreamNamePrefix", "a"}, {"orderBy", "LastEventTime"}}),
      "InvalidParameterException");
}

TEST_F(LogsTest, NamesThatAreNoFileNamesWork) {
  const std::string long_name(512, '/');
  for (const std::string& name : {std::string("."), std::string(".."), long_name, std::string("a/../b")}) {
    Do("CreateLogGroup", {{"logGroupName", name}});
    Do("CreateLogStream", {{"logGroupName", name}, {"logStreamName", "../x/[$LATEST]" + std::string(490, '\'')}});
  }
  Restart();
  EXPECT_EQ(Do("DescribeLogGroups", JsonObject{}).at("logGroups").as_array().size(), 4u);
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
    EXPECT_EQ(entry.path().filename(), "logs");
  Do("DeleteLogGroup", {{"logGroupName", ".."}});
  EXPECT_EQ(Do("DescribeLogGroups", JsonObject{}).at("logGroups").as_array().size(), 3u);
}

TEST_F(LogsTest, GroupsAreListedByPrefixPatternAndPage) {
  for (const char* name : {"/a/1", "/a/2", "/b/1"}) Do("CreateLogGroup", {{"logGroupName", name}});
  const auto names = [&](Json input) {
    std::vector<std::string> list;
    const Json output = Do("DescribeLogGroups", std::move(input));
    for (const Json& group : output.at("logGroups").as_array()) list.push_back(GetString(group, "logGroupName"));
    return list;
  };
  EXPECT_THAT(names({{"logGroupNamePrefix", "/a"}}), ElementsAre("/a/1", "/a/2"));
  EXPECT_THAT(names({{"logGroupNamePattern", "/1"}}), ElementsAre("/a/1", "/b/1"));
  const Json first = Do("DescribeLogGroups", {{"limit", 2}});
  EXPECT_THAT(names({{"limit", 2}, {"nextToken", first.at("nextToken")}}), ElementsAre("/b/1"));
  EXPECT_EQ(Do("DescribeLogGroups", {{"limit", 3}}).as_object().if_contains("nextToken"), nullptr);
}

// SageMaker's SDK v2 asks without end while it sees a nextToken (client-flows.md, 3.3).
TEST_F(LogsTest, StreamsHaveATokenOnlyWhenThereAreMore) {
  for (const char* name : {"job/algo-1", "job/algo-2", "other"}) WriteLines({}, name);
  const Json all = Do("DescribeLogStreams", {{"logGroupName", "g"}, {"logStreamNamePrefix", "job/"}, {"limit", 2}});
  EXPECT_EQ(all.at("logStreams").as_array().size(), 2u);
  EXPECT_EQ(all.as_object().if_contains("nextToken"), nullptr);
  const Json first = Do("DescribeLogStreams", {{"logGroupName", "g"}, {"limit", 2}});
  const Json second =
      Do("DescribeLogStreams", {{"logGroupName", "g"}, {"limit", 2}, {"nextToken", first.at("nextToken")}});
  EXPECT_EQ(GetString(second.at("logStreams").at(0), "logStreamName"), "other");
  EXPECT_EQ(second.as_object().if_contains("nextToken"), nullptr);
}

TEST_F(LogsTest, StreamsAreOrderedByTheirLastEvent) {
  WriteLines({{10, "x"}, {30, "y"}}, "a");
  WriteLines({{20, "x"}}, "b");
  WriteLines({}, "empty");
  const Json output =
      Do("DescribeLogStreams", {{"logGroupName", "g"}, {"orderBy", "LastEventTime"}, {"descending", true}});
  const JsonArray& streams = output.at("logStreams").as_array();
  EXPECT_EQ(GetString(streams[0], "logStreamName"), "a");
  EXPECT_EQ(GetInt(streams[0], "firstEventTimestamp"), Now() + 10);
  EXPECT_EQ(GetInt(streams[0], "lastEventTimestamp"), Now() + 30);
  EXPECT_EQ(GetString(streams[1], "logStreamName"), "b");
  EXPECT_EQ(streams[2].as_object().if_contains("lastEventTimestamp"), nullptr);
}

TEST_F(LogsTest, ALineIsReadableAsSoonAsItIsAppended) {
  WriteLines({{0, "first"}});
  Json page = Get({{"startFromHead", true}});
  EXPECT_THAT(Messages(page), ElementsAre("first"));
  WriteLines({{0, "second"}});
  page = Get({{"startFromHead", true}, {"nextToken", page.at("nextForwardToken")}});
  EXPECT_THAT(Messages(page), ElementsAre("second"));
}

TEST_F(LogsTest, ForwardTokensEndInAnEmptyPageAndStayThere) {
  WriteLines({{0, "a"}, {0, "b"}, {5, "c"}});
  Json page = Get({{"startFromHead", true}, {"limit", 2}});
  EXPECT_THAT(Messages(page), ElementsAre("a", "b"));
  page = Get({{"startFromHead", true}, {"limit", 2}, {"nextToken", page.at("nextForwardToken")}});
  EXPECT_THAT(Messages(page), ElementsAre("c"));
  const Json token = page.at("nextForwardToken");
  page = Get({{"startFromHead", true}, {"nextToken", token}});
  EXPECT_THAT(Messages(page), IsEmpty());
  EXPECT_EQ(page.at("nextForwardToken"), token);
  WriteLines({{5, "d"}});
  EXPECT_THAT(Messages(Get({{"startFromHead", true}, {"nextToken", token}})), ElementsAre("d"));
}

TEST_F(LogsTest, AnEmptyStreamHasTokensThatFindLaterEvents) {
  WriteLines({});
  const Json page = Get({{"startFromHead", true}});
  EXPECT_THAT(Messages(page), IsEmpty());
  WriteLines({{0, "late"}});
  EXPECT_THAT(Messages(Get({{"startFromHead", true}, {"nextToken", page.at("nextForwardToken")}})),
              ElementsAre("late"));
}

TEST_F(LogsTest, WithoutStartFromHeadTheLastEventsComeFirst) {
  WriteLines({{0, "a"}, {1, "b"}, {2, "c"}, {3, "d"}, {4, "e"}});
  Json page = Get({{"limit", 2}});
  EXPECT_THAT(Messages(page), ElementsAre("d", "e"));
  page = Get({{"limit", 2}, {"nextToken", page.at("nextBackwardToken")}});
  EXPECT_THAT(Messages(page), ElementsAre("b", "c"));
  page = Get({{"limit", 2}, {"nextToken", page.at("nextBackwardToken")}});
  EXPECT_THAT(Messages(page), ElementsAre("a"));
  const Json token = page.at("nextBackwardToken");
  page = Get({{"limit", 2}, {"nextToken", token}});
  EXPECT_THAT(Messages(page), IsEmpty());
  EXPECT_EQ(page.at("nextBackwardToken"), token);
  EXPECT_THAT(Messages(Get({{"limit", 2}, {"nextToken", page.at("nextForwardToken")}})), ElementsAre("a", "b"));
}

// The SDK goes on at the last time that it saw and skips as many events as it saw there (client-flows.md, 3.3).
TEST_F(LogsTest, StartTimeIsInclusiveAndEndTimeExclusive) {
  WriteLines({{0, "a"}, {5, "b"}, {5, "c"}, {9, "d"}});
  EXPECT_THAT(Messages(Get({{"startFromHead", true}, {"startTime", Now() + 5}})), ElementsAre("b", "c", "d"));
  EXPECT_THAT(Messages(Get({{"startFromHead", true}, {"endTime", Now() + 9}})), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Messages(Get({{"startTime", Now() + 1}, {"endTime", Now() + 9}, {"limit", 1}})), ElementsAre("c"));
}

TEST_F(LogsTest, EventsOfOneBatchAfterAnotherAreReadInOrderOfTime) {
  WriteLines({});
  const auto put = [&](int offset, const char* message) {
    Do("PutLogEvents", {{"logGroupName", "g"},
                        {"logStreamName", "s"},
                        {"logEvents", JsonArray{JsonObject{{"timestamp", Now() + offset}, {"message", message}}}}});
  };
  put(10, "second");
  put(0, "first");
  put(10, "third");
  EXPECT_THAT(Messages(Get({{"startFromHead", true}})), ElementsAre("first", "second", "third"));
  EXPECT_THAT(Messages(Get({{"limit", 1}})), ElementsAre("third"));
  EXPECT_THAT(Messages(Get({{"startFromHead", true}, {"startTime", Now() + 10}, {"limit", 1}})), ElementsAre("second"));
}

TEST_F(LogsTest, APageHoldsAMegabyte) {
  const std::string big(300'000, 'x');
  WriteLines({{0, big}, {1, big}, {2, big}, {3, big}});
  const Json page = Get({{"startFromHead", true}});
  EXPECT_EQ(Messages(page).size(), 3u);
  EXPECT_EQ(Messages(Get({{"nextToken", page.at("nextForwardToken")}})).size(), 1u);
  EXPECT_EQ(Messages(Get()).size(), 3u);
}

// PutLogEvents' documented limits: 14 days back, 2 hours ahead, 24 hours span, chronological, 10,000 events.
TEST_F(LogsTest, PutLogEventsTakesWhatAwsTakes) {
  WriteLines({});
  constexpr std::int64_t kHour = 3'600'000;
  const auto batch = [&](std::initializer_list<std::int64_t> times) -> Json {
    JsonArray events;
    for (const std::int64_t time : times) events.push_back(JsonObject{{"timestamp", time}, {"message", "m"}});
    return {{"logGroupName", "g"}, {"logStreamName", "s"}, {"logEvents", std::move(events)}};
  };
  EXPECT_EQ(CodeOf("PutLogEvents", batch({Now(), Now() - 1})), "InvalidParameterException");
  EXPECT_EQ(CodeOf("PutLogEvents", batch({Now() - 25 * kHour, Now()})), "InvalidParameterException");
  Json reply = Do("PutLogEvents", batch({Now(), Now() + kHour, Now() + 3 * kHour, Now() + 4 * kHour}));
  EXPECT_EQ(GetInt(reply, "rejectedLogEventsInfo.tooNewLogEventStartIndex"), 2);
  reply = Do("PutLogEvents", batch({Now() - 14 * 24 * kHour - kHour, Now() - 14 * 24 * kHour + kHour}));
  EXPECT_EQ(GetInt(reply, "rejectedLogEventsInfo.tooOldLogEventEndIndex"), 1);
  EXPECT_EQ(Messages(Get({{"startFromHead", true}})).size(), 3u);
  EXPECT_EQ(GetInt(Get().at("events").at(0), "ingestionTime"), Now());
  Restart();
  EXPECT_EQ(Messages(Get()).size(), 3u);
}

TEST_F(LogsTest, RetentionHidesAndThenDeletesOldEvents) {
  WriteLines({{0, "old"}});
  WriteLines({{0, "old"}}, "other");
  clock_.Advance(std::chrono::hours(36));
  WriteLines({{0, "new"}});
  Do("PutRetentionPolicy", {{"logGroupName", "g"}, {"retentionInDays", 1}});
  EXPECT_THAT(Messages(Get({{"startFromHead", true}})), ElementsAre("new"));
  EXPECT_THAT(Messages(Filter()), ElementsAre("new"));
  EXPECT_EQ(std::filesystem::file_size(LogStore::FileOf(directory_.path(), kAccount, kRegion, "g", "other")), 0u);
  EXPECT_EQ(store_->Sweep(), 0);
  clock_.Advance(std::chrono::hours(36));
  Restart();
  EXPECT_EQ(store_->Sweep(), 1);
  EXPECT_EQ(GetInt(Do("DescribeLogGroups", JsonObject{}).at("logGroups").at(0), "storedBytes"), 0);
  WriteLines({{0, "newest"}});
  EXPECT_THAT(Messages(Get({{"startFromHead", true}})), ElementsAre("newest"));
}

TEST_F(LogsTest, FilterMergesStreamsInOrderOfTimeOverPages) {
  WriteLines({{0, "a0"}, {2, "a2"}, {4, "a4"}}, "AllTraffic/a");
  WriteLines({{1, "b1"}, {2, "b2"}, {5, "b5"}}, "AllTraffic/b");
  WriteLines({{3, "c3"}}, "other");
  EXPECT_THAT(Messages(Filter()), ElementsAre("a0", "b1", "a2", "b2", "c3", "a4", "b5"));
  EXPECT_THAT(Messages(Filter({{"logStreamNames", JsonArray{"other"}}})), ElementsAre("c3"));
  std::vector<std::string> all;
  JsonObject input{{"logStreamNamePrefix", "AllTraffic/"}, {"limit", 1}};
  for (int page_count = 0; page_count < 10; ++page_count) {
    const Json page = Filter(input);
    for (const std::string& message : Messages(page)) all.push_back(message);
    const Json* token = page.as_object().if_contains("nextToken");
    if (token == nullptr) break;
    input["nextToken"] = *token;
  }
  EXPECT_THAT(all, ElementsAre("a0", "b1", "a2", "b2", "a4", "b5"));
  EXPECT_EQ(GetString(Filter().at("events").at(1), "logStreamName"), "AllTraffic/b");
}

TEST_F(LogsTest, TokensThatNobodyWasGivenAreRefusedOrHarmless) {
  WriteLines({{0, "a"}}, "s");
  WriteLines({{0, "b"}}, "t");
  for (const char* position : {"[]", "3", R"({"Time": "x"})", R"({"Time": 1.5})", R"({"Offset": -1})",
                               R"({"Stream": 1})", R"({"Group": null})"}) {
    const std::string token = ToBase64(position);
    for (const char* operation : {"FilterLogEvents", "DescribeLogStreams"}) {
      EXPECT_EQ(CodeOf(operation, {{"logGroupName", "g"}, {"nextToken", token}}), "InvalidParameterException")
          << position;
    }
    EXPECT_EQ(CodeOf("DescribeLogGroups", {{"nextToken", token}}), "InvalidParameterException") << position;
  }
  const std::string last = ToBase64(R"({"Time": 9223372036854775807, "Stream": "z", "Offset": 9223372036854775807})");
  EXPECT_THAT(Messages(Filter({{"nextToken", last}})), IsEmpty());
}

TEST_F(LogsTest, FilterKeepsWhatThePatternMatches) {
  WriteLines({{0, "ERROR one"}, {1, "INFO two"}, {2, "ERROR three"}});
  EXPECT_THAT(Messages(Filter({{"filterPattern", "ERROR -three"}})), ElementsAre("ERROR one"));
  EXPECT_EQ(CodeOf("FilterLogEvents", {{"logGroupName", "g"}, {"filterPattern", "{ $.a ="}}),
            "InvalidParameterException");
}

TEST_F(LogsTest, TagsCanBeSetByArnAndByName) {
  Do("CreateLogGroup", {{"logGroupName", "g"}});
  const std::string arn = "arn:aws:logs:us-east-1:123456789012:log-group:g";
  Do("TagResource", {{"resourceArn", arn}, {"tags", JsonObject{{"a", "1"}, {"b", "2"}}}});
  Do("UntagResource", {{"resourceArn", arn + ":*"}, {"tagKeys", JsonArray{"a"}}});
  EXPECT_EQ(Do("ListTagsForResource", {{"resourceArn", arn}}).at("tags"), (Json{{"b", "2"}}));
  EXPECT_EQ(CodeOf("ListTagsForResource", {{"resourceArn", arn + "x"}}), "ResourceNotFoundException");
}

TEST_F(LogsTest, AccessIsAskedForTheGroupAndStream) {
  const auto get = AccessOf("GetLogEvents", {{"logGroupName", "g"}, {"logStreamName", "s"}});
  EXPECT_EQ(get.at(0).action, "logs:GetLogEvents");
  EXPECT_EQ(get.at(0).resource, "arn:aws:logs:us-east-1:123456789012:log-group:g:log-stream:s");
  EXPECT_EQ(AccessOf("DescribeLogStreams", {{"logGroupName", "g"}}).at(0).resource,
            "arn:aws:logs:us-east-1:123456789012:log-group:g:log-stream:");
  EXPECT_EQ(AccessOf("DescribeLogGroups", JsonObject{}).at(0).resource,
            "arn:aws:logs:us-east-1:123456789012:log-group::log-stream:");
}

}  // namespace
}  // namespace sagebrush::telemetry
