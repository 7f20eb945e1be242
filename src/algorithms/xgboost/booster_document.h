#pragma once

#include "algorithms/xgboost/booster_model.h"
#include "algorithms/xgboost/model_value.h"

namespace sagebrush::algorithms::xgboost {

// The model in a document as save_model writes it ("learner" at the top), or as Python's serialised form holds it
// ("Model" and "Config" at the top). Throws Error(kUnreadableModel).
BoosterModel ReadBoosterDocument(const ModelValue& document);

// Throws Error(kUnreadableModel) unless walking the trees is safe: children exist and form a tree, groups and category
// sets exist. Nodes that no way leads to become leaves: XGBoost keeps those that pruning deleted in every format, with
// whatever they held. Called by every reader.
void CheckBooster(BoosterModel& booster);

}  // namespace sagebrush::algorithms::xgboost
