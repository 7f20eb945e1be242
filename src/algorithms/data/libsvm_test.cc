#include "algorithms/data/libsvm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Dataset Read(std::string_view text, bool label = true) {
  const NamedText texts[] = {{"train/a.libsvm", text}};
  return ReadLibsvm(texts, label, 2);
}

std::string RefusalOf(std::string_view text) {
  try {
    Read(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kClientError.code);
    return error.what();
  }
  return "";
}

TEST(Libsvm, ReadsRowsAsSparse) {
  const Dataset data = Read("1 0:2.5 4:-1\n0\n# only a comment\n-1 1:3 # and one here\r\n");
  EXPECT_EQ(data.features.rows, 3u);
  EXPECT_EQ(data.features.columns, 5u);
  EXPECT_THAT(data.labels, ElementsAre(1, 0, -1));
  EXPECT_THAT(data.features.offsets, ElementsAre(0, 2, 2, 3));
  EXPECT_THAT(data.features.indices, ElementsAre(0, 4, 1));
  EXPECT_THAT(data.features.values, ElementsAre(2.5f, -1, 3));
}

TEST(Libsvm, ReadsWeightsAfterTheLabel) {
  EXPECT_THAT(Read("1:0.5 0:1\n0:2 0:1\n").weights, ElementsAre(0.5f, 2));
  EXPECT_THAT(Read("1 0:1\n0:2 0:1\n").weights, ElementsAre(1, 2));
  EXPECT_TRUE(Read("1 0:1\n").weights.empty());
}

TEST(Libsvm, ReadsQueries) { EXPECT_THAT(Read("1 qid:7 0:1\n0 qid:7\n2 qid:9 1:1\n").query_ids, ElementsAre(7, 7, 9)); }

TEST(Libsvm, ReadsRowsWithoutLabels) {
  const Dataset data = Read("0:1 2:3\n5 1:2\n", false);
  EXPECT_TRUE(data.labels.empty());
  EXPECT_THAT(data.features.indices, ElementsAre(0, 2, 1));
}

TEST(Libsvm, NamesThePlaceAndTheForm) {
  EXPECT_THAT(RefusalOf("1,2,3\n"), HasSubstr("train/a.libsvm, line 1: the label '1,2,3' is not a number"));
  EXPECT_THAT(RefusalOf("1 0:1\n0 x:1\n"), HasSubstr("line 2: 'x:1' is not index:value"));
  EXPECT_THAT(RefusalOf("1 5:1 3:2\n"), HasSubstr("index 3 does not follow index 5"));
  EXPECT_THAT(RefusalOf("1 4294967295:2\n"), HasSubstr("is not index:value"));
  EXPECT_THAT(RefusalOf("1 qid:1 0:1\n0 0:1\n"), HasSubstr("qid"));
  EXPECT_THAT(RefusalOf("1 0:1\n0 qid:1 0:1\n"), HasSubstr("qid"));
  EXPECT_THAT(RefusalOf("1:-1 0:1\n"), HasSubstr("weight"));
}

}  // namespace
}  // namespace sagebrush::algorithms
