#include "objects/read_condition.h"

#include <gtest/gtest.h>

namespace sagebrush::objects {
namespace {

// RFC 9110 section 13.2.2.
TEST(ReadConditionTest, EntityTagsWinOverDates) {
  const Object object{.etag = "e", .modified = {10'500}};
  const Time before{9'000}, same{10'000}, after{11'000};
  EXPECT_EQ(Evaluate({}, object).outcome, ReadOutcome::kSend);
  EXPECT_EQ(Evaluate({.if_match = "\"e\"", .if_unmodified_since = before}, object).outcome, ReadOutcome::kSend);
  EXPECT_EQ(Evaluate({.if_none_match = "\"e\"", .if_modified_since = before}, object).outcome,
            ReadOutcome::kNotModified);
  EXPECT_EQ(Evaluate({.if_none_match = "\"x\", W/\"e\""}, object).outcome, ReadOutcome::kNotModified);
  EXPECT_EQ(Evaluate({.if_none_match = "\"x\"", .if_modified_since = after}, object).outcome, ReadOutcome::kSend);
  EXPECT_EQ(Evaluate({.if_unmodified_since = same}, object).outcome, ReadOutcome::kSend);
  EXPECT_EQ(Evaluate({.if_modified_since = same}, object).outcome, ReadOutcome::kNotModified);
  EXPECT_EQ(Evaluate({.if_match = "*"}, object).outcome, ReadOutcome::kSend);
}

// RFC 9110 section 13.1.5.
TEST(ReadConditionTest, ARangeIsOfWhatTheClientHas) {
  const Object object{.etag = "e", .modified = {10'500}};
  for (const char* validator : {"\"e\"", " \"e\" ", "Thu, 01 Jan 1970 00:00:10 GMT"}) {
    EXPECT_TRUE(HoldsForRange(validator, object)) << validator;
  }
  for (const char* validator :
       {"\"x\"", "W/\"e\"", "e", "*", "", "Thu, 01 Jan 1970 00:00:11 GMT", "1970-01-01T00:00:10Z"}) {
    EXPECT_FALSE(HoldsForRange(validator, object)) << validator;
  }
}

}  // namespace
}  // namespace sagebrush::objects
