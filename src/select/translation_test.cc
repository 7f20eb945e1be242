#include "select/translation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "base/error.h"
#include "select/parser.h"

namespace sagebrush::select {
namespace {

const Source kPeople{SourceFormat::kCsv, {{"Name", ValueType::kText, "c1"}, {"age", ValueType::kText, "c2"}}, "table"};
const Source kJson{SourceFormat::kJson, {}, "table"};

std::string SqlOf(const std::string& expression, const Source& source = kPeople) {
  return Translate(ParseQuery(expression), source).sql;
}

std::string CodeOf(const std::string& expression, const Source& source = kPeople) {
  try {
    SqlOf(expression, source);
    return "none";
  } catch (const Error& error) {
    return std::string(error.kind().code);
  }
}

TEST(Translation, FindsColumnsByNameAndPosition) {
  EXPECT_EQ(SqlOf("SELECT s.NAME, s._2 FROM S3Object s"), "SELECT c1, c2 FROM table");
  EXPECT_EQ(SqlOf("SELECT \"age\" FROM S3Object"), "SELECT c2 FROM table");
  EXPECT_EQ(CodeOf("SELECT \"AGE\" FROM S3Object"), "MissingHeaders");
  EXPECT_EQ(CodeOf("SELECT _3 FROM S3Object"), "MissingHeaders");
  EXPECT_EQ(CodeOf("SELECT _99999 FROM S3Object"), "OverMaxColumn");
  const Source twice{SourceFormat::kCsv, {{"a", ValueType::kText, "c1"}, {"A", ValueType::kText, "c2"}}, "table"};
  EXPECT_EQ(CodeOf("SELECT a FROM S3Object", twice), "AmbiguousFieldName");
  EXPECT_EQ(SqlOf("SELECT \"A\" FROM S3Object", twice), "SELECT c2 FROM table");
}

TEST(Translation, ComparesAsTheTypeThatIsKnown) {
  EXPECT_EQ(SqlOf("SELECT * FROM S3Object WHERE age > 10"),
            "SELECT c1, c2 FROM table WHERE (TRY_CAST(c2 AS DOUBLE) > 10)");
  EXPECT_EQ(SqlOf("SELECT * FROM S3Object WHERE age > '10'"), "SELECT c1, c2 FROM table WHERE (c2 > '10')");
  EXPECT_EQ(CodeOf("SELECT * FROM S3Object WHERE age > `2007T`"), "InvalidDataType");
  EXPECT_EQ(CodeOf("SELECT * FROM S3Object WHERE COUNT(*) > 1"), "UnsupportedSqlStructure");
}

TEST(Translation, WalksJson) {
  EXPECT_EQ(
      SqlOf("SELECT s['a/b'][1] FROM S3Object s", kJson),
      "SELECT CAST(json_extract(json_extract(v, '/a~1b'), '$[1]') AS VARCHAR) FROM (SELECT json AS v FROM table)");
  EXPECT_EQ(CodeOf("SELECT * FROM S3Object[*].a"), "InvalidDataSource");
}

TEST(Translation, PutsLiteralsInQuotes) {
  EXPECT_EQ(SqlOf("SELECT 'a''); DROP TABLE x; --' FROM S3Object"), "SELECT 'a''); DROP TABLE x; --' FROM table");
}

TEST(Translation, IsNoLargerThanItMayBe) {
  std::string value = "s.a";
  for (int i = 0; i < 12; ++i) value = "NULLIF(" + value + ", " + value + ")";
  EXPECT_EQ(CodeOf("SELECT " + value + " FROM S3Object s", kJson), "UnsupportedSqlStructure");
}

// Whatever tokens an expression has: outside of quotes the translation has no words but those of the translator.
TEST(Translation, LetsNoWordOfTheUserThrough) {
  const std::vector<std::string> tokens{"SELECT",
                                        "FROM",
                                        "WHERE",
                                        "S3Object",
                                        "s",
                                        "s.a",
                                        "\"read_csv\"",
                                        "read_csv",
                                        "getenv",
                                        "(",
                                        ")",
                                        ",",
                                        "'x''y'",
                                        "1",
                                        "+",
                                        "=",
                                        "AND",
                                        "NOT",
                                        "CASE",
                                        "WHEN",
                                        "THEN",
                                        "END",
                                        "CAST",
                                        "AS",
                                        "INT",
                                        "LOWER",
                                        "COUNT",
                                        "*",
                                        "IS",
                                        "NULL",
                                        "IN",
                                        "LIKE",
                                        "evil_name",
                                        "\"evil\"\"name\"",
                                        "`2007T`",
                                        "[",
                                        "]",
                                        ".",
                                        "LIMIT",
                                        "TRIM",
                                        "COALESCE",
                                        "UTCNOW",
                                        ";",
                                        "||"};
  const std::regex quoted("'([^']|'')*'");
  std::mt19937 random(7);
  int translated = 0;
  for (int round = 0; round < 6'000; ++round) {
    std::string expression = "SELECT ";
    const std::size_t count = 1 + random() % 7;
    for (std::size_t i = 0; i < count; ++i) expression += tokens[random() % tokens.size()] + " ";
    expression += "FROM S3Object s";
    for (const Source* source : {&kPeople, &kJson}) {
      std::string sql;
      try {
        sql = SqlOf(expression, *source);
      } catch (const Error&) {
        continue;
      }
      ++translated;
      const std::string bare = std::regex_replace(sql, quoted, "");
      for (const char* word : {"evil", "read_csv", "getenv", ";", "\""}) {
        EXPECT_EQ(bare.find(word), std::string::npos) << expression << "\n" << sql;
      }
    }
  }
  EXPECT_GT(translated, 100);
}

}  // namespace
}  // namespace sagebrush::select
