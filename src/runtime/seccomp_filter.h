#pragma once

#include <string>

namespace sagebrush::runtime {

// The system calls that workloads are refused (with EPERM, so that programs can go on), as a BPF program in the form
// that `bwrap --seccomp` and seccomp(2) take: mounting, new namespaces, tracing and reading other processes, kernel
// keys, BPF, modules, kexec, clocks, io_uring, raw handles. Everything else is allowed. Throws Error.
std::string MakeSeccompFilter();

}  // namespace sagebrush::runtime
