#include "algorithms/xgboost/booster_document.h"

#include <charconv>
#include <cmath>
#include <numeric>

#include "algorithms/xgboost/booster_objective.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr std::size_t kFeaturesMax = std::size_t{1} << 31;
constexpr std::size_t kCategoriesMax = 16'777'216;
constexpr std::size_t kVersionMax = 1000;
constexpr std::string_view kNoSuchNode = "a tree refers to a node that does not exist";
constexpr std::string_view kNoVersion = "its version is no version of XGBoost";

[[noreturn]] void Fail(const std::string& what) {
  throw Error(kUnreadableModel, "The model file is damaged: " + what + ". Save the model again.");
}

// A number of the document as an index below `count`. Numbers may be anything a double can be.
std::size_t IndexOf(double number, std::size_t count, std::string_view what) {
  if (!(number >= 0 && number < static_cast<double>(count))) Fail(std::string(what));
  return static_cast<std::size_t>(number);
}

std::int64_t Bounded(const ModelValue& document, std::string_view path, std::int64_t fallback, std::int64_t most) {
  const std::int64_t value = document.IntegerAt(path, fallback);
  if (value < 0 || value > most) Fail(fmt::format("\"{}\" is {}", path, value));
  return value;
}

// "5E-1", or since 3.1 a vector "[5E-1,2E0]".
std::vector<float> ReadBaseScore(std::string_view text) {
  std::vector<float> scores;
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    float value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size()) Fail(fmt::format("base_score is \"{}\"", part));
    scores.push_back(value);
  }
  return scores;
}

void ReadLearner(const ModelValue& learner, BoosterModel& booster) {
  booster.objective = learner.Text("objective.name");
  booster.features = static_cast<std::uint32_t>(Bounded(learner, "learner_model_param.num_feature", 0, 0x7fffffff));
  booster.classes = static_cast<int>(Bounded(learner, "learner_model_param.num_class", 0, 1'000'000));
  const auto targets = static_cast<int>(Bounded(learner, "learner_model_param.num_target", 1, 1'000'000));
  booster.groups = std::max({booster.classes, targets, 1});
  std::vector<float> scores = ReadBaseScore(learner.Text("learner_model_param.base_score"));
  if (scores.size() == 1) scores.assign(booster.groups, scores[0]);
  if (scores.size() != static_cast<std::size_t>(booster.groups)) Fail("base_score has not one value an output");
  for (float& score : scores)
    score = MarginOfBaseScore(booster.objective, booster.version_major, booster.version_minor, score);
  booster.base_margins = std::move(scores);
}

void ReadCategories(const ModelValue& tree, BoosterTree& into) {
  if (tree.Find("categories_nodes") == nullptr) return;
  const auto& nodes = tree.NumbersAt("categories_nodes");
  const auto& categories = tree.NumbersAt("categories");
  const auto& segments = tree.NumbersAt("categories_segments");
  const auto& sizes = tree.NumbersAt("categories_sizes");
  // Segments that overlap would make much of a small file.
  if (segments.size() != nodes.size() || sizes.size() != nodes.size() ||
      !(std::accumulate(sizes.begin(), sizes.end(), 0.0) <= static_cast<double>(categories.size()))) {
    Fail("categories do not fit their nodes");
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    auto& node =
        into.nodes[IndexOf(nodes[i], into.nodes.size(), "a categorical split is at a node that does not exist")];
    if (!(segments[i] >= 0 && sizes[i] >= 0 && segments[i] + sizes[i] <= categories.size())) {
      Fail("a categorical split has categories that do not exist");
    }
    std::vector<std::uint32_t> set;
    for (std::size_t k = 0; k < static_cast<std::size_t>(sizes[i]); ++k) {
      const std::size_t c = IndexOf(categories[static_cast<std::size_t>(segments[i]) + k], kCategoriesMax,
                                    "a category is not a number from 0 to 16777215");
      set.push_back(static_cast<std::uint32_t>(c));
    }
    std::sort(set.begin(), set.end());
    node.categories = static_cast<std::int32_t>(into.category_sets.size());
    into.category_sets.push_back(std::move(set));
  }
}

// Leaf vectors of multi-output trees: own member since 3.1, before that in place of the base weights.
void ReadLeafVectors(const ModelValue& tree, int outputs, BoosterTree& into) {
  const bool apart = tree.Find("leaf_weights") != nullptr;
  const auto& weights = tree.NumbersAt(apart ? "leaf_weights" : "base_weights");
  const auto& right = tree.NumbersAt("right_children");
  const auto leaves = static_cast<std::size_t>(
      std::count_if(into.nodes.begin(), into.nodes.end(), [](const BoosterTree::Node& node) { return node.left < 0; }));
  // Before memory is taken for as many as the file says that there are.
  if (weights.size() / static_cast<std::size_t>(outputs) < leaves) Fail("a leaf has no values");
  if (into.nodes.size() / 2 > leaves) Fail("a tree has fewer leaves than its splits need");
  into.leaf_vectors.resize(into.nodes.size() * outputs);
  for (std::size_t n = 0; n < into.nodes.size(); ++n) {
    if (into.nodes[n].left >= 0) continue;
    const double from = (apart ? right[n] : static_cast<double>(n)) * outputs;
    if (!(from >= 0 && from + outputs <= weights.size())) Fail("a leaf has no values");
    for (int k = 0; k < outputs; ++k) {
      into.leaf_vectors[n * outputs + k] = static_cast<float>(weights[static_cast<std::size_t>(from) + k]);
    }
  }
}

BoosterTree ReadTree(const ModelValue& tree, int groups) {
  BoosterTree result;
  const auto& left = tree.NumbersAt("left_children");
  const auto& right = tree.NumbersAt("right_children");
  const auto& features = tree.NumbersAt("split_indices");
  const auto& values = tree.NumbersAt("split_conditions");
  const auto& default_left = tree.NumbersAt("default_left");
  const std::size_t count = left.size();
  if (count == 0 || right.size() != count || features.size() != count || values.size() != count ||
      default_left.size() != count) {
    Fail("the arrays of a tree differ in length");
  }
  result.nodes.resize(count);
  for (std::size_t n = 0; n < count; ++n) {
    auto& node = result.nodes[n];
    if (left[n] != -1) {
      node.left = static_cast<std::int32_t>(IndexOf(left[n], count, kNoSuchNode));
      node.right = static_cast<std::int32_t>(IndexOf(right[n], count, kNoSuchNode));
    }
    // Deleted nodes have the greatest index there is, 2147483647; whether a split's feature exists is checked later.
    node.feature = static_cast<std::uint32_t>(IndexOf(features[n], kFeaturesMax, "a tree splits on no feature"));
    node.value = static_cast<float>(values[n]);
    node.default_left = default_left[n] != 0;
  }
  ReadCategories(tree, result);
  if (const auto outputs = Bounded(tree, "tree_param.size_leaf_vector", 0, groups); outputs > 1) {
    if (outputs != groups) Fail("a tree's leaves have not one value an output");
    ReadLeafVectors(tree, groups, result);
  }
  return result;
}

void ReadTrees(const ModelValue& model, BoosterModel& booster) {
  booster.parallel_trees = static_cast<int>(Bounded(model, "gbtree_model_param.num_parallel_tree", 1, 1'000'000));
  const auto& groups = model.NumbersAt("tree_info");
  for (const ModelValue& tree : model.ArrayAt("trees")) {
    const std::size_t index = booster.trees.size();
    if (index >= groups.size()) Fail("tree_info is shorter than the list of trees");
    booster.trees.push_back(ReadTree(tree, booster.groups));
    booster.trees.back().group = static_cast<int>(IndexOf(groups[index], static_cast<std::size_t>(booster.groups),
                                                          "a tree belongs to an output that does not exist"));
  }
}

void ReadDart(const ModelValue& gradient_booster, BoosterModel& booster) {
  ReadTrees(gradient_booster.At("gbtree.model"), booster);
  const auto& weights = gradient_booster.NumbersAt("weight_drop");
  if (weights.size() < booster.trees.size()) Fail("weight_drop is shorter than the list of trees");
  for (std::size_t t = 0; t < booster.trees.size(); ++t) booster.trees[t].weight = static_cast<float>(weights[t]);
}

void ReadGradientBooster(const ModelValue& gradient_booster, BoosterModel& booster) {
  const std::string& name = gradient_booster.Text("name");
  if (name == "gbtree") {
    ReadTrees(gradient_booster.At("model"), booster);
  } else if (name == "dart") {
    ReadDart(gradient_booster, booster);
  } else if (name == "gblinear") {
    booster.kind = BoosterKind::kLinear;
    const auto& weights = gradient_booster.NumbersAt("model.weights");
    booster.linear_weights.assign(weights.begin(), weights.end());
  } else {
    Fail("booster \"" + name + "\" is not known");
  }
}

void ReadAttributes(const ModelValue& learner, BoosterModel& booster) {
  KeepBestRounds(booster, learner.IntegerAt("attributes.best_ntree_limit", 0),
                 learner.IntegerAt("attributes.best_iteration", -1));
}

}  // namespace

BoosterModel ReadBoosterDocument(const ModelValue& document) {
  if (const ModelValue* model = document.Find("Model")) return ReadBoosterDocument(*model);
  BoosterModel booster;
  if (const auto& version = document.NumbersAt("version"); version.size() >= 2) {
    booster.version_major = static_cast<int>(IndexOf(version[0], kVersionMax, kNoVersion));
    booster.version_minor = static_cast<int>(IndexOf(version[1], kVersionMax, kNoVersion));
  }
  const ModelValue& learner = document.At("learner");
  ReadLearner(learner, booster);
  ReadGradientBooster(learner.At("gradient_booster"), booster);
  ReadAttributes(learner, booster);
  CheckBooster(booster);
  return booster;
}

}  // namespace sagebrush::algorithms::xgboost
