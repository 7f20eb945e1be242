#include "algorithms/data/text_chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sagebrush::algorithms {
namespace {

using testing::ElementsAre;

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  ForEachLine(text, [&](const TextLine& line) {
    EXPECT_EQ(text.substr(line.at, line.text.size()), line.text);
    lines.emplace_back(line.text);
  });
  return lines;
}

TEST(TextLines, EndInALineFeedACarriageReturnOrBoth) {
  EXPECT_THAT(LinesOf("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(LinesOf("a\r\nb\r\n"), ElementsAre("a", "b"));
  EXPECT_THAT(LinesOf("a\rb\r"), ElementsAre("a", "b"));
  EXPECT_THAT(LinesOf("a\rb\nc\r\nd"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(LinesOf("\n\r\r\n\n"), ElementsAre("", "", "", ""));
  EXPECT_THAT(LinesOf(""), ElementsAre());
}

TEST(TextChunk, NumbersItsLinesFromTheTextsFirst) {
  const std::string filler(100, 'x');
  std::string body = "\xEF\xBB\xBF\xEF\xBB\xBF";
  for (int i = 0; i < 30'000; ++i) body += filler + (i % 3 == 0 ? "\n" : i % 3 == 1 ? "\r\n" : "\r");
  const NamedText texts[] = {{"a", body}};
  const auto chunks = SplitAtLines(texts);
  EXPECT_GT(chunks.size(), 2u);
  std::size_t number = 0;
  for (const TextChunk& chunk : chunks) {
    TextLine first, last;
    ForEachLine(chunk.bytes, [&](const TextLine& line) {
      if (first.text.empty()) first = line;
      last = line;
      ++number;
      EXPECT_EQ(line.text, filler);
    });
    EXPECT_EQ(chunk.LineNumber(last), number);
  }
  EXPECT_EQ(number, 30'000u);
}

TEST(TextChunk, NumbersAnEmptyLine) {
  const NamedText texts[] = {{"a", "x\n\ny"}};
  const auto chunks = SplitAtLines(texts);
  std::vector<std::size_t> numbers;
  ForEachLine(chunks[0].bytes, [&](const TextLine& line) { numbers.push_back(chunks[0].LineNumber(line)); });
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3));
}

TEST(TextChunk, OfATextOfMarksOnlyIsNone) {
  const NamedText texts[] = {{"a", "\xEF\xBB\xBF\xEF\xBB\xBF"}};
  EXPECT_TRUE(SplitAtLines(texts).empty());
}

}  // namespace
}  // namespace sagebrush::algorithms
