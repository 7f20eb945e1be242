#pragma once

#include <string>
#include <vector>

#include "base/file.h"

namespace sagebrush::runtime {

// One thing that running workloads needs from the machine.
struct Finding {
  std::string subject;  // "CPU limits"
  bool ok = false;
  std::string detail;  // What is there, or what its absence costs.
  std::string remedy;  // What to do about it; empty when ok.
};

// Examines this machine, by trying. `data`: where workloads will write. Takes some milliseconds.
std::vector<Finding> ExamineMachine(const Path& data);

// Why no workload can run here at all, with what to do; empty: some can. Examined once.
const std::string& WhatPreventsSandboxes();

// Why no gang of several hosts can run here, with what to do; empty: some can. Examined once.
const std::string& WhatPreventsGangs();

}  // namespace sagebrush::runtime
