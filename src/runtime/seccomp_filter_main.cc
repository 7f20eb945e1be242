// Compiles the filter of system calls into a source file for SeccompFilter (runtime/seccomp_filter.h), at build time:
// it takes libseccomp 12 ms, which every start of the server would wait for. usage: compile_seccomp_filter FILE
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

namespace sagebrush::runtime {
namespace {

// The kernel has no call, and no family of sockets, with a higher number, and will not have for long.
constexpr int kCallNumbers = 1024;
constexpr int kSocketFamilies = 128;

// What a program that computes, reads and writes files, and talks over sockets can want of the kernel. All else is
// refused: what this list does not know, also calls of later kernels, is what nobody has looked at.
constexpr const char* kAllowed[] = {
    // Files.
    "read",
    "write",
    "open",
    "close",
    "stat",
    "fstat",
    "lstat",
    "lseek",
    "pread64",
    "pwrite64",
    "readv",
    "writev",
    "access",
    "pipe",
    "dup",
    "dup2",
    "dup3",
    "sendfile",
    "fcntl",
    "flock",
    "fsync",
    "fdatasync",
    "truncate",
    "ftruncate",
    "getdents",
    "getdents64",
    "getcwd",
    "chdir",
    "fchdir",
    "rename",
    "renameat",
    "renameat2",
    "mkdir",
    "mkdirat",
    "rmdir",
    "creat",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "symlink",
    "symlinkat",
    "readlink",
    "readlinkat",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "umask",
    "utime",
    "utimes",
    "utimensat",
    "futimesat",
    "mknod",
    "mknodat",
    "statfs",
    "fstatfs",
    "sync",
    "syncfs",
    "readahead",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "getxattr",
    "lgetxattr",
    "fgetxattr",
    "listxattr",
    "llistxattr",
    "flistxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "setxattrat",
    "getxattrat",
    "listxattrat",
    "removexattrat",
    "openat",
    "openat2",
    "newfstatat",
    "fstatat64",
    "faccessat",
    "faccessat2",
    "statx",
    "fallocate",
    "fadvise64",
    "sync_file_range",
    "copy_file_range",
    "preadv",
    "pwritev",
    "preadv2",
    "pwritev2",
    "splice",
    "tee",
    "vmsplice",
    "pipe2",
    "close_range",
    "cachestat",
    "ioctl",
    // Waiting.
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "eventfd",
    "eventfd2",
    "signalfd",
    "signalfd4",
    "timerfd_create",
    "timerfd_settime",
    "timerfd_gettime",
    "inotify_init",
    "inotify_init1",
    "inotify_add_watch",
    "inotify_rm_watch",
    "io_setup",
    "io_destroy",
    "io_getevents",
    "io_pgetevents",
    "io_submit",
    "io_cancel",
    // Memory.
    "mmap",
    "mprotect",
    "munmap",
    "brk",
    "mremap",
    "msync",
    "mincore",
    "madvise",
    "mlock",
    "mlock2",
    "munlock",
    "mlockall",
    "munlockall",
    "memfd_create",
    "mbind",
    "set_mempolicy",
    "get_mempolicy",
    "set_mempolicy_home_node",
    "migrate_pages",
    "move_pages",
    "pkey_mprotect",
    "pkey_alloc",
    "pkey_free",
    "remap_file_pages",
    "membarrier",
    "map_shadow_stack",
    "mseal",
    // Processes and threads.
    "clone",
    "fork",
    "vfork",
    "execve",
    "execveat",
    "exit",
    "exit_group",
    "wait4",
    "waitid",
    "kill",
    "tkill",
    "tgkill",
    "getpid",
    "getppid",
    "gettid",
    "getpgid",
    "getpgrp",
    "setpgid",
    "getsid",
    "setsid",
    "getrlimit",
    "setrlimit",
    "prlimit64",
    "getrusage",
    "times",
    "uname",
    "sysinfo",
    "getpriority",
    "setpriority",
    "ioprio_get",
    "ioprio_set",
    "sched_yield",
    "sched_setparam",
    "sched_getparam",
    "sched_setscheduler",
    "sched_getscheduler",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_rr_get_interval",
    "sched_setaffinity",
    "sched_getaffinity",
    "sched_setattr",
    "sched_getattr",
    "getcpu",
    "prctl",
    "arch_prctl",
    "set_tid_address",
    "set_thread_area",
    "get_thread_area",
    "set_robust_list",
    "get_robust_list",
    "futex",
    "futex_waitv",
    "futex_wake",
    "futex_wait",
    "futex_requeue",
    "rseq",
    "restart_syscall",
    "pidfd_open",
    "pidfd_send_signal",
    "process_mrelease",
    "seccomp",
    "landlock_create_ruleset",
    "landlock_add_rule",
    "landlock_restrict_self",
    // Users. Without capabilities they change nothing.
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getgroups",
    "getresuid",
    "getresgid",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "setfsuid",
    "setfsgid",
    "capget",
    "capset",
    // Signals and time.
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigpending",
    "rt_sigtimedwait",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "rt_sigsuspend",
    "sigaltstack",
    "pause",
    "alarm",
    "getitimer",
    "setitimer",
    "nanosleep",
    "clock_nanosleep",
    "clock_gettime",
    "clock_getres",
    "gettimeofday",
    "time",
    "timer_create",
    "timer_settime",
    "timer_gettime",
    "timer_getoverrun",
    "timer_delete",
    "getrandom",
    // Sockets and messages.
    "socket",
    "socketpair",
    "connect",
    "accept",
    "accept4",
    "bind",
    "listen",
    "sendto",
    "recvfrom",
    "sendmsg",
    "recvmsg",
    "sendmmsg",
    "recvmmsg",
    "shutdown",
    "getsockname",
    "getpeername",
    "setsockopt",
    "getsockopt",
    "shmget",
    "shmat",
    "shmctl",
    "shmdt",
    "semget",
    "semop",
    "semtimedop",
    "semctl",
    "msgget",
    "msgsnd",
    "msgrcv",
    "msgctl",
    "mq_open",
    "mq_unlink",
    "mq_timedsend",
    "mq_timedreceive",
    "mq_notify",
    "mq_getsetattr",
};

// Known, and refused as a container refuses them, so that programs that try and do without go on. What is on no list is
// "not implemented", which C libraries take as a sign to use an older call.
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

// Negative: this machine or this libseccomp has no such call.
int Number(const char* name) { return ::seccomp_syscall_resolve_name(name); }

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ALLOW)) {
    if (context_ == nullptr) throw std::runtime_error("libseccomp is out of memory");
  }
  ~Filter() { ::seccomp_release(context_); }
  Filter(const Filter&) = delete;

  void Refuse(int call, int error) {
    Check(::seccomp_rule_add_array(context_, SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call, 0, nullptr),
          call);
  }
  void RefuseIf(const char* name, scmp_arg_cmp condition) {
    const int call = Number(name);
    if (call >= 0) Check(::seccomp_rule_add_array(context_, SCMP_ACT_ERRNO(EPERM), call, 1, &condition), call);
  }
  void Optimize() { ::seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2); }  // A search tree instead of a list.
  void Write(int fd) { Check(::seccomp_export_bpf(context_, fd), -1); }

 private:
  static void Check(int result, int call) {
    if (result == 0) return;
    throw std::runtime_error("libseccomp fails at call " + std::to_string(call) + " with " + std::to_string(result));
  }

  scmp_filter_ctx context_;
};

scmp_arg_cmp HasFlag(unsigned argument, std::uint64_t flag) { return {argument, SCMP_CMP_MASKED_EQ, flag, flag}; }
// The kernel looks at the lower half of these arguments only, so a filter must as well.
scmp_arg_cmp EqualsInt(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, 0xffffffff, value};
}

// A BPF program in the form that seccomp(2) takes.
std::string MakeFilter() {
  std::map<int, int> errors;
  for (int call = 0; call < kCallNumbers; ++call) errors[call] = ENOSYS;
  for (const char* name : kRefused) errors[Number(name)] = EPERM;
  // Its flags are in memory, which a filter cannot see. C libraries fall back to clone.
  errors[Number("clone3")] = ENOSYS;
  for (const char* name : kAllowed) errors.erase(Number(name));
  Filter filter;
  filter.Optimize();
  for (const auto& [call, error] : errors) {
    if (call >= 0) filter.Refuse(call, error);
  }
  for (const std::uint64_t flag :
       {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP}) {
    filter.RefuseIf("clone", HasFlag(0, flag));
  }
  // Typing into the terminal that the server was started from.
  for (const std::uint64_t request : {TIOCSTI, TIOCLINUX}) filter.RefuseIf("ioctl", EqualsInt(1, request));
  for (int family = 0; family < kSocketFamilies; ++family) {
    const bool allowed = family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
    if (!allowed) filter.RefuseIf("socket", EqualsInt(0, static_cast<std::uint64_t>(family)));
  }
  std::FILE* const file = std::tmpfile();
  if (file == nullptr) throw std::runtime_error("no temporary file can be made");
  filter.Write(::fileno(file));
  std::rewind(file);
  std::string program;
  for (int byte = std::fgetc(file); byte != EOF; byte = std::fgetc(file)) program.push_back(static_cast<char>(byte));
  std::fclose(file);
  return program;
}

void WriteSource(const char* path) {
  const std::string program = MakeFilter();
  std::ofstream out(path);
  out << R"(#include "runtime/seccomp_filter.h"

namespace sagebrush::runtime {

std::string_view SeccompFilter() {
  static constexpr unsigned char kProgram[] = {)";
  for (const char byte : program) out << static_cast<int>(static_cast<unsigned char>(byte)) << ",";
  out << R"(};
  return {reinterpret_cast<const char*>(kProgram), sizeof kProgram};
}

}  // namespace sagebrush::runtime
)";
  if (!out.flush()) throw std::runtime_error(std::string("cannot write ") + path);
}

}  // namespace
}  // namespace sagebrush::runtime

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: compile_seccomp_filter FILE");
    sagebrush::runtime::WriteSource(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Cannot make the seccomp filter: %s\n", error.what());
    return 1;
  }
}
