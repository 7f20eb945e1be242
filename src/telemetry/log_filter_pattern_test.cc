#include "telemetry/log_filter_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::telemetry {
namespace {

struct Case {
  const char* pattern;
  const char* message;
  bool matches;
};

// The forms that the CloudWatch Logs user guide describes under "Filter pattern syntax".
TEST(LogFilterPattern, MatchesAsAwsDescribes) {
  const Case cases[] = {
      {"", "anything", true},
      {"ERROR", "[ERROR 400] BAD REQUEST", true},
      {"ERROR", "error", false},
      {"ERROR ARGUMENTS", "[ERROR 420] INVALID ARGUMENTS", true},
      {"ERROR ARGUMENTS", "[ERROR 401]", false},
      {"?ERROR ?ARGUMENTS", "INVALID ARGUMENTS", true},
      {"?ERROR ?ARGUMENTS", "fine", false},
      {"\"INTERNAL SERVER ERROR\"", "[500] INTERNAL SERVER ERROR", true},
      {"\"INTERNAL SERVER ERROR\"", "SERVER INTERNAL ERROR", false},
      {"ERROR -ARGUMENTS", "[ERROR 401]", true},
      {"ERROR -ARGUMENTS", "ERROR ARGUMENTS", false},
      {"-\"not this\"", "but not this", false},
      {"%AUTHORIZED%", "[401] UNAUTHORIZED REQUEST", true},
      {"%^[0-9]+$%", "42", true},
      {"{ $.eventType = \"UpdateTrail\" }", R"({"eventType": "UpdateTrail"})", true},
      {"{ $.eventType = UpdateTrail }", R"({"eventType": "UpdateTrail"})", true},
      {"{ $.eventType = \"UpdateTrail\" }", R"({"eventType": "Other"})", false},
      {"{ $.sourceIPAddress != 123.123.* }", R"({"sourceIPAddress": "123.123.1.1"})", false},
      {"{ $.sourceIPAddress != 123.123.* }", R"({"sourceIPAddress": "9.9.9.9"})", true},
      {"{ $.arrayKey[0] = \"value\" }", R"({"arrayKey": ["value", "other"]})", true},
      {"{ $.a.b[1].c >= 2.5 }", R"({"a": {"b": [0, {"c": 2.5}]}})", true},
      {"{ $.code > 400 && $.code < 500 }", R"({"code": 404})", true},
      {"{ $.code > 400 && $.code < 500 }", R"({"code": 500})", false},
      {"{ ($.code = 1 || $.code = 2) && $.ok IS TRUE }", R"({"code": 2, "ok": true})", true},
      {"{ $.x IS NULL }", R"({"x": null})", true},
      {"{ $.x IS NULL }", R"({})", false},
      {"{ $.x NOT EXISTS }", R"({"y": 1})", true},
      {"{ $.x = %a+b% }", R"({"x": "caab"})", true},
      {"{ $.['odd name'] = 1 }", R"({"odd name": 1})", true},
      {"{ $.x = 1 }", "not json {", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(LogFilterPattern(c.pattern).Matches(c.message), c.matches) << c.pattern << " on " << c.message;
  }
}

TEST(LogFilterPattern, SaysWhereAPatternIsWrong) {
  for (const auto& [pattern, what] :
       std::initializer_list<std::pair<const char*, const char*>>{{"{ $.a = }", "at character 9"},
                                                                  {"{ $.a = 1", "expected '}'"},
                                                                  {"{ a = 1 }", "expected '$'"},
                                                                  {"{ $.a > \"x\" }", "a number after >"},
                                                                  {"{ $.a = \"x }", "a closing \""},
                                                                  {"\"open", "not closed"},
                                                                  {"[ip, user]", "space-delimited patterns"},
                                                                  {"%a(%", "regular expression"},
                                                                  {"{ $ = 1 }", "a property"}}) {
    try {
      const LogFilterPattern parsed(pattern);
      ADD_FAILURE() << pattern;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(what)) << pattern;
    }
  }
  EXPECT_THROW(LogFilterPattern("{ " + std::string(1000, '(')), Error);
}

}  // namespace
}  // namespace sagebrush::telemetry
