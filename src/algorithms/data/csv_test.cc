#include "algorithms/data/csv.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Dataset Read(std::string_view text, CsvFormat format = {}, int threads = 2) {
  const NamedText texts[] = {{"train/a.csv", text}};
  return ReadCsv(texts, format, threads);
}

std::string RefusalOf(std::string_view text, CsvFormat format = {}) {
  try {
    Read(text, format);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kClientError.code);
    return error.what();
  }
  return "";
}

TEST(Csv, TakesTheLabelFromTheFirstColumn) {
  const Dataset data = Read("1,2.5,-3e2\n0,4,5");
  EXPECT_EQ(data.features.rows, 2u);
  EXPECT_EQ(data.features.columns, 2u);
  EXPECT_THAT(data.labels, ElementsAre(1, 0));
  EXPECT_THAT(data.features.values, ElementsAre(2.5f, -300, 4, 5));
}

TEST(Csv, TakesWeightsFromTheSecondColumn) {
  const Dataset data = Read("1,0.5,7\n0,2,8\n", {.weights = true});
  EXPECT_THAT(data.weights, ElementsAre(0.5f, 2));
  EXPECT_THAT(data.features.values, ElementsAre(7, 8));
}

TEST(Csv, ReadsRowsWithoutLabels) {
  const Dataset data = Read("1,2\n", {.label = false});
  EXPECT_TRUE(data.labels.empty());
  EXPECT_THAT(data.features.values, ElementsAre(1, 2));
}

TEST(Csv, ReadsWhatPandasAndSpreadsheetsWrite) {
  const Dataset data = Read(
      "\xEF\xBB\xBF"
      "1, \"2\" ,True\r\n\r\n0,+3,false\r\n",
      {});
  EXPECT_THAT(data.features.values, ElementsAre(2, 1, 3, 0));
}

TEST(Csv, ReadsLinesThatEndInCarriageReturns) {
  EXPECT_THAT(Read("1,2,3\r0,4,5\r").features.values, ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(Read("1,2,3\r0,4,5").labels, ElementsAre(1, 0));
  EXPECT_THAT(RefusalOf("1,2\r0,4\r1,x\r"), HasSubstr("train/a.csv, line 3, column 2: 'x' is not a number"));
}

// tests/fuzz: a line that starts in a byte order mark was searched for outside of the text.
TEST(Csv, TakesNoByteOrderMarkForData) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  const std::string twice = std::string(kMark) + std::string(kMark);
  EXPECT_THAT(Read(twice + "1,2\n0,3\n").features.values, ElementsAre(2, 3));
  EXPECT_EQ(Read(twice).features.rows, 0u);
  EXPECT_EQ(Read(twice + "\n").features.rows, 0u);
  EXPECT_THAT(RefusalOf(twice + "a,b\n"),
              HasSubstr("line 1, column 1: 'a' is not a number. The data must have no header"));
  EXPECT_THAT(RefusalOf(twice + "1\n"), HasSubstr("line 1 has 1 column(s)"));
  // What joins files leaves marks inside.
  EXPECT_THAT(Read("1,2\n" + std::string(kMark) + "0,3\n").labels, ElementsAre(1, 0));
}

// XGBoost's library refuses infinite features, and names no place.
TEST(Csv, NamesThePlaceOfInfiniteNumbers) {
  for (const char* cell : {"inf", "-Infinity", "1e39", "\"1e400\""}) {
    EXPECT_THAT(RefusalOf(fmt::format("1,2,3\n0,{},5\n", cell)),
                testing::AllOf(HasSubstr("line 2, column 2: "), HasSubstr("is infinite, or too large")))
        << cell;
  }
  EXPECT_THAT(RefusalOf("inf,2\n"), HasSubstr("line 1, column 1"));
  EXPECT_THAT(Read("1,1e-60\n").features.values, ElementsAre(0));
}

TEST(Csv, TakesEmptyCellsAndItsWordsAsMissing) {
  const Dataset data = Read("1,,NA,nan,null\n");
  for (const float value : data.features.values) EXPECT_TRUE(std::isnan(value));
  EXPECT_EQ(data.features.values.size(), 4u);
}

TEST(Csv, PassesOverBlankLinesOfAnyLength) {
  EXPECT_EQ(Read("\n" + std::string(90, ' ') + "\r").features.rows, 0u);
  EXPECT_EQ(Read(std::string(90, ' ') + "\n1,2\n").features.rows, 1u);
}

TEST(Csv, RoundsNumbersThatDoNotFitAFloat) {
  const Dataset data = Read("1,1e-60,0.1\n");
  EXPECT_THAT(data.features.values, ElementsAre(0, 0.1f));
}

TEST(Csv, NamesFileLineAndColumnOfAHeader) {
  EXPECT_THAT(RefusalOf("label,age\n1,30\n"),
              testing::AllOf(HasSubstr("train/a.csv, line 1, column 1: 'label' is not a number."),
                             HasSubstr("no header line")));
}

TEST(Csv, NamesThePlaceOfTextInTheMiddle) {
  EXPECT_THAT(RefusalOf("1,30\n\n0,red\n"), HasSubstr("train/a.csv, line 3, column 2: 'red' is not a number."));
}

TEST(Csv, RefusesRowsOfAnotherWidth) {
  EXPECT_THAT(RefusalOf("1,2,3\n1,2\n"), HasSubstr("line 2 has 2 columns where the first line of the channel has 3"));
  EXPECT_THAT(RefusalOf("1,2,3\n1,2,3,4\n"),
              HasSubstr("line 2 has 4 columns where the first line of the channel has 3"));
  EXPECT_THAT(RefusalOf("1\n"), HasSubstr("at least one feature"));
}

TEST(Csv, RefusesAMissingLabelAndAnImpossibleWeight) {
  EXPECT_THAT(RefusalOf("1,2\n,3\n"), HasSubstr("line 2, column 1: the label is missing"));
  EXPECT_THAT(RefusalOf("1,-2,3\n", {.weights = true}), HasSubstr("line 1, column 2"));
}

TEST(Csv, ReadsTheSameWithAnyNumberOfThreads) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += fmt::format("{},{}.5,{}\n", i % 2, i, i * 7);
  const Dataset one = Read(text, {}, 1), four = Read(text, {}, 4);
  EXPECT_EQ(one.features.rows, 200'000u);
  EXPECT_EQ(one.features.values, four.features.values);
  EXPECT_EQ(one.labels, four.labels);
  EXPECT_EQ(one.features.values[2 * 199'999], 199'999.5f);
}

TEST(Csv, JoinsFilesAndNamesTheSecondInAMessage) {
  const NamedText good[] = {{"train/a.csv", "1,2"}, {"train/empty.csv", ""}, {"train/b.csv", "0,3\n"}};
  EXPECT_THAT(ReadCsv(good, {}, 2).labels, ElementsAre(1, 0));
  const NamedText bad[] = {{"train/a.csv", "1,2\n"}, {"train/b.csv", "0,3,4\n"}};
  try {
    ReadCsv(bad, {}, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("train/b.csv, line 1 has 3 columns"));
  }
}

// What Python's csv.Sniffer, with which SageMaker's container decides, finds on such lines.
TEST(CsvDelimiter, IsWhatSeparatesTheNumbers) {
  EXPECT_EQ(DetectDelimiter("1,2,3"), ',');
  EXPECT_EQ(DetectDelimiter("1\t2\t3"), '\t');
  EXPECT_EQ(DetectDelimiter("1;2;3"), ';');
  EXPECT_EQ(DetectDelimiter("1|2|3"), '|');
  EXPECT_EQ(DetectDelimiter("1 2 3"), ' ');
  EXPECT_EQ(DetectDelimiter("0, 5.1 ,3"), ',');
  EXPECT_EQ(DetectDelimiter("12"), '\0');
}

}  // namespace
}  // namespace sagebrush::algorithms
