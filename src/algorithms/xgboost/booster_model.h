#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace sagebrush::algorithms::xgboost {

// A model file that cannot be read. The message names the place and what to do.
inline constexpr ErrorKind kUnreadableModel{"UnreadableModel", 400, Fault::kClient};

// One decision tree as XGBoost means it. Node 0 is the root. A row goes left when its value is below the threshold,
// right when it is not, and to the default side when the value is missing.
struct BoosterTree {
  struct Node {
    std::int32_t left = -1;  // -1: a leaf.
    std::int32_t right = -1;
    std::uint32_t feature = 0;
    float value = 0;  // Threshold of a numeric split; value of a leaf.
    bool default_left = false;
    std::int32_t categories = -1;  // Index into `category_sets`: a categorical split. Categories in the set go right.
  };
  std::vector<Node> nodes;
  std::vector<std::vector<std::uint32_t>> category_sets;  // Ascending. XGBoost looks at 64 categories a split at most.
  std::vector<float> leaf_vectors;  // `outputs` values a node when leaves hold vectors (multi-output trees).
  int group = 0;                    // Which output the leaves add to.
  float weight = 1;                 // DART: what leaves are multiplied with.
};

enum class BoosterKind { kTrees, kLinear };

// A trained XGBoost model of any version, without its training configuration.
struct BoosterModel {
  BoosterKind kind = BoosterKind::kTrees;
  std::string objective = "reg:squarederror";
  std::uint32_t features = 0;
  int groups = 1;   // Outputs of a row before the objective's transformation.
  int classes = 0;  // As the file says: 0 or 1 unless multi-class.
  int parallel_trees = 1;
  int version_major = 0;  // 0.x files do not say more.
  int version_minor = 0;
  std::vector<float> base_margins;  // One a group; already on the margin's scale.

  std::vector<BoosterTree> trees;
  std::vector<float> linear_weights;  // weight[feature * groups + group], then a bias for each group.

  // Trees that early stopping found best (all groups and parallel trees counted); 0: all. Python's predict of the
  // versions up to 1.x and AWS's container use only these.
  std::uint32_t best_trees = 0;
  bool pickled = false;  // AWS's container checks column counts more strictly for pickled boosters.

  // How the library of that version added leaves up: from version 1.3 on leaf after leaf onto the base margin, earlier
  // the sum of the leaves first. It decides the last bit.
  bool AddsLeavesFirst() const { return version_major < 1 || (version_major == 1 && version_minor < 3); }
};

// Sets `best_trees` from what early stopping leaves in a model, once its trees are read: `trees_limit` trees an output
// (best_ntree_limit of versions up to 1.x) where above 0, else the rounds up to `iteration` where not below 0.
void KeepBestRounds(BoosterModel& booster, std::int64_t trees_limit, std::int64_t iteration);

// Reads the bytes of a model file of any format: JSON, UBJSON, the binary formats of versions before 3.1 ("binf"
// prefix or none), Python's serialised form, a pickle of xgboost.core.Booster (no code is run). Throws
// Error(kUnreadableModel).
BoosterModel ReadBooster(std::string_view bytes);

}  // namespace sagebrush::algorithms::xgboost
