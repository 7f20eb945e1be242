#include "base/file.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "base/memory_only.h"

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

TEST(MemoryOnly, ReadsWhatTheKernelHasInMemory) {
  const TemporaryDirectory directory;
  const Path path = directory.path() / "file";
  WriteFileDurably(path, "0123456789");
  std::string bytes(4, '\0');
  const MemoryOnly only;
  const FileDescriptor file = TryOpenForReading(path);
  ASSERT_TRUE(file.valid());
  EXPECT_EQ(ReadAt(file.get(), 3, bytes.data(), bytes.size()), 4u);
  EXPECT_EQ(bytes, "3456");
  EXPECT_EQ(ReadAt(file.get(), 10, bytes.data(), bytes.size()), 0u);
}

}  // namespace
}  // namespace sagebrush
