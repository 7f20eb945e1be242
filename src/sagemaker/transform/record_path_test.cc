#include "sagemaker/transform/record_path.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

// What the path selects; "error" when it cannot be applied, "no path" when it is none.
std::string Selected(std::string_view path, std::string_view record) {
  try {
    const RecordPath parsed(path, "InputFilter");
    try {
      return ToText(parsed.Select(ParseJson(record)));
    } catch (const Error&) {
      return "error";
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kValidation.code);
    return "no path";
  }
}

// docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html; API_DataProcessing.
TEST(RecordPath, SelectsWhatSageMakersOperatorsSay) {
  const char* const record = R"({"id":1,"features":[10,20,30,40],"nested":{"a b":{"x":2},"c":{"x":3}}})";
  const struct {
    const char *path, *record, *selected;
  } rows[] = {
      {"", "[1,2]", "[1,2]"},
      {"$", record, record},
      {"$.features", record, "[10,20,30,40]"},
      {"$['features']", record, "[10,20,30,40]"},
      {"$[\"id\"]", record, "1"},
      {"$['id','features']", record, R"({"id":1,"features":[10,20,30,40]})"},
      {"$.features[0]", record, "10"},
      {"$.features[-1]", record, "40"},
      {"$.features[0,2]", record, "[10,30]"},
      {"$.features[1:]", record, "[20,30,40]"},
      {"$.features[:2]", record, "[10,20]"},
      {"$.features[1:3]", record, "[20,30]"},
      {"$.features[-2:]", record, "[30,40]"},
      {"$.features[0,2:]", record, "[10,30,40]"},
      {"$.features[9:]", record, "[]"},
      {"$.features[:]", record, "[10,20,30,40]"},
      {"$.features[*]", record, "[10,20,30,40]"},
      {"$.nested.*", record, R"([{"x":2},{"x":3}])"},
      {"$.nested.*.x", record, "[2,3]"},
      {"$.nested['a b'].x", record, "2"},
      {"$[1:]", "[\"id\",\"5\",\"6\"]", R"(["5","6"])"},
      {"$[0,-1]", "[\"id\",\"5\",\"6\"]", R"(["id","6"])"},
      // An index that is not within the dimensions is an error, and so is a name that is not there.
      {"$[5]", "[1]", "error"},
      {"$[-2]", "[1]", "error"},
      {"$[0]", record, "error"},
      {"$.missing", record, "error"},
      {"$['id','missing']", record, "error"},
      {"$.id.x", record, "error"},
      {"$.id.*", record, "error"},
  };
  for (const auto& row : rows) EXPECT_EQ(Selected(row.path, row.record), row.selected) << row.path;
}

TEST(RecordPath, RefusesWhatSageMakerDoesNotKnow) {
  for (const char* path : {"features", "$features", "$.", "$..x", "$[", "$[]", "$[1", "$['a'", "$['a", "$[?(@.x)]",
                           "$[1:2:3]", "$.x y", "$[a]", "$['a',1]", "$[1,'a']", "$[99999999999999999999]", "$.*x"}) {
    EXPECT_EQ(Selected(path, "{}"), "no path") << path;
  }
}

}  // namespace
}  // namespace sagebrush::sagemaker
