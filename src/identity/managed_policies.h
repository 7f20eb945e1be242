#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sagebrush::identity {

// A policy that AWS manages in every account, under arn:aws:iam::aws:policy/... The documents are in managed_policies/,
// written there from what the documented policies permit (docs.aws.amazon.com/aws-managed-policy/latest/reference), in
// our own arrangement; the build compiles them into a table.
struct ManagedPolicy {
  std::string_view name;
  std::string_view path;  // "/", "/job-function/", "/service-role/"
  std::string_view arn;
  std::string_view description;
  std::string_view document;

  std::string Id() const;  // ANPA...: always the same for a name.
};

std::span<const ManagedPolicy> ManagedPolicies();              // By name.
const ManagedPolicy* FindManagedPolicy(std::string_view arn);  // nullptr: none.

}  // namespace sagebrush::identity
