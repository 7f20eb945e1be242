#pragma once

#include <memory>

#include "reconcile/controller.h"
#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

const Noun& ModelNoun();
// The container that a model runs, with what a model package brings.
Json ContainerOf(const store::Resource& model);
const Noun& EndpointConfigNoun();
const Noun& EndpointNoun();
// UpdateEndpoint, UpdateEndpointWeightsAndCapacities.
void AddEndpointOperations(wire::OperationTable& table, const Context& context);
std::unique_ptr<reconcile::Controller> MakeEndpointController(const Context& context);

}  // namespace sagebrush::sagemaker
