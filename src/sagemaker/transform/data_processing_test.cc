#include "sagemaker/transform/data_processing.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

struct Way {
  const char* type = "text/csv";
  const char* split = "Line";
  const char* input_filter = "$";
  const char* join = "None";
  const char* output_filter = "$";
  const char* assemble = "Line";
};

Json Spec(const Way& way) {
  return {{"TransformInput", {{"ContentType", way.type}, {"SplitType", way.split}}},
          {"TransformOutput", {{"AssembleWith", way.assemble}}},
          {"DataProcessing",
           {{"InputFilter", way.input_filter}, {"JoinSource", way.join}, {"OutputFilter", way.output_filter}}}};
}

RecordBatch Batch(std::string_view bytes, SplitType split = SplitType::kLine) {
  return *BatchReader(RecordReader(bytes, split), false, 1 << 20).Next();
}

std::string Input(const Way& way, std::string_view records) { return DataProcessing(Spec(way)).Input(Batch(records)); }
std::string Output(const Way& way, std::string_view records, std::string_view answer) {
  try {
    return DataProcessing(Spec(way)).Output(Batch(records), answer);
  } catch (const Error& error) {
    return std::string("error: ") + error.what();
  }
}

TEST(DataProcessing, IsNoneByDefault) {
  EXPECT_TRUE(DataProcessing(Spec({})).IsNone());
  EXPECT_TRUE(DataProcessing(JsonObject()).IsNone());
  EXPECT_FALSE(DataProcessing(Spec({.join = "Input"})).IsNone());
}

// The examples of docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html, in kind.
TEST(DataProcessing, LeavesColumnsOfCsvAway) {
  EXPECT_EQ(Input({.input_filter = "$[1:]"}, "id-1,1.50,a\nid-2,2,\"x,\"\"y\"\"\"\n"), "1.50,a\n2,\"x,\"\"y\"\"\"");
  EXPECT_EQ(Input({.input_filter = "$[-1]"}, "id,1,2"), "2");
}

TEST(DataProcessing, JoinsRowsOfCsv) {
  const Way join{.input_filter = "$[1:]", .join = "Input"};
  EXPECT_EQ(Output(join, "a,1\nb,2\n", "0.5,x\n0.6,y\n"), "a,1,0.5,x\nb,2,0.6,y");
  const Way some{.join = "Input", .output_filter = "$[0,-1]"};
  EXPECT_EQ(Output(some, "a,1\nb,2\n", "0.5\n0.6\n"), "a,0.5\nb,0.6");
  EXPECT_EQ(Output({.output_filter = "$[0]"}, "a\n", "0.5,x"), "0.5");
}

TEST(DataProcessing, JoinsJsonObjectsByAnAttribute) {
  const Way join{.type = "application/jsonlines", .input_filter = "$.features", .join = "Input"};
  EXPECT_EQ(Input(join, R"({"id":7,"features":[1,2]})"), "[1,2]");
  EXPECT_EQ(Output(join, "{\"id\":7}\n{\"id\":8}\n", "{\"score\":1}\n{\"score\":2}\n"),
            "{\"id\":7,\"SageMakerOutput\":{\"score\":1}}\n{\"id\":8,\"SageMakerOutput\":{\"score\":2}}");
  const Way some{.type = "application/jsonlines", .join = "Input", .output_filter = "$['id','SageMakerOutput']"};
  EXPECT_EQ(Output(some, R"({"id":7,"other":1})", "0.5"), R"({"id":7,"SageMakerOutput":0.5})");
}

TEST(DataProcessing, PutsInputThatIsNoObjectUnderANameOfItsOwn) {
  const Way join{.type = "application/jsonlines", .join = "Input"};
  EXPECT_EQ(Output(join, "[1,2]", "0.5"), R"({"SageMakerInput":[1,2],"SageMakerOutput":0.5})");
}

TEST(DataProcessing, TakesAnAnswerInSeveralLinesForOneDocument) {
  const Way whole{.type = "application/json", .split = "None", .join = "Input", .assemble = "None"};
  EXPECT_EQ(DataProcessing(Spec(whole)).Output(Batch("{\"a\":\n1}", SplitType::kNone), "{\n \"b\": 2\n}"),
            R"({"a":1,"SageMakerOutput":{"b":2}})");
}

TEST(DataProcessing, SaysWhatDoesNotFit) {
  EXPECT_EQ(Output({.join = "Input"}, "a\nb\n", "0.5\n").substr(0, 41), "error: The model gave 1 results for 2 rec");
  EXPECT_EQ(Output({.join = "Input", .output_filter = "$[9]"}, "a", "1").substr(0, 28), "error: The filter $[9] canno");
  EXPECT_EQ(Output({.type = "application/jsonlines", .join = "Input"}, "{}", "no json").substr(0, 6), "error:");
}

TEST(DataProcessing, RefusesWhatCannotBeProcessed) {
  const auto refused = [](const Way& way) {
    try {
      DataProcessing(Spec(way)).IsNone();
      return false;
    } catch (const Error& error) {
      return error.kind().code == kValidation.code;
    }
  };
  EXPECT_FALSE(refused({.type = "image/png"}));
  EXPECT_TRUE(refused({.type = "image/png", .join = "Input"}));
  EXPECT_TRUE(refused({.split = "TFRecord", .input_filter = "$[1:]"}));
  EXPECT_TRUE(refused({.join = "Input", .assemble = "None"}));
  EXPECT_TRUE(refused({.input_filter = "features"}));
  EXPECT_FALSE(refused({.type = "text/csv; charset=utf-8", .input_filter = "$[1:]", .assemble = "None"}));
}

TEST(CsvRow, IsReadAndWrittenWithItsQuotes) {
  for (const char* row : {"a,b", "", ",", "\"a,b\",c", "\"say \"\"hi\"\"\",2", "a b, c"}) {
    EXPECT_EQ(WriteCsvRow(ParseCsvRow(row)), row);
  }
  EXPECT_EQ(WriteCsvRow(ParseCsvRow("\"a\",\"1.50\"")), "a,1.50");
  EXPECT_EQ(WriteCsvRow(JsonArray{1, 2.5, true, nullptr, JsonArray{1, 2}}), "1,2.5,true,null,\"[1,2]\"");
  EXPECT_THROW(ParseCsvRow("\"open"), Error);
}

}  // namespace
}  // namespace sagebrush::sagemaker
