#include "runtime/sandbox.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <fstream>

#include "runtime/process_runtime_fixture.h"

namespace sagebrush::runtime {
namespace {

using SandboxTest = ProcessRuntimeTest;

TEST_F(SandboxTest, SeesNothingOfTheHostButWhatItWasGiven) {
  std::ofstream(directory_.path() / "secret") << "secret";
  const std::string hidden = directory_.path().string();
  Run(Shell(
      "ls -A /root /home /work /var/log " + hidden +
      " 2>/dev/null | grep -v ^$; ls /proc | grep -c '^[0-9]'; hostname; "
      "cat /etc/shadow 2>/dev/null; id -u; echo x 2>/dev/null > /usr/x; echo x 2>/dev/null > /x; ls /opt/ml /opt"));
  const std::string log = Log();
  EXPECT_EQ(log.find("secret"), std::string::npos) << log;
  EXPECT_EQ(log.find("root:"), std::string::npos) << log;
  EXPECT_TRUE(HasLine("algo-1")) << log;
  EXPECT_TRUE(HasLine(std::to_string(UserOfJob().value_or(kWorkloadUserInside)))) << log;
  EXPECT_FALSE(std::filesystem::exists("/usr/x"));
}

// The kernel counts and allows much by user: watches, pipes, locked memory, signals, files.
TEST_F(SandboxTest, EachWorkloadHasAUserOfItsOwnThatARestartKeeps) {
  if (!WorkloadUsers::OfThisMachine().any()) GTEST_SKIP() << "this user may not change users";
  const auto run = [this](const std::string& id) {
    (*runtime_)->Start(id, Shell("id -u; id -un; id -gn; id -G; sleep 1000"));
    EXPECT_TRUE(Eventually([&] { return Lines().size() >= 4; })) << Log();
    const auto lines = Lines();
    std::filesystem::remove(log_);
    EXPECT_EQ(lines[1], "sagebrush");
    EXPECT_EQ(lines[2], "sagebrush");
    EXPECT_EQ(lines[3], lines[0]);
    return lines[0];
  };
  const std::string one = run("one"), two = run("two");
  EXPECT_NE(one, two);
  EXPECT_GE(std::stoul(one), WorkloadUsers::kFirst);
  EXPECT_EQ(std::to_string(UserOf("one").value()), one);
  runtime_.reset();
  runtime_.emplace(data_);
  const std::string three = run("three");
  EXPECT_NE(three, one);
  EXPECT_NE(three, two);
}

TEST_F(SandboxTest, HasNoCapabilitiesAndCannotGetAny) {
  Run(Shell("grep -h ^Cap /proc/self/status /proc/1/status; grep NoNewPrivs /proc/self/status"));
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 11u) << Log();
  for (std::size_t i = 0; i < 10; ++i) EXPECT_TRUE(lines[i].ends_with(":\t0000000000000000")) << lines[i];
  EXPECT_EQ(lines[10], "NoNewPrivs:\t1");
}

// A setuid file that belonged to root on the host could be run by anybody there.
TEST_F(SandboxTest, NothingThatItMakesBelongsToRootOnTheHost) {
  ::mkdir((work_ / "given").c_str(), 0700);
  Run(Shell("cp /bin/true given/suid && chmod 6755 given/suid && ls -l given/suid && ./given/suid && echo ran"));
  EXPECT_TRUE(HasLine("ran")) << Log();
  struct stat status{};
  ASSERT_EQ(::stat((work_ / "given/suid").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, UserOfJob().value_or(::geteuid()));
  EXPECT_EQ(status.st_gid, UserOfJob().value_or(::getegid()));
}

TEST_F(SandboxTest, AFileWithAnotherNameOutsideIsNotHandedOver) {
  if (!WorkloadUsers::OfThisMachine().any()) GTEST_SKIP() << "all files are of one user";
  WriteFileDurably(directory_.path() / "kept", "kept", 0444);
  std::filesystem::create_hard_link(directory_.path() / "kept", work_ / "linked");
  Run(Shell("cat linked; echo; chmod 666 linked; echo changed > linked; rm -f linked && echo removed"));
  EXPECT_TRUE(HasLine("kept")) << Log();
  EXPECT_TRUE(HasLine("removed")) << Log();
  EXPECT_EQ(ReadFile(directory_.path() / "kept"), "kept");
}

TEST_F(SandboxTest, RefusesAMountOverItsOwnFiles) {
  for (const char* target : {"/proc/1/fd", "/sys", "/dev/shm", "/etc", "/run/sagebrush-init", "/opt/ml/../../etc"}) {
    WorkloadSpec spec = Shell("echo ran");
    spec.mounts.push_back({work_, target, false});
    const WorkloadState state = Run(spec);
    EXPECT_EQ(state.reason, ExitReason::kStartFailed) << target;
    EXPECT_NE(state.message.find(target), std::string::npos) << state.message;
    (*runtime_)->Remove("job");
  }
  EXPECT_TRUE(Lines().empty());
}

TEST_F(SandboxTest, MemoryFileSystemsHaveASize) {
  WorkloadSpec spec =
      Shell("for d in /tmp /dev/shm; do df -B1 --output=size $d | tail -1; done; echo x > /dev/x || echo refused");
  spec.memory_bytes_max = 64LL << 20;
  Run(spec);
  const auto lines = Lines();
  ASSERT_GE(lines.size(), 2u) << Log();
  EXPECT_LE(std::stoll(lines[0]), 32LL << 20);
  EXPECT_LE(std::stoll(lines[1]), 32LL << 20);
  EXPECT_TRUE(HasLine("refused")) << Log();
}

// What a way out of a sandbox begins with, one call a line: "-1 <errno>".
TEST_F(SandboxTest, TheFilterRefusesWhatAnEscapeBeginsWith) {
  const std::string script =
      "import ctypes, fcntl, os, pty, resource, socket\n"
      "libc = ctypes.CDLL(None, use_errno=True)\n"
      "def call(name, *arguments):\n"
      "  ctypes.set_errno(0)\n"
      "  result = libc.syscall(*arguments)\n"
      "  print(name, result, ctypes.get_errno())\n"
      "for name, number in dict(ptrace=101, process_vm_readv=310, perf_event_open=298, bpf=321, keyctl=250, "
      "add_key=248,\n"
      "    userfaultfd=323, io_uring_setup=425, mount=165, unshare=272, setns=308, open_by_handle_at=304, "
      "pidfd_getfd=438,\n"
      "    kexec_load=246, init_module=175, fanotify_init=300, memfd_secret=447, listmount=458, unknown=700).items():\n"
      "  call(name, number, 0, 0, 0, 0, 0)\n"
      "call('clone_newuser', 56, 0x10000011, 0, 0, 0, 0)\n"
      "call('clone3', 435, 0, 0)\n"
      "for name, family in dict(packet=17, alg=38, vsock=40, xdp=44, bluetooth=31).items():\n"
      "  call(name, 41, family, 2, 0)\n"
      "primary, secondary = pty.openpty()\n"
      "for request in (0x5412, 0x1_0000_5412, 0x541c):\n"
      "  call('ioctl', 16, secondary, request, ctypes.create_string_buffer(b'x'))\n"
      "print('core', resource.getrlimit(resource.RLIMIT_CORE))\n";
  WriteFileDurably(work_ / "try.py", script, 0644);
  Run(Shell("exec python3 try.py"));
  const std::vector<std::string> expected{"ptrace -1 1",
                                          "process_vm_readv -1 1",
                                          "perf_event_open -1 1",
                                          "bpf -1 1",
                                          "keyctl -1 1",
                                          "add_key -1 1",
                                          "userfaultfd -1 1",
                                          "io_uring_setup -1 1",
                                          "mount -1 1",
                                          "unshare -1 1",
                                          "setns -1 1",
                                          "open_by_handle_at -1 1",
                                          "pidfd_getfd -1 1",
                                          "kexec_load -1 1",
                                          "init_module -1 1",
                                          "fanotify_init -1 38",
                                          "memfd_secret -1 38",
                                          "listmount -1 38",
                                          "unknown -1 38",
                                          "clone_newuser -1 1",
                                          "clone3 -1 38",
                                          "packet -1 1",
                                          "alg -1 1",
                                          "vsock -1 1",
                                          "xdp -1 1",
                                          "bluetooth -1 1",
                                          "ioctl -1 1",
                                          "ioctl -1 1",
                                          "ioctl -1 1",
                                          "core (0, 0)"};
  EXPECT_EQ(Lines(), expected) << Log();
}

// Their names are of the network namespace, not of the file system.
TEST_F(SandboxTest, ReachesNoAbstractSocketOfTheHost) {
  const std::string name = "sagebrush-test-" + std::to_string(::getpid());
  const FileDescriptor host(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  ASSERT_EQ(::bind(host.get(), reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
            0);
  ASSERT_EQ(::listen(host.get(), 1), 0);
  Run(Shell("exec python3 -c 'import socket\nsocket.socket(socket.AF_UNIX).connect(\"\\0" + name + "\")'"));
  EXPECT_NE(Log().find("Connection refused"), std::string::npos) << Log();
}

TEST_F(SandboxTest, SeesAndSignalsNoProcessOfAnother) {
  WorkloadSpec victim = Shell("trap 'echo hit > /opt/ml/hit' TERM; echo ready; sleep 1000");
  victim.log_file = directory_.path() / "other log";
  (*runtime_)->Start("victim", victim);
  runtime_->WaitUntilRunning("victim");
  Run(Shell("kill -TERM -1; kill -KILL 1; cat /proc/[0-9]*/cmdline | tr '\\0' ' '; ls /proc/1/root/ /proc/1/fd/ /sys"));
  EXPECT_EQ(Log().find("sleep"), std::string::npos) << Log();
  EXPECT_EQ(Log().find("sagebrush-supervisor run"), std::string::npos) << Log();
  EXPECT_NE(Log().find("/proc/1/root/': Permission denied"), std::string::npos) << Log();
  EXPECT_NE(Log().find("/proc/1/fd/': Permission denied"), std::string::npos) << Log();
  EXPECT_TRUE((*runtime_)->Inspect("victim")->running);
  EXPECT_FALSE(std::filesystem::exists(work_ / "hit"));
  (*runtime_)->Remove("victim");
}

TEST_F(SandboxTest, MayNotDoWhatTheFilterRefuses) {
  Run(
      Shell("unshare -U true 2>&1; unshare -n true 2>&1; mount -t tmpfs x /tmp 2>&1; python3 -c 'import ctypes\n"
            "libc = ctypes.CDLL(None, use_errno=True)\n"
            "for call in (101, 298, 321, 250):\n  print(libc.syscall(call, 0, 0, 0, 0, 0), ctypes.get_errno())'"));
  const std::string log = Log();
  EXPECT_NE(log.find("unshare: unshare failed: Operation not permitted"), std::string::npos) << log;
  const auto lines = Lines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "-1 1"), 4) << log;  // ptrace, perf_event_open, bpf, keyctl: EPERM
}

TEST_F(SandboxTest, WritesFilesThatTheServerReads) {
  ::mkdir((work_ / "in").c_str(), 0700);
  WriteFileDurably(work_ / "in" / "given", "given", 0600);
  Run(Shell("cat in/given; echo; echo out > made; chmod 600 made"));
  EXPECT_TRUE(HasLine("given")) << Log();
  EXPECT_EQ(ReadFile(work_ / "made"), "out\n");
}

// The server makes its files for itself only; a workload sees those that it is given as its own.
TEST_F(SandboxTest, ReadsWhatItWasGivenWhateverItsMode) {
  ::mkdir((directory_.path() / "in").c_str(), 0700);
  WriteFileDurably(directory_.path() / "in/secret", "given", 0400);
  WorkloadSpec spec = Shell("cat /opt/ml/input/secret; echo; stat -c %u /opt/ml/input/secret; umask");
  ::mkdir((work_ / "input").c_str(), 0700);
  spec.mounts.push_back({directory_.path() / "in", "/opt/ml/input", true});
  const mode_t before = ::umask(0077);
  Run(spec);
  ::umask(before);
  EXPECT_TRUE(HasLine("given")) << Log();
  EXPECT_TRUE(HasLine("0022")) << Log();
  struct stat status{};
  ::stat((directory_.path() / "in/secret").c_str(), &status);
  EXPECT_EQ(status.st_uid, ::geteuid());
}

TEST_F(SandboxTest, CannotWriteToAReadOnlyMount) {
  WorkloadSpec spec = Shell("echo x > /opt/ml/in/file || echo refused");
  ::mkdir((directory_.path() / "in").c_str(), 0700);
  spec.mounts.push_back({directory_.path() / "in", "/opt/ml/in", true});
  Run(spec);
  EXPECT_TRUE(HasLine("refused")) << Log();
}

TEST_F(SandboxTest, GivesTheWorkloadItsEnvironmentAndNothingOfTheServers) {
  ::setenv("SERVER_SECRET", "server-secret", 1);
  WorkloadSpec spec = Shell("env");
  spec.environment = {{"GIVEN", "with = and\nnewline"}, {"LD_PRELOAD_NOT", "x"}};
  Run(spec);
  EXPECT_TRUE(HasLine("GIVEN=with = and")) << Log();
  EXPECT_TRUE(HasLine("OMP_NUM_THREADS=2")) << Log();
  EXPECT_EQ(Log().find("server-secret"), std::string::npos) << Log();
}

// A server on this machine's loopback that answers every connection with one byte.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(socket_.get(), 8);
    socklen_t size = sizeof address;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (;;) {
        const FileDescriptor peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!peer.valid()) return;
        char buffer[64];
        const ssize_t n = ::read(peer.get(), buffer, sizeof buffer);
        if (n > 0) WriteAll(peer.get(), "echo " + std::string(buffer, static_cast<std::size_t>(n)));
      }
    });
  }
  ~Listener() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }

 private:
  FileDescriptor socket_;
  int port_ = 0;
  std::thread thread_;
};

std::string Client(int port) {
  return "exec python3 -c 'import socket\ns = socket.create_connection((\"127.0.0.1\", " + std::to_string(port) +
         "))\ns.sendall(b\"hello\")\nprint(s.recv(99).decode())'";
}

TEST_F(SandboxTest, ReachesTheApiAtItsOwnAddress) {
  const Listener api;
  WorkloadSpec spec = Shell(Client(api.port()));
  spec.network = true;
  spec.api_address = api.address();
  EXPECT_EQ(Run(spec).exit_code, 0) << Log();
  EXPECT_EQ(Lines(), std::vector<std::string>{"echo hello"});
}

TEST_F(SandboxTest, ReachesNothingWithoutNetwork) {
  const Listener other;
  EXPECT_NE(Run(Shell(Client(other.port()))).exit_code, 0);
  EXPECT_NE(Log().find("Connection refused"), std::string::npos) << Log();
}

TEST_F(SandboxTest, ConnectsToThePortInside) {
  (*runtime_)->Start("job", EchoServer(Shell("")));
  std::optional<FileDescriptor> socket;
  ASSERT_TRUE(Eventually([&] { return (socket = (*runtime_)->Connect("job", 8080)).has_value(); })) << Log();
  EXPECT_EQ(Ask(*socket, "hello"), "echo hello");
  (*runtime_)->Remove("job");
  EXPECT_FALSE((*runtime_)->Connect("job", 8080));
}

TEST_F(SandboxTest, TwoWorkloadsMayListenAtTheSamePort) {
  (*runtime_)->Start("one", EchoServer(Shell("")));
  (*runtime_)->Start("two", EchoServer(Shell("")));
  for (const char* id : {"one", "two"}) {
    std::optional<FileDescriptor> socket;
    ASSERT_TRUE(Eventually([&] { return (socket = (*runtime_)->Connect(id, 8080)).has_value(); })) << id;
    EXPECT_EQ(Ask(*socket, id), std::string("echo ") + id);
  }
  (*runtime_)->Remove("one");
  (*runtime_)->Remove("two");
}

}  // namespace
}  // namespace sagebrush::runtime
