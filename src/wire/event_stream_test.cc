#include "wire/event_stream.h"

#include <gtest/gtest.h>

namespace sagebrush::wire {
namespace {

// smithy.io/2.0/aws/amazon-eventstream.html; the values are those of the format's published test vectors.
TEST(EventStream, CodesAnEmptyMessage) {
  const std::string expected("\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb\x7d\x98\xc8\xff", 16);
  EXPECT_EQ(EventMessage({}, ""), expected);
}

TEST(EventStream, CodesHeadersAndPayload) {
  // "content-type": "application/json", payload {'foo':'bar'}.
  const std::string expected(
      "\x00\x00\x00\x3d\x00\x00\x00\x20\x07\xfd\x83\x96\x0c"
      "content-type\x07\x00\x10"
      "application/json{'foo':'bar'}\x8d\x9c\x08\xb1",
      61);
  EXPECT_EQ(EventMessage({{"content-type", "application/json"}}, "{'foo':'bar'}"), expected);
}

TEST(EventStream, NamesEventsAndExceptions) {
  const std::string event = PayloadEvent("PayloadPart", std::string("\0\xff", 2));
  EXPECT_NE(event.find(":event-type\x07"), std::string::npos);
  EXPECT_NE(event.find(std::string("\0\xff", 2), 100), std::string::npos);
  EXPECT_NE(ExceptionEvent("ModelStreamError", "{}").find(":exception-type\x07"), std::string::npos);
}

}  // namespace
}  // namespace sagebrush::wire
