#include "base/write_pacer.h"

#include <fcntl.h>

#include <gtest/gtest.h>

#include "base/file.h"

namespace sagebrush {
namespace {

TEST(WritePacer, GivesTheDiskAPieceEachFewMegabytes) {
  const TemporaryDirectory directory;
  const FileDescriptor file = OpenFile(directory.path() / "long", O_RDWR | O_CREAT);
  const std::string bytes(300'000, 'x');
  WritePacer pacer;
  int pieces = 0;
  constexpr int kWrites = 100;
  for (int i = 1; i <= kWrites; ++i) {
    WriteAll(file.get(), bytes);
    pieces += pacer.Reached(file.get(), i * bytes.size()) ? 1 : 0;
  }
  EXPECT_GE(pieces, 3);
  EXPECT_LE(pieces, 30);
  EXPECT_EQ(ReadFile(directory.path() / "long"), std::string(kWrites * bytes.size(), 'x'));
}

}  // namespace
}  // namespace sagebrush
