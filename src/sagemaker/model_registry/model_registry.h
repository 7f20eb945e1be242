#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

const Noun& ModelPackageGroupNoun();
const Noun& ModelPackageNoun();
// BatchDescribeModelPackage.
void AddModelPackageOperations(wire::OperationTable& table, const Context& context);

// The container that a model made from a package runs: that of its inference specification named `specification`
// (empty: the package's own), with what `container`, of CreateModel, sets besides. Throws Error(kValidation) when the
// package is missing, not approved, or has no such specification of one container.
Json ContainerFromPackage(const Context& context, const wire::Call& call, const Json& container);

}  // namespace sagebrush::sagemaker
