#include "runtime/seccomp_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/error.h"
#include "base/file.h"

namespace sagebrush::runtime {
namespace {

constexpr const char* kRefused[] = {
    // The file system tree.
    "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "open_tree_attr", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "swapon", "swapoff", "quotactl", "quotactl_fd",
    "name_to_handle_at", "open_by_handle_at",
    // Other processes.
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd", "setns", "unshare",
    // The kernel.
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "init_module",
    "finit_module", "delete_module", "create_module", "query_module", "get_kernel_syms", "kexec_load",
    "kexec_file_load", "reboot", "syslog", "acct", "lookup_dcookie", "nfsservctl", "uselib", "_sysctl", "sysfs",
    "ustat", "vhangup", "iopl", "ioperm", "modify_ldt", "personality", "add_key", "request_key", "keyctl",
    // The machine's name and time.
    "sethostname", "setdomainname", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime"};

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ALLOW)) {
    if (context_ == nullptr)
      throw Error(kInternalFailure, "Cannot make a seccomp filter: libseccomp is out of memory.");
  }
  ~Filter() { ::seccomp_release(context_); }
  Filter(const Filter&) = delete;

  void Refuse(const char* name, int error) {
    const int call = ::seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR || call < 0) return;  // This machine or this libseccomp has no such call.
    Check(::seccomp_rule_add_array(context_, SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call, 0, nullptr),
          name);
  }
  void RefuseIf(const char* name, scmp_arg_cmp condition) {
    const int call = ::seccomp_syscall_resolve_name(name);
    if (call < 0) return;
    Check(::seccomp_rule_add_array(context_, SCMP_ACT_ERRNO(EPERM), call, 1, &condition), name);
  }
  void Optimize() { ::seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2); }  // A search tree instead of a list.
  void Write(int fd) { Check(::seccomp_export_bpf(context_, fd), "export"); }

 private:
  static void Check(int result, const char* what) {
    if (result != 0)
      throw Error(kInternalFailure, "Cannot make a seccomp filter: libseccomp fails at " + std::string(what));
  }

  scmp_filter_ctx context_;
};

scmp_arg_cmp HasFlag(unsigned argument, std::uint64_t flag) { return {argument, SCMP_CMP_MASKED_EQ, flag, flag}; }
// The kernel looks at the lower half of these arguments only, so a filter must as well.
scmp_arg_cmp EqualsInt(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, 0xffffffff, value};
}

}  // namespace

std::string MakeSeccompFilter() {
  Filter filter;
  filter.Optimize();
  for (const char* name : kRefused) filter.Refuse(name, EPERM);
  // Its flags are in memory, which a filter cannot see. C libraries fall back to clone.
  filter.Refuse("clone3", ENOSYS);
  for (const std::uint64_t flag :
       {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP}) {
    filter.RefuseIf("clone", HasFlag(0, flag));
  }
  // Typing into the terminal that the server was started from.
  for (const std::uint64_t request : {TIOCSTI, TIOCLINUX}) filter.RefuseIf("ioctl", EqualsInt(1, request));
  for (const int family : {AF_ALG, AF_VSOCK, AF_PACKET, AF_KEY}) {
    filter.RefuseIf("socket", EqualsInt(0, static_cast<std::uint64_t>(family)));
  }
  const FileDescriptor memory(::memfd_create("filter", MFD_CLOEXEC));
  if (!memory.valid()) ThrowSystemError("Cannot make a seccomp filter");
  filter.Write(memory.get());
  return ReadFile("/proc/self/fd/" + std::to_string(memory.get()));
}

}  // namespace sagebrush::runtime
