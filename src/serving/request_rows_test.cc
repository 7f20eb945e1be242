#include "serving/request_rows.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/record_writer.h"

namespace sagebrush::serving {
namespace {

algorithms::Features Read(RowFormat format, std::string_view body) {
  algorithms::Features rows;
  ReadRows(format, body, rows);
  return rows;
}

std::string Refusal(RowFormat format, std::string_view body) {
  try {
    Read(format, body);
  } catch (const RequestError& error) {
    EXPECT_EQ(error.status(), 415);
    return error.what();
  }
  return "";
}

TEST(ContentType, IsReadAsAwsContainerReadsIt) {
  // github.com/aws/sagemaker-xgboost-container, data_utils.get_content_type
  EXPECT_EQ(FormatOfContentType("text/csv"), RowFormat::kCsv);
  EXPECT_EQ(FormatOfContentType("Text/CSV; charset=utf-8"), RowFormat::kCsv);
  EXPECT_EQ(FormatOfContentType("text/x-libsvm"), RowFormat::kLibsvm);
  EXPECT_EQ(FormatOfContentType(""), RowFormat::kLibsvm);
  EXPECT_EQ(FormatOfContentType("application/x-recordio-protobuf"), RowFormat::kRecordIo);
  EXPECT_THROW(FormatOfContentType("application/octet-stream"), RequestError);
}

TEST(CsvRows, AreReadWithMissingValues) {
  const auto rows = Read(RowFormat::kCsv, "1,,3\r\nnan,5.5,-6e1\n");
  ASSERT_EQ(rows.rows, 2U);
  ASSERT_EQ(rows.columns, 3U);
  EXPECT_EQ(rows.values[0], 1);
  EXPECT_TRUE(std::isnan(rows.values[1]));
  EXPECT_TRUE(std::isnan(rows.values[3]));
  EXPECT_EQ(rows.values[5], -60);
}

TEST(CsvRows, MayBeSeparatedByOtherCharacters) {
  for (const char* body : {"1;2;3", "1\t2\t3", "1|2|3", "1 2 3"})
    EXPECT_EQ(Read(RowFormat::kCsv, body).columns, 3U) << body;
  EXPECT_EQ(Read(RowFormat::kCsv, "7").columns, 1U);
}

TEST(CsvRows, RefusalNamesRowAndColumn) {
  EXPECT_THAT(Refusal(RowFormat::kCsv, "1,2\n3,x\n"),
              testing::HasSubstr("row 2, column 2: 'x' is not a finite number"));
  EXPECT_THAT(Refusal(RowFormat::kCsv, "1,2\n3\n"), testing::HasSubstr("row 2 has 1 columns where row 1 has 2"));
  EXPECT_THAT(Refusal(RowFormat::kCsv, " \n "), testing::HasSubstr("no rows"));
}

TEST(LibsvmRows, AreSparse) {
  const auto rows = Read(RowFormat::kLibsvm, "0:1.5 3:2\n2:7\n");
  ASSERT_EQ(rows.rows, 2U);
  EXPECT_TRUE(rows.sparse());
  EXPECT_EQ(rows.columns, 4U);
  EXPECT_EQ(rows.indices, (std::vector<std::uint32_t>{0, 3, 2}));
}

TEST(RecordIoRows, AreReadFromRecords) {
  // The record's field 1 holds the features; the writer fills field 2, labels, which has the same form.
  RecordWriter writer;
  writer.AddLabel("values", std::vector<float>{1, 2.5F});
  std::string body;
  writer.AppendTo(body);
  body[8] = 0x0a;  // Field 1, length-delimited.
  const auto rows = Read(RowFormat::kRecordIo, body);
  ASSERT_EQ(rows.rows, 1U);
  EXPECT_EQ(rows.values, (std::vector<float>{1, 2.5F}));
  EXPECT_NE(Refusal(RowFormat::kRecordIo, "hello world"), "");
}

TEST(JsonRows, TakeAllFormsOfSageMaker) {
  for (const char* body : {R"({"instances": [{"features": [1, null, 3]}, {"features": [4, 5, 6.5]}]})",
                           R"({"instances": [[1, null, 3], [4, 5, 6.5]]})", "[[1, null, 3], [4, 5, 6.5]]",
                           R"({"instances": [{"data": {"features": {"values": [1, null, 3]}}}, [4, 5, 6.5]]})"}) {
    const auto rows = Read(RowFormat::kJson, body);
    ASSERT_EQ(rows.rows, 2U) << body;
    ASSERT_EQ(rows.columns, 3U) << body;
    EXPECT_TRUE(std::isnan(rows.values[1])) << body;
    EXPECT_EQ(rows.values[5], 6.5F) << body;
  }
  EXPECT_EQ(Read(RowFormat::kJson, "[1, 2]").rows, 1U);
  EXPECT_EQ(Read(RowFormat::kJson, R"({"features": [1, 2]})").rows, 1U);
}

TEST(JsonRows, MayBeSparse) {
  const auto rows =
      Read(RowFormat::kJson,
           R"({"instances": [{"data": {"features": {"keys": [1, 4], "shape": [9], "values": [0.5, 2]}}}]})");
  EXPECT_TRUE(rows.sparse());
  EXPECT_EQ(rows.columns, 9U);
  EXPECT_EQ(rows.indices, (std::vector<std::uint32_t>{1, 4}));
}

TEST(JsonRows, RefusalNamesTheInstance) {
  EXPECT_THAT(Refusal(RowFormat::kJson, "[[1], [\"a\"]]"), testing::HasSubstr("instance 2: a feature is no number"));
  EXPECT_THAT(Refusal(RowFormat::kJson, "[[1], [1, 2]]"), testing::HasSubstr("instance 2: it has 2 features"));
  EXPECT_NE(Refusal(RowFormat::kJson, "{\"instances\": 5}"), "");
  EXPECT_NE(Refusal(RowFormat::kJson, "{\"instances\": [{}]}"), "");
  EXPECT_NE(Refusal(RowFormat::kJson, "{"), "");
}

TEST(JsonLinesRows, AreARowALine) {
  const auto rows = Read(RowFormat::kJsonLines, "{\"features\": [1, 2]}\n\n[3, 4]\n");
  EXPECT_EQ(rows.rows, 2U);
  EXPECT_EQ(rows.values, (std::vector<float>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace sagebrush::serving
