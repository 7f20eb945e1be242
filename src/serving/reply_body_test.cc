#include "serving/reply_body.h"

#include <gtest/gtest.h>

#include "algorithms/data/recordio.h"
#include "base/error.h"
#include "serving/request_rows.h"

namespace sagebrush::serving {
namespace {

std::string Body(ReplyFormat format, std::vector<float> values, std::size_t width,
                 CsvLayout layout = CsvLayout::kLines) {
  std::string out;
  AppendPredictions(format, {values, width, layout}, out);
  return out;
}

// github.com/aws/sagemaker-xgboost-container, algorithm_mode/serve.py. Before pull requests 269, 270 and 271
// (of 1.2-2): rows joined with commas, several values of a row printed as a Python list. Since then as numpy.savetxt
// writes them. In a batch transform a row a line.
TEST(CsvReply, JoinsRowsAsAwsContainer) {
  EXPECT_EQ(Body(ReplyFormat::kCsv, {0.5F, 2}, 1, CsvLayout::kCommas), "0.5,2.0");
  EXPECT_EQ(Body(ReplyFormat::kCsv, {0.5F, 2}, 1, CsvLayout::kLines), "0.5\n2.0\n");
  EXPECT_EQ(Body(ReplyFormat::kCsv, {0.5F, 2}, 1, CsvLayout::kBatch), "0.5\n2.0\n");
  EXPECT_EQ(Body(ReplyFormat::kCsv, {0.5F, 2, 1, 0}, 2, CsvLayout::kCommas), "[0.5, 2.0],[1.0, 0.0]");
  EXPECT_EQ(Body(ReplyFormat::kCsv, {0.5F, 2, 1, 0}, 2, CsvLayout::kLines), "0.5,2.0\n1.0,0.0\n");
  EXPECT_EQ(Body(ReplyFormat::kCsv, {0.5F, 2, 1, 0}, 2, CsvLayout::kBatch), "[0.5, 2.0]\n[1.0, 0.0]\n");
}

TEST(CsvReply, IsLaidOutByTheImagesVersion) {
  const auto layout = [](const char* tag) { return CsvLayoutOf(algorithms::ParseImageVersion(tag), false); };
  for (const char* tag : {"1", "latest", "0.90-1", "0.90-2", "1.0-1", "1.2-1"}) {
    EXPECT_EQ(layout(tag), CsvLayout::kCommas) << tag;
  }
  for (const char* tag : {"1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5", "3.2-0", ""}) {
    EXPECT_EQ(layout(tag), CsvLayout::kLines) << tag;
  }
  EXPECT_EQ(CsvLayoutOf(algorithms::ParseImageVersion("1.0-1"), true), CsvLayout::kBatch);
}

// docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html: regression responses.
TEST(JsonReply, HasAScoreForEachRow) {
  EXPECT_EQ(Body(ReplyFormat::kJson, {0.5F, 2}, 1), R"({"predictions": [{"score": 0.5}, {"score": 2.0}]})");
  EXPECT_EQ(Body(ReplyFormat::kJson, {0.5F, 2}, 2), R"({"predictions": [{"score": [0.5, 2.0]}]})");
  EXPECT_EQ(Body(ReplyFormat::kJsonLines, {0.5F, 2}, 1), "{\"score\": 0.5}\n{\"score\": 2.0}\n");
}

TEST(RecordReply, HasTheScoreInTheLabels) {
  const std::string body = Body(ReplyFormat::kRecordIo, {0.5F, 2}, 1);
  int records = 0;
  algorithms::ForEachRecord("reply", body, [&](std::string_view record) {
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

std::string Selected(ReplyFormat format, std::string_view objective, std::vector<std::string> keys,
                     std::vector<float> row, int classes = 0, bool batch = false) {
  const std::vector<std::vector<SelectedValue>> rows{SelectOutput(objective, classes, keys, row)};
  std::string out;
  AppendSelected(format, keys, rows, batch, out);
  return out;
}

// docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html and serve_utils.py of AWS's container: keys and what they hold.
TEST(SelectedOutput, OfBinaryClassification) {
  EXPECT_EQ(Selected(ReplyFormat::kJson, "binary:logistic",
                     {"predicted_label", "labels", "probability", "probabilities"}, {0.75F}),
            R"({"predictions": [{"predicted_label": 1, "labels": [0, 1], "probability": 0.75, )"
            R"("probabilities": [0.25, 0.75]}]})");
  EXPECT_EQ(Selected(ReplyFormat::kCsv, "binary:logistic", {"predicted_label", "probabilities"}, {0.25F}, 0, true),
            "0,\"[0.75, 0.25]\"\n");
}

TEST(SelectedOutput, OfMultiClass) {
  EXPECT_EQ(Selected(ReplyFormat::kCsv, "multi:softprob", {"predicted_label", "labels", "raw_scores"},
                     {0.25F, 0.5F, 0.25F}, 3),
            "1,\"[0, 1, 2]\",\"[0.25, 0.5, 0.25]\"");
}

TEST(SelectedOutput, OfAKeyThatTheObjectiveDoesNotHaveIsNotANumber) {
  EXPECT_EQ(Selected(ReplyFormat::kJsonLines, "reg:squarederror", {"predicted_score", "probability"}, {2.5F}),
            "{\"predicted_score\": 2.5, \"probability\": NaN}\n");
  EXPECT_THROW(Selected(ReplyFormat::kCsv, "rank:pairwise", {"predicted_score"}, {1}), Error);
}

TEST(SelectedOutput, IsCheckedBeforeAModelIsServed) {
  EXPECT_NO_THROW(CheckSelectionKeys(std::vector<std::string>{"predicted_label", "raw_scores"}));
  try {
    CheckSelectionKeys(std::vector<std::string>{"predicted_label", "probabilty"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string_view(error.what()),
              "SAGEMAKER_INFERENCE_OUTPUT names \"probabilty\", which is no output. Choose of predicted_label, labels, "
              "probability, probabilities, raw_score, raw_scores, predicted_score.");
  }
  EXPECT_NO_THROW(CheckSelection("binary:logistic"));
  EXPECT_THROW(CheckSelection("rank:pairwise"), Error);
}

}  // namespace
}  // namespace sagebrush::serving
