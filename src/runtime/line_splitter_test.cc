#include "runtime/line_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sagebrush::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LineSplitterTest : public testing::Test {
 protected:
  std::vector<std::string> lines_;
  LineSplitter splitter_{[this](std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(LineSplitterTest, EndsLinesAtNewlines) {
  splitter_.Feed("one\ntwo\r\nth", 0);
  EXPECT_THAT(lines_, ElementsAre("one", "two"));
  splitter_.Feed("ree\n", 1);
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three"));
}

TEST_F(LineSplitterTest, LeavesEmptyLinesOut) {
  splitter_.Feed("\n\r\n\none\n\n", 0);
  EXPECT_THAT(lines_, ElementsAre("one"));
}

TEST_F(LineSplitterTest, AReturnMayComeApartFromItsNewline) {
  splitter_.Feed("one\r", 0);
  splitter_.Feed("\ntwo\n", 5000);
  EXPECT_THAT(lines_, ElementsAre("one", "two"));
}

TEST_F(LineSplitterTest, KeepsOneProgressTextASecondAndTheLast) {
  for (int i = 0; i <= 10; ++i) splitter_.Feed("\r" + std::to_string(i * 10) + "%", i * 300);
  splitter_.Feed("\n", 3001);
  EXPECT_THAT(lines_, ElementsAre("0%", "40%", "80%", "100%"));
}

TEST_F(LineSplitterTest, GivesOutALineWithoutEndAfterASecond) {
  splitter_.Feed("continue? ", 100);
  splitter_.Tick(1099);
  EXPECT_THAT(lines_, IsEmpty());
  EXPECT_EQ(splitter_.TickDue(), 1100);
  splitter_.Tick(1100);
  EXPECT_THAT(lines_, ElementsAre("continue? "));
  EXPECT_EQ(splitter_.TickDue(), std::nullopt);
}

TEST_F(LineSplitterTest, GivesOutWhatIsLeftAtTheEnd) {
  splitter_.Feed("one\ntwo", 0);
  splitter_.Finish();
  EXPECT_THAT(lines_, ElementsAre("one", "two"));
}

TEST_F(LineSplitterTest, CutsLongLinesBetweenCharacters) {
  std::string line(LineSplitter::kLineSizeMax - 1, 'a');
  splitter_.Feed(line + "\xe2\x82\xac" + "b\n", 0);
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(lines_[0], line);
  EXPECT_EQ(lines_[1],
            "\xe2\x82\xac"
            "b");
}

TEST_F(LineSplitterTest, ShowsWhatIsNotUtf8) {
  using namespace std::string_literals;
  splitter_.Feed("a\xff z\xc3\n\xc3\xa4 \xed\xa0\x80\n1\0,\0\x1b[1m\n"s, 0);
  EXPECT_THAT(lines_, ElementsAre("a\\xff z\\xc3", "\xc3\xa4 \\xed\\xa0\\x80", "1\\x00,\\x00\x1b[1m"));
}

// An event of CloudWatch Logs has 256 KiB at most, also when showing its bytes made it longer.
TEST_F(LineSplitterTest, CutsLinesThatOddBytesMadeLonger) {
  splitter_.Feed(std::string(LineSplitter::kLineSizeMax, '\xff') + "\n", 0);
  ASSERT_EQ(lines_.size(), 4u);
  for (const std::string& line : lines_) EXPECT_EQ(line.size(), LineSplitter::kLineSizeMax);
}

}  // namespace
}  // namespace sagebrush::runtime
