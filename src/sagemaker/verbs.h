#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// Registers every verb that a noun has: Create, Describe, List, Update, Delete, Stop and Start.
void AddVerbs(wire::OperationTable& table, const Context& context, const Noun& noun);

// Registers a further operation on one existing resource of a noun: `sagemaker:<operation>` on its ARN.
void AddVerb(wire::OperationTable& table, const Context& context, const Noun& noun, const std::string& operation,
             wire::Handler handler);

// What the caller must be allowed for an operation on the one resource that the call names: the operation on it and on
// what it uses (Noun::uses), sagemaker:AddTags when it brings tags, iam:PassRole on the role that it gives away.
wire::AccessRule OneResource(const Context& context, const Noun& noun, const std::string& operation);

// An operation that changes the resource which the call names, as Update does: reads, lets `change` alter it and add to
// what is written beside it, writes all; anew when another writer came first. Answers {ARN member: ARN}.
Json ChangeOne(const Context& context, const Noun& noun, const wire::Call& call,
               const std::function<void(Edit&)>& change);

// In a Delete: the parts of the resource, whose names begin with its own and "/", go with it.
void DeleteParts(Edit& edit, const Noun& part);

// The full description of a resource: spec, status members of the noun, names, times. Built in `memory`.
JsonObject Describe(const Noun& noun, const store::Resource& resource, boost::json::storage_ptr memory = {});

// Who makes a call, as CreatedBy and LastModifiedBy tell it: AWS's UserContext.
Json CallerOf(const wire::Call& call);

// How many resources are part of this one. A verb that makes or ends one counts it in the same commit.
std::int64_t ChildrenOf(const store::Resource& parent);
void CountChild(store::Resource& parent, std::int64_t more);

}  // namespace sagebrush::sagemaker
