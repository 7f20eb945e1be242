#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "runtime/sandbox.h"
#include "runtime/seccomp_filter.h"

namespace sagebrush::runtime {

// Apart from sandbox.cc, because the supervisor needs only that, and not libseccomp.
void SandboxFiles::Write() const {
  std::error_code error;
  std::filesystem::create_directories(directory_ / "etc", error);
  if (error) throw Error(kInternalFailure, "Cannot make " + directory_.string() + ": " + error.message());
  const auto write = [](const Path& path, const std::string& text) {
    if (ReadFileIfExists(path) != text) WriteFileDurably(path, text, 0644);
  };
  write(filter(), MakeSeccompFilter());
  std::string users = "root:x:0:0:root:/root:/usr/sbin/nologin\n";
  std::string groups = "root:x:0:\n";
  for (const unsigned id : {kWorkloadUser, kWorkloadUserInside}) {
    const char* name = id == kWorkloadUser ? "sagebrush" : "sagebrush1";
    users += fmt::format("{}:x:{}:{}::/tmp:/bin/sh\n", name, id, id);
    groups += fmt::format("{}:x:{}:\n", name, id);
  }
  write(etc("passwd"), users + "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n");
  write(etc("group"), groups + "nogroup:x:65534:\n");
  write(etc("hosts"), "127.0.0.1\tlocalhost algo-1\n::1\tlocalhost\n");
  write(etc("nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
}

}  // namespace sagebrush::runtime
