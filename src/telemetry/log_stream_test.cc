#include "telemetry/log_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace sagebrush::telemetry {
namespace {

std::vector<std::string> Messages(const std::vector<LogLine>& lines) {
  std::vector<std::string> messages;
  for (const LogLine& line : lines) messages.push_back(line.message);
  return messages;
}

// Reads pages of random size in both directions from random places, and compares with a sorted vector.
void CompareWithModel(unsigned seed, bool ordered) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  const Path file = directory.path() / "s.log";
  LineFileWriter writer(file);
  LogStream stream("s", {0}, file);
  std::vector<std::pair<std::int64_t, std::string>> model;
  std::int64_t now = 1000;
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 40; ++i) {
      const std::int64_t time = ordered ? now += random() % 2 : now + static_cast<std::int64_t>(random() % 50);
      const std::string message = std::to_string(model.size()) + std::string(random() % 5000, 'x');
      writer.Append({time}, {time}, message);
      model.emplace_back(time, message);
    }
    std::vector<std::pair<std::int64_t, std::string>> sorted = model;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return std::pair(a.first, std::stoi(a.second)) < std::pair(b.first, std::stoi(b.second));
    });
    const std::int64_t from = 990 + static_cast<std::int64_t>(random() % 900);
    const std::int64_t until = from + static_cast<std::int64_t>(random() % 300);
    std::vector<std::string> expected;
    for (const auto& [time, message] : sorted) {
      if (time >= from && time < until) expected.push_back(message);
    }
    std::vector<std::string> forward, backward;
    LogRange range{
        .from = {from, 0}, .until = {until, 0}, .events_max = 1 + random() % 50, .bytes_max = random() % 50000};
    for (auto lines = stream.ReadForward(range); !lines.empty(); lines = stream.ReadForward(range)) {
      for (const std::string& message : Messages(lines)) forward.push_back(message);
      range.from = {lines.back().time.milliseconds, lines.back().offset + 1};
    }
    ASSERT_EQ(forward, expected);
    range.from = {from, 0};
    for (auto lines = stream.ReadBackward(range); !lines.empty(); lines = stream.ReadBackward(range)) {
      const auto messages = Messages(lines);
      backward.insert(backward.begin(), messages.begin(), messages.end());
      range.until = PositionOf(lines.front());
    }
    ASSERT_EQ(backward, expected);
  }
  ASSERT_EQ(stream.Summarise().events, model.size());
}

TEST(LogStream, ReadsAnyRangeOfAGrowingFileInBothDirections) { CompareWithModel(std::random_device()(), true); }

TEST(LogStream, SortsEventsThatArriveOutOfOrder) { CompareWithModel(std::random_device()(), false); }

TEST(LogStream, BeginsAgainWhenTheFileWasEmptied) {
  const TemporaryDirectory directory;
  const Path file = directory.path() / "s.log";
  LogStream stream("s", {0}, file);
  LineFileWriter(file).Append({5}, {5}, "old");
  EXPECT_EQ(stream.Summarise().events, 1u);
  EXPECT_FALSE(stream.Expire({5}));
  EXPECT_TRUE(stream.Expire({6}));
  EXPECT_EQ(stream.Summarise().events, 0u);
  LineFileWriter(file).Append({9}, {9}, "new");
  EXPECT_THAT(Messages(stream.ReadForward({})), testing::ElementsAre("new"));
}

// An endpoint writes to one stream for months.
TEST(LogStream, WhatIsOlderThanItsRetentionIsDroppedWhileItGoesOn) {
  const TemporaryDirectory directory;
  const Path file = directory.path() / "s.log";
  LogStream stream("s", {0}, file);
  LineFileWriter supervisor(file);
  const std::string text(1000, 'x');
  for (int day = 0; day < 10; ++day) {
    for (int i = 0; i < 1000; ++i) supervisor.Append({day * 1000 + i}, {0}, text);
  }
  EXPECT_EQ(stream.Summarise().events, 10'000u);
  EXPECT_TRUE(stream.Expire({7000}));
  EXPECT_FALSE(stream.Expire({7000}));
  supervisor.Append({10'000}, {0}, "new");
  const auto lines = stream.ReadForward({});
  ASSERT_GE(lines.size(), 2u);
  EXPECT_EQ(lines[0].message, "sagebrush: 7000 lines (7000000 bytes) before this one were dropped.");
  EXPECT_EQ(lines[1].time.milliseconds, 7000);
  EXPECT_EQ(stream.Summarise().events, 3002u);
  EXPECT_EQ(stream.Summarise().first_event.milliseconds, 7000);
  EXPECT_EQ(stream.ReadBackward({.events_max = 1}).front().message, "new");
}

TEST(LogStream, AMissingFileHasNoEvents) {
  const TemporaryDirectory directory;
  LogStream stream("s", {0}, directory.path() / "none.log");
  EXPECT_TRUE(stream.ReadForward({}).empty());
  EXPECT_TRUE(stream.ReadBackward({}).empty());
}

}  // namespace
}  // namespace sagebrush::telemetry
