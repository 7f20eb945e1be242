#include "serving/request_rows.h"

#include <bit>
#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/number_text.h"
#include "serving/record_writer.h"

namespace sagebrush::serving {
namespace {

constexpr RowFormat kAll[] = {RowFormat::kCsv, RowFormat::kLibsvm, RowFormat::kRecordIo, RowFormat::kJson,
                              RowFormat::kJsonLines};
const RequestTypes kTypes(kAll);

algorithms::Features Read(RowFormat format, std::string_view body) {
  algorithms::Features rows;
  ReadRows(format, kTypes, body, rows);
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
  EXPECT_EQ(kTypes.FormatOf("text/csv"), RowFormat::kCsv);
  EXPECT_EQ(kTypes.FormatOf("Text/CSV; charset=utf-8"), RowFormat::kCsv);
  EXPECT_EQ(kTypes.FormatOf("text/x-libsvm"), RowFormat::kLibsvm);
  EXPECT_EQ(kTypes.FormatOf("application/x-recordio-protobuf"), RowFormat::kRecordIo);
  EXPECT_THROW(kTypes.FormatOf("application/octet-stream"), RequestError);
}

TEST(ContentType, IsOneThatTheModelTakes) {
  constexpr RowFormat kSome[] = {RowFormat::kCsv, RowFormat::kJson};
  const RequestTypes types(kSome);
  EXPECT_EQ(types.FormatOf("text/csv"), RowFormat::kCsv);
  EXPECT_EQ(types.text(), "text/csv or application/json");
  EXPECT_THROW(types.FormatOf("text/libsvm"), RequestError);
}

std::string TypeRefusal(std::string_view content_type) {
  try {
    kTypes.FormatOf(content_type);
  } catch (const RequestError& error) {
    EXPECT_EQ(error.status(), 415);
    return error.what();
  }
  return "";
}

// AWS's container takes no Content-Type for libsvm, in which any text is some row.
TEST(ContentType, IsNeeded) {
  for (const char* type : {"", " ", "; charset=utf-8", "image/png"}) {
    EXPECT_THAT(TypeRefusal(type), testing::HasSubstr("Send text/csv, text/libsvm, ")) << type;
  }
}

TEST(CsvRows, OfBlankLinesAreNone) {
  EXPECT_EQ(Read(RowFormat::kCsv, "1,2\n\n3,4\n \t\n\n").values, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(Read(RowFormat::kCsv, "\n\n1\n\n2").rows, 2U);
  EXPECT_EQ(Read(RowFormat::kCsv, "1\t2\n\t\n3\t4").rows, 3U);  // A line of cells without values is one.
}

TEST(CsvRows, KeepEmptyCellsBetweenTabs) {
  const auto rows = Read(RowFormat::kCsv, "\t5\t6\n7\t8\t");
  ASSERT_EQ(rows.columns, 3U);
  EXPECT_TRUE(std::isnan(rows.values[0]));
  EXPECT_EQ(rows.values[1], 5);
  EXPECT_TRUE(std::isnan(rows.values[5]));
}

TEST(CsvRows, EndInAnyLineEnd) {
  for (const char* body : {"1,2\r3,4\r", "1,2\r\n3,4\r\n", "1,2\n3,4",
                           "\xEF\xBB\xBF\xEF\xBB\xBF"
                           "1,2\r3,4"}) {
    EXPECT_EQ(Read(RowFormat::kCsv, body).values, (std::vector<float>{1, 2, 3, 4})) << body;
  }
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

std::vector<std::uint32_t> BitsOf(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

TEST(CsvRows, AreReadAsTheirCellsOneByOne) {
  const std::vector<std::string> cells{
      "1",    "-2.50",       "",          "nan",          "1e-3",    " 7",
      ".5",   "-0.12345678", "+3",        "5.",           "-0",      "123456789012345678",
      "1e38", "0.1",         "-99.12345", "0.0123456789", "1.5e-60", "0.49671415301123267"};
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::string delimiter(1, ",;|\t"[random() % 4]);
    const std::string_view end = random() % 2 == 0 ? "\n" : "\r\n";
    const std::size_t rows = 1 + random() % 4, columns = 2 + random() % 4;
    std::string body;
    std::vector<float> expected;
    for (std::size_t at = 0; at < rows * columns; ++at) {
      // The first and the last cell of a body are no blanks: those around it are not its.
      const bool outer = at == 0 || at + 1 == rows * columns;
      const std::string& cell = cells[outer ? random() % 2 : random() % cells.size()];
      body += cell;
      ASSERT_TRUE(ParseFeature(cell, expected.emplace_back()));
      if (at + 1 < rows * columns) body += (at + 1) % columns == 0 ? end : delimiter;
    }
    // Without a byte behind it, so that AddressSanitizer sees who reads there.
    const std::vector<char> exact(body.begin(), body.end());
    const auto read = Read(RowFormat::kCsv, {exact.data(), exact.size()});
    ASSERT_EQ(read.rows, rows) << body;
    ASSERT_EQ(read.columns, columns) << body;
    ASSERT_EQ(BitsOf(read.values), BitsOf(expected)) << body;
  }
}

TEST(CsvRows, RefusalNamesRowAndColumn) {
  EXPECT_THAT(Refusal(RowFormat::kCsv, "1,2\n3,x\n"),
              testing::HasSubstr("row 2, column 2: 'x' is not a finite number"));
  EXPECT_THAT(Refusal(RowFormat::kCsv, "1,2\n3\n"), testing::HasSubstr("row 2 has 1 columns where row 1 has 2"));
  EXPECT_THAT(Refusal(RowFormat::kCsv, " \n "), testing::HasSubstr("no rows"));
  EXPECT_THAT(Refusal(RowFormat::kCsv, "1,inf"), testing::HasSubstr("row 1, column 2: 'inf' is not a finite number"));
  EXPECT_THAT(Refusal(RowFormat::kCsv, "0:1 2:3"), testing::HasSubstr("text/libsvm"));
}

TEST(LibsvmRows, AreSparse) {
  const auto rows = Read(RowFormat::kLibsvm, "0:1.5 3:2\n2:7\n");
  ASSERT_EQ(rows.rows, 2U);
  EXPECT_TRUE(rows.sparse());
  EXPECT_EQ(rows.columns, 4U);
  EXPECT_EQ(rows.indices, (std::vector<std::uint32_t>{0, 3, 2}));
}

TEST(LibsvmRows, OfBlankLinesAreNone) { EXPECT_EQ(Read(RowFormat::kLibsvm, "0 0:2 1:3\n\n1 0:3 1:1\n\n").rows, 2U); }

TEST(LibsvmRows, MayBeUnsorted) {
  EXPECT_EQ(Read(RowFormat::kLibsvm, "3:2 0:1").indices, (std::vector<std::uint32_t>{0, 3}));
}

TEST(LibsvmRows, AreNotReadFromOtherText) {
  for (const char* body : {"2,3\n", "2 3\n", "2\n3\n", "hello world\n", "{\"instances\": []}", "[[1, 2]]"}) {
    EXPECT_THAT(Refusal(RowFormat::kLibsvm, body), testing::HasSubstr("text/csv")) << body;
  }
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

// json.dumps of Python writes NaN for float("nan").
TEST(JsonRows, TakeNanForAMissingValue) {
  const auto rows = Read(RowFormat::kJson, R"({"instances": [{"features": [NaN, 2]}, {"features": [3, NaN]}]})");
  ASSERT_EQ(rows.rows, 2U);
  EXPECT_TRUE(std::isnan(rows.values[0]));
  EXPECT_TRUE(std::isnan(rows.values[3]));
  EXPECT_EQ(Read(RowFormat::kJsonLines, "[NaN, 1]\n[2, 3]\n").rows, 2U);
  EXPECT_THAT(Refusal(RowFormat::kJson, R"([["NaN \" NaN", NaN]])"), testing::HasSubstr("a feature is no number"));
  EXPECT_THAT(Refusal(RowFormat::kJson, "[[Infinity, 1]]"), testing::HasSubstr("no infinite numbers"));
}

TEST(JsonRows, SparseAreSortedAndHaveAKeyOnce) {
  const auto rows = Read(RowFormat::kJson, R"({"data": {"features": {"keys": [4, 1], "values": [0.5, 2]}}})");
  EXPECT_EQ(rows.indices, (std::vector<std::uint32_t>{1, 4}));
  EXPECT_EQ(rows.values, (std::vector<float>{2, 0.5F}));
  EXPECT_THAT(Refusal(RowFormat::kJson, R"({"data": {"features": {"keys": [1, 1], "values": [0.5, 2]}}})"),
              testing::HasSubstr("a key is there twice"));
}

TEST(JsonRows, RefuseABodyWithNothingInIt) {
  EXPECT_THAT(Refusal(RowFormat::kJson, std::string_view()), testing::HasSubstr("line 1 is no JSON: Empty"));
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
