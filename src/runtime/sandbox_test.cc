#include "runtime/sandbox.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

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
  const std::string user = std::to_string(::geteuid() == 0 ? kWorkloadUser : kWorkloadUserInside);
  EXPECT_TRUE(HasLine(user)) << log;
  EXPECT_FALSE(std::filesystem::exists("/usr/x"));
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

TEST_F(SandboxTest, WritesFilesThatBelongToTheServersUser) {
  ::mkdir((work_ / "in").c_str(), 0700);
  WriteFileDurably(work_ / "in" / "given", "given", 0600);
  Run(Shell("cat in/given; echo; echo out > made; chmod 600 made"));
  EXPECT_TRUE(HasLine("given")) << Log();
  EXPECT_EQ(ReadFile(work_ / "made"), "out\n");
  struct stat status{};
  ::stat((work_ / "made").c_str(), &status);
  EXPECT_EQ(status.st_uid, ::geteuid());
}

TEST_F(SandboxTest, CannotWriteToAReadOnlyMount) {
  WorkloadSpec spec = Shell("echo x > /opt/in/file || echo refused");
  ::mkdir((directory_.path() / "in").c_str(), 0700);
  spec.mounts.push_back({directory_.path() / "in", "/opt/in", true});
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
  ASSERT_TRUE(Eventually([&] { return (socket = (*runtime_)->Connect("job")).has_value(); })) << Log();
  EXPECT_EQ(Ask(*socket, "hello"), "echo hello");
  (*runtime_)->Remove("job");
  EXPECT_FALSE((*runtime_)->Connect("job"));
}

TEST_F(SandboxTest, TwoWorkloadsMayListenAtTheSamePort) {
  (*runtime_)->Start("one", EchoServer(Shell("")));
  (*runtime_)->Start("two", EchoServer(Shell("")));
  for (const char* id : {"one", "two"}) {
    std::optional<FileDescriptor> socket;
    ASSERT_TRUE(Eventually([&] { return (socket = (*runtime_)->Connect(id)).has_value(); })) << id;
    EXPECT_EQ(Ask(*socket, id), std::string("echo ") + id);
  }
  (*runtime_)->Remove("one");
  (*runtime_)->Remove("two");
}

}  // namespace
}  // namespace sagebrush::runtime
