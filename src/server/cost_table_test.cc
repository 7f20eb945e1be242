#include "server/cost_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sagebrush::server {
namespace {

using testing::HasSubstr;

JsonObject Line(const std::string& name, double started, int running) {
  return {{"Arn", "arn:aws:sagemaker:us-east-1:1:" + name},
          {"Region", "us-east-1"},
          {"Use", "hosting"},
          {"InstanceType", "ml.m5.large"},
          {"Started", started},
          {"RunningInstances", running},
          {"Hours", 1.0},
          {"PerHour", 0.5},
          {"Amount", 0.5}};
}

Json Report(JsonArray lines, double per_hour) {
  return JsonObject{{"Currency", "EUR"}, {"Lines", std::move(lines)}, {"Total", 1.5}, {"RunningPerHour", per_hour}};
}

TEST(CostTable, ShowsWhatRunsFirstThenTheLatest) {
  EXPECT_EQ(CostTable(Report({Line("endpoint/a", 1, 0), Line("endpoint/b", 5, 0), Line("endpoint/c", 0, 2)}, 1)),
            "RESOURCE    USE      INSTANCE     STATE        SINCE                     USED  PER HOUR     EUR\n"
            "endpoint/c  hosting  ml.m5.large  running (2)  1970-01-01T00:00:00Z  60.0 min    0.5000  0.5000\n"
            "endpoint/b  hosting  ml.m5.large  ended        1970-01-01T00:00:05Z  60.0 min    0.5000  0.5000\n"
            "endpoint/a  hosting  ml.m5.large  ended        1970-01-01T00:00:01Z  60.0 min    0.5000  0.5000\n"
            "\nTotal EUR 1.5000; what runs now costs 1.0000 an hour until it is deleted or ends.\n");
}

TEST(CostTable, SaysWhatHasNoPrice) {
  JsonObject line = Line("endpoint/a", 1, 0);
  line.erase("PerHour");
  line.erase("Amount");
  const std::string table = CostTable(Report({line}, 0));
  EXPECT_THAT(table, HasSubstr("60.0 min         -  no price\n"));
  EXPECT_THAT(table, HasSubstr("; nothing that costs runs now.\n"));
  EXPECT_THAT(table, HasSubstr("Without a price, and not in the total: ml.m5.large. Add them to prices.json"));
}

TEST(CostTable, OfNothingSaysSo) { EXPECT_THAT(CostTable(Report({}, 0)), HasSubstr("Nothing has run")); }

}  // namespace
}  // namespace sagebrush::server
