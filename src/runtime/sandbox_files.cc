#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/error.h"
#include "runtime/sandbox.h"
#include "runtime/seccomp_filter.h"

namespace sagebrush::runtime {
namespace {

// Of the host's /etc: what programs need, and what tells nothing about the host's users.
constexpr const char* kCopied[] = {"ld.so.cache", "ld.so.conf", "localtime", "timezone",
                                   "mime.types",  "magic",      "os-release"};

}  // namespace

// Apart from sandbox.cc, because the supervisor needs only that.
void SandboxFiles::Write() const {
  std::error_code error;
  std::filesystem::create_directories(directory_ / "etc", error);
  if (error) throw Error(kInternalFailure, "Cannot make " + directory_.string() + ": " + error.message());
  // Workloads read them as users of their own, whatever this process's mask says.
  const auto make_directory = [](const Path& path) {
    std::filesystem::create_directories(path);
    ::chmod(path.c_str(), 0755);
  };
  make_directory(etc(""));
  // Not synced: the next start looks at them again.
  const auto write = [](const Path& path, std::string_view text) {
    const Path temporary = path.string() + ".tmp";
    const FileDescriptor file = OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    WriteAll(file.get(), text);
    ::fchmod(file.get(), 0644);
    std::filesystem::rename(temporary, path);
  };
  const auto link = [this](const char* name, std::string_view target) {
    const Path temporary = etc(name).string() + ".tmp";
    std::filesystem::remove(temporary);
    std::filesystem::create_symlink(target, temporary);
    std::filesystem::rename(temporary, etc(name));
  };
  write(filter(), SeccompFilter());
  ::chmod(filter().c_str(), 0600);  // For supervisors only.
  link("passwd", kPasswdInside);
  link("group", kGroupInside);
  for (const char* name : {"alternatives", "ssl", "ld.so.conf.d"}) make_directory(etc(name));
  for (const char* name : kCopied) {
    if (const auto text = ReadFileIfExists(Path("/etc") / name)) write(etc(name), *text);
  }
  write(etc("hosts"), kHostsFile);
  write(etc("nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
}

}  // namespace sagebrush::runtime
