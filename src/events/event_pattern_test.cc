#include "events/event_pattern.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::events {
namespace {

const Json& Event() {
  static const Json event = ParseJson(R"({
    "source": "aws.sagemaker", "detail-type": "SageMaker Training Job State Change", "region": "us-east-1",
    "resources": ["arn:aws:sagemaker:us-east-1:1:training-job/a", "arn:other"],
    "detail": {"TrainingJobName": "Churn-7", "TrainingJobStatus": "Completed", "Seconds": 35, "Ratio": 0.5, "Tags": {},
               "None": null, "Empty": [], "Ok": true, "Address": "10.1.2.3", "Address6": "2001:db8::7", "Path": "a*b\\c",
               "Channels": [{"Name": "train", "Size": 1}, {"Name": "test", "Size": 2}]}})");
  return event;
}

bool DetailMatches(const std::string& pattern) {
  return EventPattern(R"({"detail": )" + pattern + "}").Matches(Event());
}

TEST(EventPattern, AsksAllMembersAndAnyOfTheirValues) {
  for (const char* pattern :
       {R"({"source": ["aws.sagemaker"]})", R"({"source": ["x", "aws.sagemaker"], "region": ["us-east-1"]})",
        R"({"resources": ["arn:other"]})", R"({"detail": {"TrainingJobStatus": ["Failed", "Completed"]}})"}) {
    EXPECT_TRUE(EventPattern(pattern).Matches(Event())) << pattern;
  }
  for (const char* pattern : {R"({"source": ["aws.s3"]})", R"({"source": ["aws.sagemaker"], "region": ["eu-west-1"]})",
                              R"({"missing": ["x"]})", R"({"source": {"deeper": ["aws.sagemaker"]}})"}) {
    EXPECT_FALSE(EventPattern(pattern).Matches(Event())) << pattern;
  }
}

TEST(EventPattern, EachOperatorHolds) {
  for (const char* pattern : {R"({"TrainingJobName": [{"prefix": "Churn-"}]})",
                              R"({"TrainingJobName": [{"suffix": "-7"}]})",
                              R"({"TrainingJobName": [{"prefix": {"equals-ignore-case": "cHURN"}}]})",
                              R"({"TrainingJobName": [{"suffix": {"equals-ignore-case": "N-7"}}]})",
                              R"({"TrainingJobName": [{"equals-ignore-case": "churn-7"}]})",
                              R"({"TrainingJobName": [{"wildcard": "C*n-*"}]})",
                              R"({"TrainingJobName": [{"wildcard": "*"}]})",
                              R"({"Path": [{"wildcard": "a\\**\\\\c"}]})",
                              R"({"TrainingJobStatus": [{"anything-but": "Failed"}]})",
                              R"({"Seconds": [{"anything-but": [34, 36]}]})",
                              R"({"TrainingJobName": [{"anything-but": {"prefix": ["a", "b"]}}]})",
                              R"({"TrainingJobName": [{"anything-but": {"wildcard": "*8"}}]})",
                              R"({"Seconds": [35]})",
                              R"({"Seconds": [35.0]})",
                              R"({"Seconds": [{"numeric": [">", 34, "<=", 35]}]})",
                              R"({"Ratio": [{"numeric": ["=", 0.5]}]})",
                              R"({"Address": [{"cidr": "10.1.0.0/16"}]})",
                              R"({"Address": [{"cidr": "10.1.2.2/31"}]})",
                              R"({"Address6": [{"cidr": "2001:db8::/32"}]})",
                              R"({"Seconds": [{"exists": true}]})",
                              R"({"Nothing": [{"exists": false}]})",
                              R"({"Nothing": {"deeper": [{"exists": false}]}})",
                              R"({"Empty": [{"exists": false}]})",
                              R"({"Tags": [{"exists": false}]})",
                              R"({"None": [null]})",
                              R"({"Ok": [true]})",
                              R"({"Channels": {"Name": ["test"], "Size": [2]}})"}) {
    EXPECT_TRUE(DetailMatches(pattern)) << pattern;
  }
}

TEST(EventPattern, EachOperatorFails) {
  for (const char* pattern :
       {R"({"TrainingJobName": [{"prefix": "churn-"}]})", R"({"TrainingJobName": [{"suffix": "Churn-77"}]})",
        R"({"TrainingJobName": [{"wildcard": "C*x*7"}]})", R"({"TrainingJobName": [{"wildcard": "Churn-7*7"}]})",
        R"({"TrainingJobStatus": [{"anything-but": ["Completed", "x"]}]})", R"({"Nothing": [{"anything-but": "x"}]})",
        R"({"TrainingJobName": [{"anything-but": {"suffix": "7"}}]})", R"({"Seconds": ["35"]})",
        R"({"Seconds": [{"numeric": ["<", 35]}]})", R"({"TrainingJobName": [{"numeric": ["<", 35]}]})",
        R"({"Address": [{"cidr": "10.1.2.4/31"}]})", R"({"Address6": [{"cidr": "10.0.0.0/0"}]})",
        R"({"TrainingJobName": [{"cidr": "0.0.0.0/0"}]})", R"({"Seconds": [{"exists": false}]})",
        R"({"Nothing": [{"exists": true}]})", R"({"Nothing": [null]})", R"({"Ok": [false]})",
        R"({"Channels": {"Name": ["test"], "Size": [1]}})"}) {
    EXPECT_FALSE(DetailMatches(pattern)) << pattern;
  }
}

TEST(EventPattern, OrTakesOneOfItsObjects) {
  EXPECT_TRUE(DetailMatches(R"({"$or": [{"Seconds": [1]}, {"Ok": [true]}], "TrainingJobStatus": ["Completed"]})"));
  EXPECT_FALSE(DetailMatches(R"({"$or": [{"Seconds": [1]}, {"Ok": [false]}]})"));
  EXPECT_FALSE(DetailMatches(R"({"$or": [{"Seconds": [35]}, {"Ok": [true]}], "TrainingJobStatus": ["Failed"]})"));
}

TEST(EventPattern, SaysWhatIsWrong) {
  for (const auto& [pattern, reason] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"[]", "Filter is not an object"},
           {"{}", "Empty objects are not allowed"},
           {R"({"detail": {}})", "Empty objects are not allowed"},
           {R"({"source": []})", "Empty arrays are not allowed"},
           {R"({"source": "aws.s3"})", R"("source" must be an object or an array)"},
           {R"({"source": [["x"]]})", "array inside its array"},
           {R"({"source": [{"prefix": 1}]})", "prefix match pattern must be a string"},
           {R"({"source": [{"prefix": {"suffix": "x"}}]})", "Only equals-ignore-case"},
           {R"({"source": [{"prefix": "a", "suffix": "b"}]})", "Only one key allowed"},
           {R"({"source": [{"regex": "a"}]})", "Unrecognized match type regex"},
           {R"({"source": [{"wildcard": "a**b"}]})", "Consecutive wildcard"},
           {R"({"source": [{"wildcard": "a\\b"}]})", "Invalid escape"},
           {R"({"source": [{"wildcard": "a\\"}]})", "Invalid escape"},
           {R"({"source": [{"anything-but": []}]})", "Empty arrays"},
           {R"({"source": [{"anything-but": ["a", 1]}]})", "either all values are number or string"},
           {R"({"source": [{"anything-but": {"numeric": ["<", 1]}}]})", "cannot stand inside anything-but"},
           {R"({"source": [{"numeric": []}]})", "Value of numeric must be an array"},
           {R"({"source": [{"numeric": ["!", 1]}]})", "Unrecognized numeric range operator"},
           {R"({"source": [{"numeric": ["<", "1"]}]})", "must be numeric"},
           {R"({"source": [{"numeric": [">", 5, "<", 5]}]})", "Bottom must be less than top"},
           {R"({"source": [{"cidr": "10.0.0.0"}]})", "Malformed CIDR"},
           {R"({"source": [{"cidr": "10.0.0.0/33"}]})", "Malformed CIDR"},
           {R"({"source": [{"exists": "true"}]})", "either true or false"},
           {R"({"$or": [{"source": ["a"]}]})", "at least two objects"},
           {R"({"source": [")" + std::string(2048, 'a') + R"("]})", "longer than 2048 characters"},
       }) {
    try {
      const EventPattern compiled(pattern);
      ADD_FAILURE() << "taken: " << pattern;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, "InvalidEventPatternException");
      EXPECT_TRUE(std::string(error.what()).starts_with("Event pattern is not valid. Reason: ")) << error.what();
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << pattern << ": " << error.what();
    }
  }
}

// A search that went back to earlier places would take for ever here.
TEST(EventPattern, ManyWildcardsTakeNoLongTime) {
  std::string wildcard;
  for (int i = 0; i < 900; ++i) wildcard += "*a";
  const EventPattern pattern(R"({"source": [{"wildcard": ")" + wildcard + R"(*c*b"}]})");
  EXPECT_FALSE(pattern.Matches({{"source", std::string(200'000, 'a') + "b"}}));
}

}  // namespace
}  // namespace sagebrush::events
