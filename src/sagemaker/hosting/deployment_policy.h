#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace sagebrush::sagemaker {

// How a deployment goes from the fleet that serves to the new one: a DeploymentConfig, in numbers.
struct DeploymentPolicy {
  // Of the traffic, what the new fleet has after each step. Never empty, rises, ends with 1.
  std::vector<double> shares{1.0};
  // False: the whole new fleet comes up beside the old (blue/green). True: both change step by step, the new one grows
  // by what its share grows and the old one shrinks by what has moved.
  bool rolling = false;
  Seconds bake{0};                  // After each step, before the next one; alarms are watched meanwhile.
  Seconds termination_wait{0};      // The old fleet stays for so long when the deployment is done.
  Seconds time_max{0};              // Of all of it. 0: none.
  std::vector<std::string> alarms;  // Names. One in ALARM while traffic has moved undoes the deployment.
};

// Of a DeploymentConfig; nullptr: all traffic at once, without a wait. `instances`: of the smallest variant, for sizes
// that are given as a number of instances. Throws Error(kValidation) for sizes out of AWS's limits (a canary is 50 % at
// most, a linear step 10 to 50 %, a rolling batch 5 to 50 %), for a policy that lacks what its type needs or has what
// another one needs, and for what is not built.
DeploymentPolicy PolicyOf(const Json* deployment_config, std::int64_t instances);

}  // namespace sagebrush::sagemaker
