#include "events/schedule_expression.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::events {
namespace {

// The first times behind a moment, as texts.
std::vector<std::string> Times(const std::string& expression, const std::string& after, int count) {
  std::vector<std::string> times;
  Time at = ParseTime(after);
  const Time anchor = at;
  const ScheduleExpression schedule(expression);
  for (int i = 0; i < count; ++i) {
    const auto next = schedule.Next(anchor, at);
    if (!next) break;
    times.push_back(ToIso8601(*next));
    at = *next;
  }
  return times;
}

using Texts = std::vector<std::string>;

TEST(ScheduleExpression, RatesCountFromTheirAnchor) {
  EXPECT_EQ(Times("rate(1 minute)", "2026-01-01T00:00:30Z", 2),
            (Texts{"2026-01-01T00:01:30Z", "2026-01-01T00:02:30Z"}));
  EXPECT_EQ(Times("rate(5 hours)", "2026-01-01T00:00:00Z", 1), (Texts{"2026-01-01T05:00:00Z"}));
  EXPECT_EQ(Times("rate(1 day)", "2026-01-01T00:00:00Z", 1), (Texts{"2026-01-02T00:00:00Z"}));
  const ScheduleExpression schedule("rate(10 minutes)");
  const Time anchor = ParseTime("2026-01-01T00:00:07Z");
  EXPECT_EQ(ToIso8601(*schedule.Next(anchor, ParseTime("2026-01-01T00:35:00Z"))), "2026-01-01T00:40:07Z");
  EXPECT_EQ(ToIso8601(*schedule.Next(anchor, ParseTime("2026-01-01T00:40:07Z"))), "2026-01-01T00:50:07Z");
}

TEST(ScheduleExpression, CronFieldsAreValuesRangesStepsAndLists) {
  EXPECT_EQ(Times("cron(0 10 * * ? *)", "2026-01-01T10:00:00Z", 2),
            (Texts{"2026-01-02T10:00:00Z", "2026-01-03T10:00:00Z"}));
  EXPECT_EQ(Times("cron(0/15 8-9 * * ? *)", "2026-01-01T08:31:00Z", 3),
            (Texts{"2026-01-01T08:45:00Z", "2026-01-01T09:00:00Z", "2026-01-01T09:15:00Z"}));
  EXPECT_EQ(Times("cron(15,45 12 1 JAN,jul ? *)", "2026-01-01T12:15:00Z", 2),
            (Texts{"2026-01-01T12:45:00Z", "2026-07-01T12:15:00Z"}));
  EXPECT_EQ(Times("cron(0 18 ? * MON-FRI *)", "2026-01-02T18:00:00Z", 2),
            (Texts{"2026-01-05T18:00:00Z", "2026-01-06T18:00:00Z"}));
  EXPECT_EQ(Times("cron(0 0 29 2 ? *)", "2026-01-01T00:00:00Z", 2),
            (Texts{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}));
  EXPECT_EQ(Times("cron(0 0 1 1 ? 2027-2028)", "2026-06-01T00:00:00Z", 9),
            (Texts{"2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"}));
  EXPECT_EQ(Times("cron(59 23 31 12 ? 2199)", "2026-01-01T00:00:00Z", 9), (Texts{"2199-12-31T23:59:00Z"}));
  EXPECT_EQ(Times("cron(0 0 30 2 ? *)", "2026-01-01T00:00:00Z", 1), Texts{});
}

TEST(ScheduleExpression, CronKnowsTheDaysOfMonthsAndWeeks) {
  EXPECT_EQ(Times("cron(0 0 L * ? *)", "2026-01-31T00:00:00Z", 2),
            (Texts{"2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"}));
  EXPECT_EQ(Times("cron(0 0 L-3 * ? *)", "2026-01-01T00:00:00Z", 1), (Texts{"2026-01-28T00:00:00Z"}));
  EXPECT_EQ(Times("cron(0 0 15W * ? *)", "2026-02-01T00:00:00Z", 2),
            (Texts{"2026-02-16T00:00:00Z", "2026-03-16T00:00:00Z"}));
  EXPECT_EQ(Times("cron(0 0 1W * ? *)", "2026-07-31T00:00:00Z", 1),
            (Texts{"2026-08-03T00:00:00Z"}));  // The 1st: Saturday.
  EXPECT_EQ(Times("cron(0 0 LW * ? *)", "2026-01-01T00:00:00Z", 1), (Texts{"2026-01-30T00:00:00Z"}));
  EXPECT_EQ(Times("cron(0 0 ? * 6#3 *)", "2026-01-01T00:00:00Z", 2),
            (Texts{"2026-01-16T00:00:00Z", "2026-02-20T00:00:00Z"}));
  EXPECT_EQ(Times("cron(0 0 ? * 6L *)", "2026-01-01T00:00:00Z", 2),
            (Texts{"2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"}));
  EXPECT_EQ(Times("cron(0 0 ? * L *)", "2026-01-01T00:00:00Z", 1), (Texts{"2026-01-03T00:00:00Z"}));
  EXPECT_EQ(Times("cron(0 0 ? * SUN *)", "2026-01-01T00:00:00Z", 1), (Texts{"2026-01-04T00:00:00Z"}));
}

TEST(ScheduleExpression, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "rate",
                           "rate()",
                           "rate(5 minute)",
                           "rate(1 minutes)",
                           "rate(0 minutes)",
                           "rate(-1 minutes)",
                           "rate(5 weeks)",
                           "rate(5  minutes)",
                           "rate(5 minutes",
                           "rate(99999999999 days)",
                           "rate(2000000 days)",
                           "at(2026-01-01T00:00:00)",
                           "cron()",
                           "cron(* * * * *)",
                           "cron(* * * * * *)",
                           "cron(* * ? * ? *)",
                           "cron(60 * * * ? *)",
                           "cron(* 24 * * ? *)",
                           "cron(* * 0 * ? *)",
                           "cron(* * 32 * ? *)",
                           "cron(* * * 13 ? *)",
                           "cron(* * * XXX ? *)",
                           "cron(* * ? * 8 *)",
                           "cron(* * ? * 0 *)",
                           "cron(* * * * ? 1969)",
                           "cron(* * * * ? 2200)",
                           "cron(5-1 * * * ? *)",
                           "cron(*/0 * * * ? *)",
                           "cron(1-2-3 * * * ? *)",
                           "cron(1/2/3 * * * ? *)",
                           "cron(, * * * ? *)",
                           "cron(* * ? * 6#6 *)",
                           "cron(* * ? * 6#0 *)",
                           "cron(* * LX * ? *)",
                           "cron(* * W * ? *)",
                           "cron(? * * * ? *)"}) {
    try {
      const ScheduleExpression schedule(text);
      ADD_FAILURE() << "taken: " << text;
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "Parameter ScheduleExpression is not valid.") << text;
    }
  }
}

}  // namespace
}  // namespace sagebrush::events
