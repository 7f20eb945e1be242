#include "base/line_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace sagebrush {
namespace {

class LineFile : public testing::Test {
 protected:
  std::vector<LogLine> Read(std::uint64_t offset = 0) {
    std::vector<LogLine> lines;
    end_ = ReadLines(path_, offset, [&](const LogLine& line) {
      lines.push_back(line);
      return true;
    });
    return lines;
  }
  void AppendRaw(std::string_view bytes) { std::ofstream(path_, std::ios::app | std::ios::binary) << bytes; }

  TemporaryDirectory directory_;
  Path path_ = directory_.path() / "lines";
  std::uint64_t end_ = 0;
};

TEST_F(LineFile, GivesBackWhatWasAppended) {
  LineFileWriter writer(path_);
  writer.Append({1}, {2}, "one");
  writer.Append({-3}, {4}, "");
  writer.Append({5}, {6}, std::string(700'000, 'x'));
  const auto lines = Read();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].message, "one");
  EXPECT_EQ(lines[0].time.milliseconds, 1);
  EXPECT_EQ(lines[0].ingested.milliseconds, 2);
  EXPECT_EQ(lines[1].time.milliseconds, -3);
  EXPECT_EQ(lines[1].offset, lines[0].next);
  EXPECT_EQ(lines[2].message.size(), 700'000u);
  EXPECT_EQ(end_, lines[2].next);
}

TEST_F(LineFile, GoesOnFromAnOffset) {
  LineFileWriter writer(path_);
  writer.Append({1}, {1}, "one");
  Read();
  const std::uint64_t middle = end_;
  writer.Append({2}, {2}, "two");
  ASSERT_EQ(Read(middle).size(), 1u);
  EXPECT_EQ(Read(middle)[0].message, "two");
}

TEST_F(LineFile, StopsWhenTheCallerHasEnough) {
  LineFileWriter writer(path_);
  for (int i = 0; i < 5; ++i) writer.Append({i}, {i}, "line");
  int seen = 0;
  const std::uint64_t end = ReadLines(path_, 0, [&](const LogLine&) { return ++seen < 2; });
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(Read(end).size(), 3u);
}

TEST_F(LineFile, HasNoLinesWhenMissing) {
  EXPECT_TRUE(Read().empty());
  EXPECT_EQ(end_, 0u);
}

TEST_F(LineFile, NewWriterCutsOffATornRecord) {
  LineFileWriter(path_).Append({1}, {1}, "whole");
  const auto size = std::filesystem::file_size(path_);
  LineFileWriter(path_).Append({2}, {2}, "this one will be torn");
  for (auto torn = std::filesystem::file_size(path_) - 1; torn > size; --torn) {
    std::filesystem::resize_file(path_, torn);
    EXPECT_EQ(Read().size(), 1u);
  }
  LineFileWriter(path_).Append({3}, {3}, "after");
  const auto lines = Read();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1].message, "after");
}

TEST_F(LineFile, DamagedRecordIsNotHandedOver) {
  LineFileWriter(path_).Append({1}, {1}, "whole");
  AppendRaw(std::string(64, '\0'));  // What a power failure may leave.
  EXPECT_EQ(Read().size(), 1u);
  AppendRaw(std::string(64, '\xff'));
  LineFileWriter(path_).Append({2}, {2}, "after");
  EXPECT_EQ(Read().size(), 2u);
}

TEST_F(LineFile, DropsItsOldestLinesAndSaysHowMany) {
  LineFileWriter writer(path_, 1 << 20);
  const std::string text(1000, 'x');
  for (int i = 0; i < 5000; ++i) writer.Append({i}, {i}, std::to_string(i) + text);
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, (1 << 20) + (64 << 10));
  const auto lines = Read();
  ASSERT_GT(lines.size(), 700u);
  EXPECT_EQ(lines.back().message, "4999" + text);
  const std::size_t kept = lines.size() - 1;
  EXPECT_EQ(lines[1].message, std::to_string(5000 - kept) + text);
  EXPECT_TRUE(lines[0].message.starts_with("sagebrush: " + std::to_string(5000 - kept) + " lines ("))
      << lines[0].message;
  EXPECT_EQ(lines[0].time, lines[1].time);
  EXPECT_EQ(FirstKeptOffset(path_), lines[1].offset);
}

TEST_F(LineFile, WhoWasReadingWhatIsDroppedGoesOnBehindIt) {
  LineFileWriter writer(path_);
  const std::string text(1000, 'x');
  for (int i = 0; i < 100; ++i) writer.Append({i}, {i}, text);
  const auto before = Read();
  DropLinesBefore(path_, before[50].offset);
  EXPECT_EQ(Read(before[10].offset).front().offset, before[50].offset);
  EXPECT_EQ(Read(before[10].offset).size(), 50u);
  EXPECT_EQ(Read(before[70].offset).size(), 30u);
  DropLinesBefore(path_, before[20].offset);  // Gone already.
  EXPECT_EQ(FirstKeptOffset(path_), before[50].offset);
  writer.Append({100}, {100}, "later");
  EXPECT_EQ(Read().back().message, "later");
  LineFileWriter(path_).Append({101}, {101}, "latest");
  EXPECT_EQ(Read().back().message, "latest");
  EXPECT_EQ(Read().size(), 53u);
}

TEST_F(LineFile, MayDropAllItsLines) {
  LineFileWriter writer(path_);
  for (int i = 0; i < 100; ++i) writer.Append({i}, {i}, std::string(1000, 'x'));
  Read();
  DropLinesBefore(path_, end_);
  EXPECT_EQ(Read().size(), 1u);
  writer.Append({100}, {100}, "later");
  ASSERT_EQ(Read().size(), 2u);
  EXPECT_EQ(Read()[1].message, "later");
}

class LastLinesOfAFile : public LineFile {
 protected:
  std::vector<std::string> Last(std::size_t count) { return Messages(ReadLastLines(path_, count)); }
  // By reading all.
  std::vector<std::string> Expected(std::size_t count) {
    std::vector<std::string> all = Messages(Read());
    return {all.end() - static_cast<std::ptrdiff_t>(std::min(count, all.size())), all.end()};
  }
  static std::vector<std::string> Messages(const std::vector<LogLine>& lines) {
    std::vector<std::string> messages;
    for (const LogLine& line : lines) messages.push_back(line.message);
    return messages;
  }
  // More than the end that is looked at first.
  void AppendMany() {
    LineFileWriter writer(path_);
    for (int i = 0; i < 2000; ++i) writer.Append({kNow + i}, {kNow + i}, std::to_string(i) + std::string(100, 'x'));
  }
  void Damage(std::uint64_t offset) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file << "damage";
  }

  static constexpr std::int64_t kNow = 1'700'000'000'000;
};

TEST_F(LastLinesOfAFile, AreAllWhenThereAreFew) {
  EXPECT_TRUE(Last(5).empty());
  LineFileWriter writer(path_);
  EXPECT_TRUE(Last(5).empty());
  writer.Append({1}, {1}, "one");
  writer.Append({1}, {1}, "");
  EXPECT_EQ(Last(5), (std::vector<std::string>{"one", ""}));
  EXPECT_EQ(Last(1), (std::vector<std::string>{""}));
}

TEST_F(LastLinesOfAFile, AreFoundWithoutReadingWhatIsBeforeThem) {
  AppendMany();
  const auto expected = Expected(5);
  Damage(0);
  ASSERT_TRUE(Read().empty());
  EXPECT_EQ(Last(5), expected);
}

TEST_F(LastLinesOfAFile, MayBeLongerThanTheEndLookedAtFirst) {
  AppendMany();
  LineFileWriter writer(path_);
  for (const char c : {'a', 'b', 'c'}) writer.Append({kNow}, {kNow}, std::string(100'000, c));
  const auto expected = Expected(5);
  Damage(0);
  EXPECT_EQ(Last(5), expected);
}

TEST_F(LastLinesOfAFile, MayBeLongerThanAnyEndLookedAt) {
  AppendMany();
  LineFileWriter(path_).Append({kNow}, {kNow}, std::string(5'000'000, 'x'));
  EXPECT_EQ(Last(2), Expected(2));
}

TEST_F(LastLinesOfAFile, AreThoseBeforeATornOne) {
  AppendMany();
  const auto expected = Expected(5);
  const auto whole = std::filesystem::file_size(path_);
  LineFileWriter(path_).Append({kNow}, {kNow}, "torn");
  for (auto size = std::filesystem::file_size(path_) - 1; size > whole; --size) {
    std::filesystem::resize_file(path_, size);
    ASSERT_EQ(Last(5), expected) << size - whole;
  }
}

TEST_F(LastLinesOfAFile, AreThoseBeforeDamage) {
  AppendMany();
  AppendRaw(std::string(100, '\0'));  // What a power failure may leave.
  EXPECT_EQ(Last(5), Expected(5));
  EXPECT_EQ(Last(5).size(), 5u);
}

TEST_F(LastLinesOfAFile, AreNotWhatAMessageMakesLookLikeRecords) {
  const Path other = directory_.path() / "other";
  LineFileWriter(other).Append({kNow}, {kNow}, "forged");
  const std::string forged = ReadFile(other);
  // Lengths that lead from each of four bytes on to the end, but no checksum is right.
  std::string lengths;
  for (std::uint32_t left = 80'000; left >= 24; left -= 4) {
    const std::uint32_t length = left - 24;
    lengths.append(reinterpret_cast<const char*>(&length), sizeof length);
  }
  for (const std::string& message : {forged + forged, "x" + forged + "x", lengths, std::string(80'000, '\0')}) {
    AppendMany();
    LineFileWriter writer(path_);
    for (int i = 0; i < 3; ++i) writer.Append({kNow}, {kNow}, message);
    EXPECT_EQ(Last(5), Expected(5));
    EXPECT_EQ(Last(1), Expected(1));
  }
}

TEST_F(LastLinesOfAFile, BeginWhereTheOldestWereDropped) {
  AppendMany();
  const auto lines = Read();
  DropLinesBefore(path_, lines[1998].offset);
  EXPECT_EQ(Last(5), Expected(5));
  EXPECT_EQ(Last(5).size(), 3u);  // With the one that says so.
}

}  // namespace
}  // namespace sagebrush
