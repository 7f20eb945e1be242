#pragma once

#include <memory>
#include <vector>

#include "reconcile/controller.h"
#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// Every noun that the server has. A new one is one line in registry.cc.
const std::vector<const Noun*>& Nouns();

// Registers every operation of every noun. `context` outlives the table.
void AddSageMakerOperations(wire::OperationTable& table, const Context& context);

// What InvokeEndpoint must be allowed.
wire::AccessRule InvocationAccess(const Context& context);

// One controller for each noun that does something.
std::vector<std::unique_ptr<reconcile::Controller>> MakeControllers(const Context& context);

// Takes the room of everything that still runs, before anything new asks for some. Call once, after a start.
void RestoreCapacity(const Context& context);

}  // namespace sagebrush::sagemaker
