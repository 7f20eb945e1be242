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

TEST(Libsvm, ReadsQueries) { EXPECT_THAT(Read("1 qid:7 0:1\n0 qid:7\n2 qid:9 1:1\n").query_ids, ElementsAre(0, 0, 1)); }

TEST(Libsvm, ReadsIndicesInAnyOrder) {
  const Dataset data = Read("1 3:2 1:5\n0 1:1 3:4 0:9\n");
  EXPECT_THAT(data.features.indices, ElementsAre(1, 3, 0, 1, 3));
  EXPECT_THAT(data.features.values, ElementsAre(5, 2, 9, 1, 4));
  EXPECT_THAT(data.features.offsets, ElementsAre(0, 2, 5));
  EXPECT_EQ(data.features.columns, 4u);
}

TEST(Libsvm, ReadsLinesThatEndInCarriageReturns) {
  EXPECT_THAT(Read("1 0:1\r0 0:2\r").labels, ElementsAre(1, 0));
  EXPECT_THAT(RefusalOf("1 0:1\r0 x:1\r"), HasSubstr("line 2: 'x:1' is not index:value"));
}

// The library takes ids in ascending order only; what they are means nothing to it.
TEST(Libsvm, NumbersQueriesInTheirOrder) {
  EXPECT_THAT(Read("1 qid:9 0:1\n0 qid:9 0:1\n2 qid:3 0:1\n1 qid:5 0:1\n").query_ids, ElementsAre(0, 0, 1, 2));
  EXPECT_THAT(RefusalOf("1 qid:1 0:1\n0 qid:2 0:1\n2 qid:1 0:1\n"),
              HasSubstr("Row 3 of the channel has qid 1 again after rows of other queries"));
}

TEST(Libsvm, NamesThePlaceOfInfiniteNumbers) {
  EXPECT_THAT(RefusalOf("1 0:1\n0 0:inf\n"), HasSubstr("line 2: the value in '0:inf' is infinite"));
  EXPECT_THAT(RefusalOf("1 0:1e39\n"), HasSubstr("infinite"));
  EXPECT_THAT(RefusalOf("inf 0:1\n"), HasSubstr("the label 'inf' is not a finite number"));
  EXPECT_THAT(Read("1 0:1e-60\n").features.values, ElementsAre(0));
}

TEST(Libsvm, TakesNoTextForALabelThatCountsForNothing) {
  for (const char* text : {"2,3\n", "hello 0:1\n", "hello world\n"}) {
    EXPECT_THROW(Read(text, false), Error) << text;
  }
}

TEST(Libsvm, ReadsRowsWithoutLabels) {
  const Dataset data = Read("0:1 2:3\n5 1:2\n", false);
  EXPECT_TRUE(data.labels.empty());
  EXPECT_THAT(data.features.indices, ElementsAre(0, 2, 1));
}

TEST(Libsvm, NamesThePlaceAndTheForm) {
  EXPECT_THAT(RefusalOf("1,2,3\n"), HasSubstr("train/a.libsvm, line 1: the label '1,2,3' is not a finite number"));
  EXPECT_THAT(RefusalOf("1 0:1\n0 x:1\n"), HasSubstr("line 2: 'x:1' is not index:value"));
  EXPECT_THAT(RefusalOf("1 5:1 3:2 5:7\n"), HasSubstr("line 1: an index is there twice"));
  EXPECT_THAT(RefusalOf("1 4294967295:2\n"), HasSubstr("is not index:value"));
  EXPECT_THAT(RefusalOf("1 qid:1 0:1\n0 0:1\n"), HasSubstr("qid"));
  EXPECT_THAT(RefusalOf("1 0:1\n0 qid:1 0:1\n"), HasSubstr("qid"));
  EXPECT_THAT(RefusalOf("1:-1 0:1\n"), HasSubstr("weight"));
}

}  // namespace
}  // namespace sagebrush::algorithms
