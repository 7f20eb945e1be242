#include "wire/gzip.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/error.h"

namespace sagebrush::wire {
namespace {

// gzip of "hello hello hello hello", by Python's gzip.compress(..., mtime=0).
std::string Hello() {
  std::string bytes;
  FromBase64("H4sIAAAAAAACA8tIzcnJV8hAJwHjUT2NFwAAAA==", bytes);
  return bytes;
}

TEST(Gunzip, GivesWhatWasCompressed) { EXPECT_EQ(Gunzip(Hello(), 100), "hello hello hello hello"); }

TEST(Gunzip, RefusesWhatIsTooMuchCutOffOrNoGzip) {
  EXPECT_EQ(Gunzip(Hello(), 23).size(), 23u);
  EXPECT_THROW(Gunzip(Hello(), 22), Error);
  EXPECT_THROW(Gunzip(Hello().substr(0, 20), 100), Error);
  EXPECT_THROW(Gunzip("", 100), Error);
  EXPECT_THROW(Gunzip("{}", 100), Error);
}

}  // namespace
}  // namespace sagebrush::wire
