#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// Registers Create, Describe, List and Delete of a noun.
void AddVerbs(wire::OperationTable& table, const Context& context, const Noun& noun);

// Registers a further operation on one existing resource of a noun (Stop, Update): `sagemaker:<operation>` on its ARN.
void AddVerb(wire::OperationTable& table, const Context& context, const Noun& noun, const std::string& operation,
             wire::Handler handler);

// What the caller must be allowed for an operation on the one resource that the call names: the operation on it and on
// what it uses (Noun::uses), sagemaker:AddTags when it brings tags, iam:PassRole on the role that it gives away.
wire::AccessRule OneResource(const Context& context, const Noun& noun, const std::string& operation);

// AddTags, ListTags and DeleteTags for all of `nouns`, which outlive the table.
void AddTagVerbs(wire::OperationTable& table, const Context& context, const std::vector<const Noun*>& nouns);

// Throws Error(kValidation) unless `tags` (AWS's [{Key, Value}]) has unique keys that do not start with "aws:".
void CheckTags(const Json* tags);

// The full description of a resource: spec, status members of the noun, names, times. Built in `memory`.
JsonObject Describe(const Noun& noun, const store::Resource& resource, boost::json::storage_ptr memory = {});

}  // namespace sagebrush::sagemaker
