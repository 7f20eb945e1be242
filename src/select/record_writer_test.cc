#include "select/record_writer.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::select {
namespace {

using Values = std::vector<std::optional<std::string_view>>;

std::string Written(const Output& output, std::vector<OutputColumn> columns, const Values& values) {
  std::string out;
  RecordWriter(output, std::move(columns)).Write(values, out);
  return out;
}

TEST(RecordWriter, QuotesFieldsThatNeedIt) {
  const std::vector<OutputColumn> two{{"a"}, {"b"}};
  EXPECT_EQ(Written({}, two, {"x,y", "p\"q"}), "\"x,y\",\"p\"\"q\"\n");
  EXPECT_EQ(Written({}, two, {"x", std::nullopt}), "x,\n");
  EXPECT_EQ(Written({.always_quote = true}, two, {"x", ""}), "\"x\",\"\"\n");
}

TEST(RecordWriter, WritesEachTypeAsJsonHasIt) {
  const std::vector<OutputColumn> columns{
      {"t"}, {"n", ValueType::kNumber}, {"b", ValueType::kBoolean}, {"j", ValueType::kJson}};
  EXPECT_EQ(Written({.json = true}, columns, {"a\"b", "2.0", "true", "[1]"}),
            "{\"t\":\"a\\\"b\",\"n\":2,\"b\":true,\"j\":[1]}\n");
  EXPECT_EQ(Written({.json = true}, columns, {std::nullopt, "inf", std::nullopt, "null"}), "{\"n\":null,\"j\":null}\n");
}

TEST(RecordWriter, WritesDocumentsInBothForms) {
  const std::vector<OutputColumn> record{{"", ValueType::kRecord}};
  EXPECT_EQ(Written({.json = true}, record, {"{\"a\":1}"}), "{\"a\":1}\n");
  EXPECT_EQ(Written({.json = true}, record, {"[1]"}), "{\"_1\":[1]}\n");
  EXPECT_EQ(Written({}, record, {"{\"a\":\"x\",\"b\":null,\"c\":2}"}), "x,,2\n");
}

TEST(RecordWriter, RefusesRecordsThatAreTooLong) {
  const std::string text(kRecordBytesMax + 1, 'x');
  EXPECT_THROW(Written({}, {{"a"}}, {text}), Error);
}

}  // namespace
}  // namespace sagebrush::select
