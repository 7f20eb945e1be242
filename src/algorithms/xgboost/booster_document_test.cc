#include "algorithms/xgboost/booster_document.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "algorithms/xgboost/booster_predictor.h"
#include "algorithms/xgboost/model_pickle.h"

namespace sagebrush::algorithms::xgboost {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A model of one tree: node 0 splits on column `feature` at 0.5, 1 and 2 are its leaves, 3 and 4 are deleted.
struct Document {
  std::string version = "3,2,0";
  std::string left = "1,-1,-1,-1,7";
  std::string right = "2,-1,-1,-1,-5";
  std::string features = "0,0,0,2147483647,2147483647";
  std::string tree;  // Further members of the tree.
  std::string leaf_vector = "1";
  std::string targets = "1";
  std::string name = "gbtree";
  std::string attributes;

  std::string Text() const {
    return fmt::format(
        R"({{"version":[{}],"learner":{{"attributes":{{{}}},"objective":{{"name":"reg:squarederror"}},)"
        R"("learner_model_param":{{"base_score":"0E0","num_class":"0","num_feature":"2","num_target":"{}"}},)"
        R"("gradient_booster":{{"name":"{}","model":{{"gbtree_model_param":{{"num_parallel_tree":"1"}},"tree_info":[0],)"
        R"("trees":[{{"left_children":[{}],"right_children":[{}],"split_indices":[{}],)"
        R"("split_conditions":[0.5,10,20,0,0],"default_left":[0,0,0,1,1],{}"tree_param":{{"size_leaf_vector":"{}"}}}}]}}}}}}}})",
        version, attributes, targets, name, left, right, features, tree, leaf_vector);
  }
};

std::vector<float> PredictionsOf(const Document& document) {
  const BoosterPredictor predictor(ReadBooster(document.Text()));
  return predictor.Predict({.rows = 2, .columns = 2, .values = {0, 0, 1, 0}});
}

std::string RefusalOf(const Document& document) {
  try {
    ReadBooster(document.Text());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kUnreadableModel.code);
    return error.what();
  }
  return "";
}

// XGBoost keeps nodes that pruning deleted, with the greatest split index there is.
TEST(BoosterDocument, MayHoldDeletedNodes) {
  EXPECT_THAT(PredictionsOf({.left = "1,-1,-1,-1,-1", .right = "2,-1,-1,-1,-1"}), ElementsAre(10, 20));
  EXPECT_THAT(PredictionsOf({.left = "1,-1,-1,4,-1", .right = "2,-1,-1,4,-1"}), ElementsAre(10, 20));
}

TEST(BoosterDocument, IsRefusedWhereATreeLeadsNowhere) {
  EXPECT_THAT(RefusalOf({}), HasSubstr("a node that does not exist"));
  EXPECT_THAT(RefusalOf({.left = "0,-1,-1,-1,-1"}), HasSubstr("circle"));
  EXPECT_THAT(RefusalOf({.left = "3,-1,-1,1,-1", .right = "2,-1,-1,4,-1"}), HasSubstr("a feature that does not exist"));
  EXPECT_THAT(RefusalOf({.left = "NaN,-1,-1,-1,-1"}), HasSubstr("a node that does not exist"));
}

// tests/fuzz: numbers of the document were cast to integers whatever they were.
TEST(BoosterDocument, IsRefusedWhereANumberIsNoInteger) {
  for (const char* version : {"NaN,2,0", "3,NaN,0", "-1,0,0", "Infinity,0,0", "1e30,0,0"}) {
    EXPECT_THAT(RefusalOf({.version = version}), HasSubstr("version")) << version;
  }
  for (const char* feature : {"NaN", "-1", "1e30", "2147483648"}) {
    EXPECT_THAT(RefusalOf({.features = std::string(feature) + ",0,0,0,0"}), HasSubstr("splits on")) << feature;
  }
}

TEST(BoosterDocument, IsRefusedByNameWhereItsBoosterIsNotKnown) {
  EXPECT_THAT(RefusalOf({.name = "gbforest"}), HasSubstr("booster \"gbforest\" is not known"));
}

TEST(BoosterDocument, TakesNoMoreMemoryThanItHolds) {
  // 1,000,000 outputs would be 20 MB for five nodes; a larger tree would fill any memory.
  EXPECT_THAT(RefusalOf({.left = "1,-1,-1,-1,-1",
                         .right = "2,-1,-1,-1,-1",
                         .tree = R"("base_weights":[0,1,2,3,4],)",
                         .leaf_vector = "1000000",
                         .targets = "1000000"}),
              HasSubstr("a leaf has no values"));
  const std::string overlapping =
      R"("categories":[1,2,3],"categories_nodes":[0,0,0],"categories_segments":[0,0,0],"categories_sizes":[3,3,3],)";
  EXPECT_THAT(RefusalOf({.left = "1,-1,-1,-1,-1", .right = "2,-1,-1,-1,-1", .tree = overlapping}),
              HasSubstr("categories do not fit"));
  EXPECT_THROW(ParseModelUbjson(std::string_view("[$Z#L\0\0\0\0\0\0\0\1N", 14)), Error);
}

TEST(Pickle, TakesNoMoreMemoryThanItHolds) {
  // bytearray(text) over and over: each instruction of six bytes would copy ten thousand.
  std::string bytes(
      "\x80\x04"
      "cbuiltins\nbytearray\nq\x01"
      "B\x10\x27\0\0",
      29);
  bytes += std::string(10'000, 'x') + "q\x02";
  for (int i = 0; i < 3000; ++i) bytes += "h\x01h\x02\x85R";
  bytes += '.';
  try {
    const Pickle pickle(bytes);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("fewer copies of its values"));
  }
}

TEST(BoosterDocument, TakesAnyNumberForTheBestRound) {
  for (const char* round : {"9223372036854775807", "2147483647", "0"}) {
    const std::string attributes = fmt::format(R"("best_iteration":"{0}","best_ntree_limit":"{0}")", round);
    EXPECT_THAT(PredictionsOf({.left = "1,-1,-1,-1,-1", .attributes = attributes}), ElementsAre(10, 20)) << round;
  }
}

}  // namespace
}  // namespace sagebrush::algorithms::xgboost
