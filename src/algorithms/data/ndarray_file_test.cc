#include "algorithms/data/ndarray_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "algorithms/algorithm.h"
#include "base/encoding.h"

namespace sagebrush::algorithms {
namespace {

using testing::ElementsAre;

TEST(NdArrayFile, ReadsWhatItWrites) {
  for (const bool named : {false, true}) {
    const NdArray arrays[] = {{named ? "a" : "", {2, 3}, {1, 2, 3, 4, 5, 6}}, {named ? "b" : "", {1}, {-0.5f}}};
    const std::vector<NdArray> read = ReadNdArrays(WriteNdArrays(arrays));
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0].name, arrays[0].name);
    EXPECT_THAT(read[0].shape, ElementsAre(2, 3));
    EXPECT_THAT(read[0].values, ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_EQ(read[1].values, arrays[1].values);
  }
}

// mx.nd.save('own', [mx.nd.array([[1, 2, 3], [4, 5, 6]])]) of MXNet 1.9.1, which reads ours too.
TEST(NdArrayFile, WritesWhatMxnetWrites) {
  std::string expected;
  ASSERT_TRUE(
      FromBase64("EgEAAAAAAAAAAAAAAAAAAAEAAAAAAAAAyfqT+QAAAAACAAAAAgAAAAAAAAADAAAAAAAAAAEAAAAAAAAA"
                 "AAAAAAAAgD8AAABAAABAQAAAgEAAAKBAAADAQAAAAAAAAAAA",
                 expected));
  const NdArray array{"", {2, 3}, {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(WriteNdArrays({&array, 1}), expected);
}

TEST(NdArrayFile, RefusesWhatIsDamaged) {
  const NdArray arrays[] = {{"centers", {2, 3}, {1, 2, 3, 4, 5, 6}}};
  const std::string good = WriteNdArrays(arrays);
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_THROW(ReadNdArrays(good.substr(0, length)), Error) << length;
  }
}

// A shape that its bytes cannot hold must take no memory.
TEST(NdArrayFile, TakesNoMoreMemoryThanItsBytesAllow) {
  const NdArray arrays[] = {{"", {2, 3}, {1, 2, 3, 4, 5, 6}}};
  std::string bytes = WriteNdArrays(arrays);
  const std::size_t shape = 24 + 12;  // Behind the list's head, and the array's version, storage and dimensions.
  for (const std::uint64_t size : {std::uint64_t{1} << 40, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    bytes.replace(shape, 8, reinterpret_cast<const char*>(&size), 8);
    EXPECT_THROW(ReadNdArrays(bytes), Error) << size;
  }
}

}  // namespace
}  // namespace sagebrush::algorithms
