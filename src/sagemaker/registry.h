#pragma once

#include <memory>
#include <vector>

#include "reconcile/controller.h"
#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// Every noun that the server has. A new one is one line in registry.cc.
const std::vector<const Noun*>& Nouns();

// Nouns of the service model that are not built but for their List, which answers what is true: there are none.
const std::vector<std::string>& EmptyNouns();

// Registers every operation of every noun. `context` outlives the table.
void AddSageMakerOperations(wire::OperationTable& table, const Context& context);

// What InvokeEndpoint must be allowed.
wire::AccessRule InvocationAccess(const Context& context);

// One controller for each noun that does something.
std::vector<std::unique_ptr<reconcile::Controller>> MakeControllers(const Context& context);

// Ends and deletes what an earlier process left behind of resources that are no more. Call once, after the controllers
// have restored theirs.
void SweepOrphans(const Context& context);

}  // namespace sagebrush::sagemaker
