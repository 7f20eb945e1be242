#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sagebrush::identity {

// A policy that AWS manages in every account, under arn:aws:iam::aws:policy/...
struct ManagedPolicy {
  std::string_view name;
  std::string_view path;  // "/", "/job-function/", "/service-role/"
  std::string_view id;
  std::string_view description;
  std::string_view document;
  std::string Arn() const;
};

std::span<const ManagedPolicy> ManagedPolicies();
const ManagedPolicy* FindManagedPolicy(std::string_view arn);  // nullptr: none.

}  // namespace sagebrush::identity
