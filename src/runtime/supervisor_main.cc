// One process per workload; see runtime/supervisor.h. Started by ProcessRuntime, and by itself inside the sandbox:
//   sagebrush-supervisor run <workload directory> <sandbox files>   descriptors 3: the lock, 4: a control connection
//   sagebrush-supervisor init
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "runtime/sandbox_init.h"
#include "runtime/supervisor.h"

namespace {

int Supervise(const char* program, const char* directory, const char* sandbox_directory) {
  using namespace sagebrush;
  ::close_range(5, ~0u, 0);
  ::fcntl(3, F_SETFD, FD_CLOEXEC);
  ::fcntl(4, F_SETFD, FD_CLOEXEC);
  try {
    runtime::Supervisor(program, directory, sandbox_directory, FileDescriptor(3), FileDescriptor(4)).Run();
    return 0;
  } catch (const std::exception& error) {
    // The server sees the lock free and the workload not ended, and says that its supervisor was lost.
    std::fprintf(stderr, "sagebrush-supervisor: %s\n", error.what());
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "init") == 0) return sagebrush::runtime::RunInit();
  if (argc == 4 && std::strcmp(argv[1], "run") == 0) return Supervise(argv[0], argv[2], argv[3]);
  std::fprintf(stderr, "sagebrush-supervisor is started by the sagebrush server; there is nothing to run by hand.\n");
  return 2;
}
