#include "algorithms/xgboost/booster_binary.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "algorithms/xgboost/booster_document.h"
#include "algorithms/xgboost/booster_objective.h"

namespace sagebrush::algorithms::xgboost {
namespace {

// The structs that XGBoost wrote as they lay in memory (little-endian), up to the fields that are used.
struct LearnerHeader {
  float base_score;
  std::uint32_t features;
  std::int32_t classes;
  std::int32_t has_attributes;
  std::int32_t has_metrics;
  std::uint32_t version_major;  // Since 1.0; reserved and zero before.
  std::uint32_t version_minor;
  std::uint32_t targets;  // Since 1.6.
  std::int32_t reserved[26];
};
static_assert(sizeof(LearnerHeader) == 136);

struct TreesHeader {
  std::int32_t trees;
  std::int32_t parallel_trees;  // Since 1.3; the number of roots, always 1, before.
  std::int32_t features;
  std::int32_t padding;
  std::int64_t prediction_buffer;
  std::int32_t groups;
  std::int32_t leaf_vector;
  std::int32_t reserved[32];
};
static_assert(sizeof(TreesHeader) == 160);

struct TreeHeader {
  std::int32_t roots;
  std::int32_t nodes;
  std::int32_t deleted;
  std::int32_t depth;
  std::int32_t features;
  std::int32_t leaf_vector;
  std::int32_t reserved[31];
};
static_assert(sizeof(TreeHeader) == 148);

struct NodeRecord {
  std::int32_t parent;
  std::int32_t left;
  std::int32_t right;
  std::uint32_t feature;  // Highest bit: missing values go left.
  float value;
};
static_assert(sizeof(NodeRecord) == 20);

struct LinearHeader {
  std::uint32_t features;
  std::int32_t groups;
  std::int32_t reserved[32];
};
static_assert(sizeof(LinearHeader) == 136);

constexpr std::size_t kNodeStatisticsBytes = 16;

class BinaryReader {
 public:
  explicit BinaryReader(std::string_view bytes) : bytes_(bytes) {}

  BoosterModel ReadAll() {
    const auto header = Read<LearnerHeader>();
    BoosterModel booster = FromHeader(header);
    booster.objective = ReadText();
    const std::string name = ReadText();
    SetBaseMargins(header, booster);
    if (name == "gbtree" || name == "dart") {
      ReadTrees(booster);
      if (name == "dart") ReadDropWeights(booster);
    } else if (name == "gblinear") {
      ReadLinear(booster);
    } else {
      Fail("a booster's name (is this a model of XGBoost?)");
    }
    if (header.has_attributes != 0) ReadAttributes(booster);
    CheckBooster(booster);
    return booster;
  }

 private:
  [[noreturn]] void Fail(std::string_view expected) const {
    throw Error(kUnreadableModel, fmt::format("The binary model file is damaged at byte {} of {}: expected {}. Save "
                                              "the model again, best as JSON.",
                                              at_, bytes_.size(), expected));
  }

  std::string_view Take(std::uint64_t count, std::string_view what) {
    if (count > bytes_.size() - at_) Fail(what);
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  template <typename T>
  T Read() {
    T value;
    std::memcpy(&value, Take(sizeof(T), "more bytes").data(), sizeof(T));
    return value;
  }

  template <typename T>
  std::vector<T> ReadMany(std::uint64_t count, std::string_view what) {
    if (count > (bytes_.size() - at_) / sizeof(T)) Fail(what);
    std::vector<T> values(count);
    if (count > 0) std::memcpy(values.data(), Take(count * sizeof(T), what).data(), count * sizeof(T));
    return values;
  }

  std::string ReadText() {
    const auto length = Read<std::uint64_t>();
    return std::string(Take(length, "a text"));
  }

  BoosterModel FromHeader(const LearnerHeader& header) {
    BoosterModel booster;
    if (header.features > 0x7fffffff || header.classes < 0 || header.classes > 1'000'000 || header.version_major > 9 ||
        header.version_minor > 99 || header.targets > 1'000'000) {
      Fail("the header of a model of XGBoost");
    }
    booster.features = header.features;
    booster.classes = header.classes;
    booster.version_major = static_cast<int>(header.version_major);
    booster.version_minor = static_cast<int>(header.version_minor);
    booster.groups = std::max({header.classes, static_cast<int>(header.targets), 1});
    return booster;
  }

  // Versions before 1.0 kept the margin, later ones the score that the user gave.
  static void SetBaseMargins(const LearnerHeader& header, BoosterModel& booster) {
    float margin = header.base_score;
    if (booster.version_major >= 1) {
      margin = MarginOfBaseScore(booster.objective, booster.version_major, booster.version_minor, margin);
    }
    booster.base_margins.assign(booster.groups, margin);
  }

  void ReadTrees(BoosterModel& booster) {
    const auto header = Read<TreesHeader>();
    if (header.trees < 0) Fail("a number of trees");
    const bool has_parallel = booster.version_major > 1 || (booster.version_major == 1 && booster.version_minor >= 3);
    if (has_parallel) booster.parallel_trees = std::clamp(header.parallel_trees, 1, 1'000'000);
    for (std::int32_t t = 0; t < header.trees; ++t) booster.trees.push_back(ReadTree(booster.version_major < 1));
    const auto groups = ReadMany<std::int32_t>(static_cast<std::uint64_t>(header.trees), "the trees' outputs");
    for (std::size_t t = 0; t < groups.size(); ++t) booster.trees[t].group = groups[t];
  }

  BoosterTree ReadTree(bool old) {
    const auto header = Read<TreeHeader>();
    if (header.nodes <= 0) Fail("a number of nodes");
    BoosterTree tree;
    const auto records = ReadMany<NodeRecord>(static_cast<std::uint64_t>(header.nodes), "the nodes of a tree");
    Take(kNodeStatisticsBytes * records.size(), "the statistics of a tree");
    if (old && header.leaf_vector != 0) ReadMany<float>(Read<std::uint64_t>(), "the leaf vectors of a tree");
    tree.nodes.reserve(records.size());
    for (const NodeRecord& record : records) {
      tree.nodes.push_back({.left = record.left,
                            .right = record.left < 0 ? -1 : record.right,
                            .feature = record.feature & 0x7fffffff,
                            .value = record.value,
                            .default_left = (record.feature >> 31) != 0});
    }
    return tree;
  }

  void ReadDropWeights(BoosterModel& booster) {
    if (booster.trees.empty()) return;
    const auto weights = ReadMany<float>(Read<std::uint64_t>(), "the weights of dropped trees");
    if (weights.size() < booster.trees.size()) Fail("a weight for each tree");
    for (std::size_t t = 0; t < booster.trees.size(); ++t) booster.trees[t].weight = weights[t];
  }

  void ReadLinear(BoosterModel& booster) {
    booster.kind = BoosterKind::kLinear;
    Read<LinearHeader>();
    booster.linear_weights = ReadMany<float>(Read<std::uint64_t>(), "the weights of a linear model");
  }

  void ReadAttributes(BoosterModel& booster) {
    const auto count = Read<std::uint64_t>();
    std::int64_t iteration = -1, limit = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string name = ReadText();
      const std::string value = ReadText();
      if (name == "best_iteration") std::from_chars(value.data(), value.data() + value.size(), iteration);
      if (name == "best_ntree_limit") std::from_chars(value.data(), value.data() + value.size(), limit);
    }
    KeepBestRounds(booster, limit, iteration);
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace

BoosterModel ReadBoosterBinary(std::string_view bytes) { return BinaryReader(bytes).ReadAll(); }

}  // namespace sagebrush::algorithms::xgboost
