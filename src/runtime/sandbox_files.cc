#include <fcntl.h>

#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "runtime/sandbox.h"
#include "runtime/seccomp_filter.h"

namespace sagebrush::runtime {
namespace {

// Of the host's /etc: what programs need, and what tells nothing about the host's users.
constexpr const char* kCopied[] = {"ld.so.cache", "ld.so.conf", "localtime", "timezone",
                                   "mime.types",  "magic",      "os-release"};

}  // namespace

// Apart from sandbox.cc, because the supervisor needs only that, and not libseccomp.
void SandboxFiles::Write() const {
  std::error_code error;
  std::filesystem::create_directories(directory_ / "etc", error);
  if (error) throw Error(kInternalFailure, "Cannot make " + directory_.string() + ": " + error.message());
  // Not synced: the next start looks at them again.
  const auto write = [](const Path& path, const std::string& text) {
    if (ReadFileIfExists(path) == text) return;
    const Path temporary = path.string() + ".tmp";
    WriteAll(OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644).get(), text);
    std::filesystem::rename(temporary, path);
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
  for (const char* name : {"alternatives", "ssl", "ld.so.conf.d"}) std::filesystem::create_directories(etc(name));
  for (const char* name : kCopied) {
    if (const auto text = ReadFileIfExists(Path("/etc") / name)) write(etc(name), *text);
  }
  write(etc("hosts"), "127.0.0.1\tlocalhost algo-1\n::1\tlocalhost\n");
  write(etc("nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
}

}  // namespace sagebrush::runtime
