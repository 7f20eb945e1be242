#include "base/clock.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush {
namespace {

TEST(Time, ReadsEveryFormThatAwsClientsSend) {
  const Time expected{1'795'244'828'000};
  EXPECT_EQ(ParseTime("2026-11-21T07:07:08Z"), expected);
  EXPECT_EQ(ParseTime("2026-11-21T08:07:08+01:00"), expected);
  EXPECT_EQ(ParseTime("20261121T070708Z"), expected);
  EXPECT_EQ(ParseTime("Sat, 21 Nov 2026 07:07:08 GMT"), expected);
  EXPECT_EQ(ParseTime("1795244828"), expected);
  EXPECT_EQ(ParseTime("1795244828.25"), Time{1'795'244'828'250});
}

TEST(Time, WritesTheFormsItReads) {
  const Time time{1'795'244'828'123};
  EXPECT_EQ(ToIso8601(time, true), "2026-11-21T07:07:08.123Z");
  EXPECT_EQ(ToBasicIso8601(time), "20261121T070708Z");
  EXPECT_EQ(ToHttpDate(time), "Sat, 21 Nov 2026 07:07:08 GMT");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text : {"", "yesterday", "2026-13-01", "2026-11-21T25:00:00Z", "1e300"}) {
    EXPECT_THROW(ParseTime(text), Error) << text;
  }
}

}  // namespace
}  // namespace sagebrush
