#include "base/file.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace sagebrush {
namespace {

TEST(EntriesOf, TakesOnlyAMissingDirectoryForEmpty) {
  const TemporaryDirectory directory;
  EXPECT_THAT(EntriesOf(directory.path() / "missing"), testing::IsEmpty());
  EXPECT_THAT(EntriesOf(directory.path()), testing::IsEmpty());
  WriteFileDurably(directory.path() / "file", "x");
  EXPECT_THAT(EntriesOf(directory.path()), testing::ElementsAre(directory.path() / "file"));
  EXPECT_THROW(EntriesOf(directory.path() / "file"), Error);
}

}  // namespace
}  // namespace sagebrush
