#include "select/parser.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::select {
namespace {

std::string CodeOf(const std::string& expression) {
  try {
    ParseQuery(expression);
    return "none";
  } catch (const Error& error) {
    return std::string(error.kind().code);
  }
}

TEST(Parser, ReadsTheClauses) {
  const Query query = ParseQuery("select s.a as x, 'it''s' from S3Object[*].\"B\"[2] s where s.a > 1 limit 5");
  ASSERT_EQ(query.projections.size(), 2u);
  EXPECT_EQ(query.projections[0].alias, "x");
  EXPECT_EQ(query.projections[1].value.text, "it's");
  ASSERT_EQ(query.source.size(), 3u);
  EXPECT_TRUE(query.source[1].quoted);
  EXPECT_EQ(query.source[2].index, 2);
  EXPECT_EQ(query.alias, "s");
  EXPECT_TRUE(query.where);
  EXPECT_EQ(query.limit, 5);
}

TEST(Parser, BindsOperatorsAsSqlDoes) {
  const Query query = ParseQuery("SELECT 1 + 2 * 3 FROM S3Object WHERE a = 1 OR b = 2 AND NOT c = 3");
  EXPECT_EQ(query.projections[0].value.text, "+");
  EXPECT_EQ(query.projections[0].value.children[1].text, "*");
  EXPECT_EQ(query.where->text, "OR");
  EXPECT_EQ(query.where->children[1].text, "AND");
}

TEST(Parser, RefusesWhatIsNotInTheGrammar) {
  EXPECT_EQ(CodeOf(""), "ParseEmptySelect");
  EXPECT_EQ(CodeOf("DROP TABLE x"), "ParseUnsupportedSyntax");
  EXPECT_EQ(CodeOf("SELECT * FROM read_csv('x')"), "InvalidDataSource");
  EXPECT_EQ(CodeOf("SELECT * FROM S3Object; ATTACH 'x'"), "ParseUnexpectedKeyword");
  EXPECT_EQ(CodeOf("SELECT * FROM S3Object JOIN S3Object"), "MultipleDataSourcesUnsupported");
  EXPECT_EQ(CodeOf("SELECT * FROM (SELECT 1)"), "ParseUnsupportedSelect");
  EXPECT_EQ(CodeOf("SELECT a FROM S3Object GROUP BY a"), "UnsupportedSqlStructure");
  EXPECT_EQ(CodeOf("SELECT SUM(*) FROM S3Object"), "ParseUnsupportedCallWithStar");
  EXPECT_EQ(CodeOf("SELECT a FROM S3Object LIMIT x"), "ParseExpectedNumber");
}

TEST(Parser, BoundsWhatItTakes) {
  EXPECT_EQ(CodeOf("SELECT " + std::string(1000, '(') + "1 FROM S3Object"), "UnsupportedSqlStructure");
  EXPECT_EQ(CodeOf("SELECT " + std::string(100'000, '-') + "1 FROM S3Object"), "UnsupportedSqlStructure");
  std::string sum = "SELECT 1";
  for (int i = 0; i < 3000; ++i) sum += "+1";
  EXPECT_EQ(CodeOf(sum + " FROM S3Object"), "UnsupportedSqlStructure");
  EXPECT_EQ(CodeOf(std::string(kExpressionBytesMax + 1, ' ')), "ExpressionTooLong");
}

// Each CASE has its subject once for each WHEN: copies of copies.
TEST(Parser, CopiesNoSubjectWithoutEnd) {
  std::string value = "a";
  for (int i = 0; i < 25; ++i) value = "CASE " + value + " WHEN 1 THEN 2 WHEN 3 THEN 4 END";
  EXPECT_EQ(CodeOf("SELECT " + value + " FROM S3Object"), "UnsupportedSqlStructure");
}

}  // namespace
}  // namespace sagebrush::select
