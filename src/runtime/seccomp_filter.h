#pragma once

#include <string_view>

namespace sagebrush::runtime {

// What system calls of workloads are refused, as a BPF program in the form that `bwrap --seccomp` and seccomp(2) take.
// The list is in seccomp_filter_main.cc: what is on it is allowed; mounting, new namespaces, tracing other processes,
// BPF, io_uring and their like end with EPERM; what nobody has looked at, also calls of later kernels, with ENOSYS.
std::string_view SeccompFilter();

}  // namespace sagebrush::runtime
