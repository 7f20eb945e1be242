#include "algorithms/xgboost/boosting.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>

#include "algorithms/checkpoints.h"
#include "algorithms/job_log.h"
#include "algorithms/xgboost/own_metrics.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr std::string_view kName = "xgboost";  // Of the checkpoints.

using SteadyClock = std::chrono::steady_clock;

double ParseReal(std::string_view text) {
  double value = std::nan("");
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// nullopt: no round.
std::optional<int> ParseRound(std::string_view text) {
  int round = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), round);
  return error == std::errc() && round >= 0 ? std::optional<int>(round) : std::nullopt;
}

// The "name:value" items of the library's line.
std::vector<Metrics::Value> ParseEvaluation(std::string_view line) {
  std::vector<Metrics::Value> values;
  for (auto tab = line.find('\t'); tab != std::string_view::npos;) {
    line.remove_prefix(tab + 1);
    tab = line.find('\t');
    const std::string_view item = line.substr(0, tab);
    const auto colon = item.rfind(':');
    values.push_back({std::string(item.substr(0, colon)), ParseReal(item.substr(colon + 1))});
  }
  return values;
}

// Decides when training has stopped getting better, as the library's Python callback does.
class EarlyStopping {
 public:
  EarlyStopping(int patience, bool maximize) : patience_(patience), maximize_(maximize) {}

  // True when `score`, of `round`, is better than all before.
  bool Improves(int round, double score) {
    const bool better = best_round_ < 0 || (maximize_ ? score > best_score_ : score < best_score_);
    if (better) {
      best_round_ = round;
      best_score_ = score;
    }
    return better;
  }
  bool IsOver(int round) const { return round - best_round_ >= patience_; }
  int best_round() const { return best_round_; }
  double best_score() const { return best_score_; }
  void Restore(int round, double score) {
    best_round_ = round;
    best_score_ = score;
  }

 private:
  const int patience_;
  const bool maximize_;
  int best_round_ = -1;
  double best_score_ = 0;
};

// The rounds of one model.
class Rounds {
 public:
  Rounds(const BoostingOptions& options, std::span<const EvalSet> sets, Metrics& metrics)
      : options_(options), sets_(sets), metrics_(metrics) {
    for (const EvalSet& set : sets) {
      matrices_.push_back(set.matrix);
      names_.push_back(set.name);
    }
    if (options.early_stopping_rounds > 0) {
      stopping_.emplace(options.early_stopping_rounds, IsMaximized(options.metrics.early_stopping));
    }
  }

  Boosted Execute(std::stop_token stop) {
    const int first = Begin();
    const auto started = SteadyClock::now();
    int round = first;
    for (; round < options_.rounds && !stop.stop_requested(); ++round) {
      booster_->Update(round, *matrices_[0]);
      const bool over = Measure(round);
      KeepCheckpoint(round, started);
      if (over) {
        PrintInfo("Stopped early after round {}: {} has not improved since round {}.", round, followed_, BestRound());
        ++round;
        break;
      }
    }
    if (stop.stop_requested() && round < options_.rounds) {
      PrintInfo("Stopped on request after {} of {} rounds; the model of these rounds is kept.", round, options_.rounds);
    }
    if (round > first) SaveCheckpoint(round - 1);
    return {TakeModel(), std::move(last_)};
  }

 private:
  // Returns the round to start from.
  int Begin() {
    int first = 0;
    if (options_.checkpoints) first = Resume();
    if (!booster_) booster_.emplace(matrices_);
    if (options_.updates_model && first == 0) {
      throw Error(kClientError,
                  "process_type 'update' changes the trees of an existing model: give the job a checkpoint to "
                  "start from (CheckpointConfig), or leave process_type out.");
    }
    for (const auto& [name, value] : options_.parameters) booster_->SetParameter(name, value);
    for (const std::string& metric : options_.metrics.library) booster_->SetParameter("eval_metric", metric);
    return options_.updates_model ? 0 : first;
  }

  int Resume() {
    const auto round = Checkpoints(*options_.checkpoints, kName).Resume([&](const std::string& bytes) {
      Booster booster(matrices_);
      booster.Load(bytes);
      booster_.emplace(std::move(booster));
    });
    if (!round) return 0;
    PrintInfo("Resuming from iteration {}", *round + 1);
    const auto best = ParseRound(booster_->GetAttribute("best_iteration").value_or(""));
    const auto score = booster_->GetAttribute("best_score");
    if (stopping_ && best && score) stopping_->Restore(*best, ParseReal(*score));
    return *round + 1;
  }

  // Reports the round's metrics. True: training is over by early stopping.
  bool Measure(int round) {
    const std::vector<Metrics::Value> library = ParseEvaluation(booster_->Evaluate(round, matrices_, names_));
    last_.clear();
    for (const EvalSet& set : sets_) {
      for (const Metrics::Value& value : library) {
        if (value.name.starts_with(set.name + "-")) last_.push_back(value);
      }
      MeasureOwn(set);
    }
    metrics_.Report(round, last_);
    return stopping_ && !last_.empty() && Follow(round);
  }

  void MeasureOwn(const EvalSet& set) {
    if (options_.metrics.own.empty()) return;
    Scored scored{.labels = set.labels, .values = {}, .classes = {}};
    const bool classes = options_.objective.starts_with("binary:") || options_.objective.starts_with("multi:") ||
                         options_.objective == "reg:logistic";
    if (classes) {
      const Booster::Predictions margins = booster_->Predict(*set.matrix, Booster::Output::kMargin);
      scored.classes = ClassesOfMargins(margins.values, margins.width);
    }
    scored.values = booster_->Predict(*set.matrix, Booster::Output::kValue).values;
    if (scored.values.size() != set.labels.size()) scored.values = scored.classes;
    if (!classes) {
      for (const float value : scored.values) scored.classes.push_back(std::nearbyint(value));
    }
    for (const std::string& metric : options_.metrics.own) {
      last_.push_back({set.name + "-" + metric, ComputeOwnMetric(metric, scored)});
    }
  }

  bool Follow(int round) {
    followed_ = sets_.back().name + "-" + options_.metrics.early_stopping;
    auto found = std::find_if(last_.begin(), last_.end(), [&](const auto& value) { return value.name == followed_; });
    if (found == last_.end()) {  // No metric was asked for: the library's default, which is the last one.
      found = std::prev(last_.end());
      followed_ = found->name;
    }
    if (stopping_->Improves(round, found->value)) {
      booster_->SetAttribute("best_iteration", fmt::format("{}", round));
      booster_->SetAttribute("best_score", fmt::format("{}", found->value));
      if (options_.linear) best_linear_ = booster_->Save();
    }
    return stopping_->IsOver(round);
  }

  int BestRound() const { return stopping_->best_round(); }

  // Every round while that is cheap; seldom enough that it takes a tenth of the time where models are large.
  void KeepCheckpoint(int round, SteadyClock::time_point started) {
    if (!options_.checkpoints || saving_ * 10 > SteadyClock::now() - started) return;
    SaveCheckpoint(round);
  }

  void SaveCheckpoint(int round) {
    if (!options_.checkpoints || round == saved_) return;
    const auto begin = SteadyClock::now();
    Checkpoints(*options_.checkpoints, kName).Save(round, booster_->Save());
    saving_ += SteadyClock::now() - begin;
    saved_ = round;
  }

  Booster TakeModel() {
    if (!stopping_ || BestRound() < 0) return std::move(*booster_);
    if (options_.linear) {
      if (!best_linear_.empty()) booster_->Load(best_linear_);
      return std::move(*booster_);
    }
    Booster best = booster_->Slice(0, BestRound() + 1);
    best.SetAttribute("best_iteration", fmt::format("{}", BestRound()));
    best.SetAttribute("best_score", fmt::format("{}", stopping_->best_score()));
    return best;
  }

  const BoostingOptions& options_;
  const std::span<const EvalSet> sets_;
  Metrics& metrics_;
  std::vector<const Matrix*> matrices_;
  std::vector<std::string> names_;
  std::optional<Booster> booster_;
  std::optional<EarlyStopping> stopping_;
  std::string followed_;     // The metric that early stopping follows.
  std::string best_linear_;  // The best round's model, for gblinear.
  std::vector<Metrics::Value> last_;
  SteadyClock::duration saving_{};
  int saved_ = -1;
};

}  // namespace

Boosted Boost(const BoostingOptions& options, std::span<const EvalSet> sets, Metrics& metrics, std::stop_token stop) {
  return Rounds(options, sets, metrics).Execute(std::move(stop));
}

}  // namespace sagebrush::algorithms::xgboost
