#include "serving/reply_body.h"

#include <gtest/gtest.h>

#include <cmath>

#include "algorithms/data/recordio.h"
#include "base/error.h"
#include "serving/request_rows.h"

namespace sagebrush::serving {
namespace {

using algorithms::AnswerField;
using algorithms::AnswerShape;

std::string Body(ReplyFormat format, const AnswerShape& shape, std::vector<double> numbers) {
  std::string out;
  AppendAnswers(format, shape, numbers, out);
  return out;
}

// The shapes of a score a row, or of one for each of two classes.
AnswerShape Scores(std::size_t width, algorithms::CsvLayout layout = {}) {
  return {{{"score", width, width > 1}}, layout};
}

// docs.aws.amazon.com/sagemaker/latest/dg/km-in-formats.html
const AnswerShape kClusters{{{"closest_cluster"}, {"distance_to_cluster"}}, {}};

TEST(CsvReply, IsALineOfNumbersARow) {
  EXPECT_EQ(Body(ReplyFormat::kCsv, Scores(1), {0.5, 2}), "0.5\n2.0\n");
  EXPECT_EQ(Body(ReplyFormat::kCsv, Scores(2), {0.5, 2, 1, 0}), "0.5,2.0\n1.0,0.0\n");
  EXPECT_EQ(Body(ReplyFormat::kCsv, kClusters, {1, 3, 2, 5}), "1.0,3.0\n2.0,5.0\n");
}

TEST(CsvReply, HasTheLayoutOfItsShape) {
  const algorithms::CsvLayout line{.list_begin = "[", .list_comma = ", ", .list_end = "]", .row_comma = ",", .end = ""};
  EXPECT_EQ(Body(ReplyFormat::kCsv, Scores(1, line), {0.5, 2}), "0.5,2.0");
  EXPECT_EQ(Body(ReplyFormat::kCsv, Scores(2, line), {0.5, 2, 1, 0}), "[0.5, 2.0],[1.0, 0.0]");
  const AnswerShape quoted{{{.name = "label", .integer = true}, {"probabilities", 2, true}},
                           {.list_begin = "\"[", .list_comma = ", ", .list_end = "]\"", .end = ""}};
  EXPECT_EQ(Body(ReplyFormat::kCsv, quoted, {0, 0.75, 0.25, 1, 0.5, 0.5}), "0,\"[0.75, 0.25]\"\n1,\"[0.5, 0.5]\"");
}

// docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html: regression responses.
TEST(JsonReply, HasTheFieldsOfEachRow) {
  EXPECT_EQ(Body(ReplyFormat::kJson, Scores(1), {0.5, 2}), R"({"predictions": [{"score": 0.5}, {"score": 2.0}]})");
  EXPECT_EQ(Body(ReplyFormat::kJson, Scores(2), {0.5, 2}), R"({"predictions": [{"score": [0.5, 2.0]}]})");
  EXPECT_EQ(Body(ReplyFormat::kJsonLines, Scores(1), {0.5, 2}), "{\"score\": 0.5}\n{\"score\": 2.0}\n");
  EXPECT_EQ(Body(ReplyFormat::kJson, kClusters, {1, 3}),
            R"({"predictions": [{"closest_cluster": 1.0, "distance_to_cluster": 3.0}]})");
}

TEST(JsonReply, WritesIntegersListsOfOneAndNoNumbersAsPython) {
  const AnswerShape shape{{{"labels", 2, true, true}, {"one", 1, true}, {"none"}, {"most"}}, {}};
  EXPECT_EQ(Body(ReplyFormat::kJsonLines, shape, {0, 1, 2, NAN, -INFINITY}),
            "{\"labels\": [0, 1], \"one\": [2.0], \"none\": NaN, \"most\": -Infinity}\n");
}

TEST(RecordReply, HasTheScoreInTheLabels) {
  const std::string body = Body(ReplyFormat::kRecordIo, Scores(1), {0.5, 2});
  int records = 0;
  algorithms::ForEachRecord({"reply", body}, [&](std::string_view record) {
    ++records;
    EXPECT_NE(record.find("score"), std::string_view::npos);
  });
  EXPECT_EQ(records, 2);
}

TEST(Accept, ChoosesTheFormat) {
  EXPECT_EQ(FormatOfAccept("application/json", "text/csv"), ReplyFormat::kJson);
  EXPECT_EQ(FormatOfAccept("Application/JSONLines; q=1", "text/csv"), ReplyFormat::kJsonLines);
  EXPECT_EQ(FormatOfAccept("*/*", "application/json"), ReplyFormat::kJson);
  EXPECT_EQ(FormatOfAccept("", "text/csv"), ReplyFormat::kCsv);
  try {
    FormatOfAccept("image/png", "text/csv");
    FAIL();
  } catch (const RequestError& error) {
    EXPECT_EQ(error.status(), 406);
  }
}

}  // namespace
}  // namespace sagebrush::serving
