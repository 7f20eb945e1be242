#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

const Noun& ExperimentNoun();
const Noun& TrialNoun();
const Noun& TrialComponentNoun();
// AssociateTrialComponent, DisassociateTrialComponent, and those of metrics.
void AddTrialComponentOperations(wire::OperationTable& table, const Context& context);

// Makes a trial component part of a trial, which counts it. False, and nothing has changed: it is that already.
// Throws Error(kResourceLimitExceeded) for a component of too many trials.
bool JoinTrial(store::Resource& component, store::Resource& trial);

// What is displayed of one that was given no other name to display.
void DescribeDisplayName(const Noun& noun, const store::Resource& resource, JsonObject& description);

}  // namespace sagebrush::sagemaker
