#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

#include "base/error.h"
#include "runtime/gang_network.h"
#include "runtime/process_runtime_fixture.h"

namespace sagebrush::runtime {
namespace {

// An address of this machine other than a loopback's; empty: it has none.
std::string OwnAddress() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return "";
  std::string found;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET || (each->ifa_flags & IFF_LOOPBACK)) continue;
    char text[INET_ADDRSTRLEN];
    found = ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr, text, sizeof text);
  }
  ::freeifaddrs(all);
  return found;
}

// Listens at every address of this machine.
class Everywhere {
 public:
  Everywhere() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET};
    ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(socket_.get(), 8);
    socklen_t size = sizeof address;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  int port() const { return port_; }
  // The first who connects; invalid: nobody came.
  FileDescriptor Accept() const {
    pollfd ready{socket_.get(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(kPatience.count())) != 1) return {};
    return FileDescriptor(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  FileDescriptor socket_;
  int port_ = 0;
};

class GangTest : public ProcessRuntimeTest {
 protected:
  void SetUp() override {
    ProcessRuntimeTest::SetUp();
    if (runtime_ && !WhatPreventsGangs().empty()) GTEST_SKIP() << WhatPreventsGangs();
  }

  Path LogOf(const std::string& id) const { return directory_.path() / (id + " log"); }
  std::string LogTextOf(const std::string& id) const {
    std::string text;
    if (std::filesystem::exists(LogOf(id))) {
      ReadLines(LogOf(id), 0, [&](const LogLine& line) { return text += line.message + "\n", true; });
    }
    return text;
  }
  // Each with a directory of its own.
  std::pair<std::string, WorkloadSpec> Host(const std::string& id, const std::string& script) {
    WorkloadSpec spec = Shell(script);
    spec.log_file = LogOf(id);
    std::filesystem::create_directories(directory_.path() / id);
    spec.mounts = {{directory_.path() / id, "/opt/ml", false}};
    return {id, spec};
  }
  static std::string Python(const std::string& program) { return "exec python3 -c '" + program + "'"; }
  // Answers on port 9000 with what it is told and its own name.
  static std::string Echo() {
    return Python(
        "import socket\ns = socket.create_server((\"0.0.0.0\", 9000))\nprint(\"ready\", flush=True)\n"
        "while True:\n  c, who = s.accept()\n"
        "  c.sendall((socket.gethostname() + \" hears \" + c.recv(99).decode() + \" from \" + who[0]).encode())\n"
        "  c.close()");
  }
  // Tells the others, whose servers may come later than this.
  static std::string Ask(const std::string& host) {
    return "import socket, time\n"
           "def ask(host):\n  while True:\n    try:\n      s = socket.create_connection((host, 9000), 20)\n"
           "      s.sendall(socket.gethostname().encode())\n      return s.recv(99).decode()\n"
           "    except ConnectionRefusedError: time.sleep(0.01)\n"
           "print(ask(\"" +
           host + "\"), flush=True)\n";
  }
};

TEST_F(GangTest, ItsHostsReachEachOtherByName) {
  (*runtime_)->StartGang({Host("a", Echo()), Host("b", Python(Ask("algo-1") + Ask("algo-3"))), Host("c", Echo())});
  EXPECT_EQ(runtime_->WaitForEnd("b").exit_code, 0) << LogTextOf("b");
  EXPECT_EQ(LogTextOf("b"), "algo-1 hears algo-2 from 198.18.0.2\nalgo-3 hears algo-2 from 198.18.0.2\n");
  EXPECT_TRUE((*runtime_)->Inspect("a")->running);
}

TEST_F(GangTest, EachHostHasItsNameAndOneInterface) {
  const std::string script =
      "hostname; getent ahostsv4 $(hostname) | cut -d\" \" -f1 | sort -u; tail -n +3 /proc/net/dev | cut -d: -f1 | "
      "tr -d \" \" | sort | tr \"\\n\" \" \"; echo; stat -c %a /etc/hosts; echo x 2>/dev/null >> /etc/hosts || echo "
      "kept";
  (*runtime_)->StartGang({Host("a", script), Host("b", script)});
  runtime_->WaitForEnd("a");
  runtime_->WaitForEnd("b");
  EXPECT_EQ(LogTextOf("a"), "algo-1\n198.18.0.1\neth0 lo \n444\nkept\n");
  EXPECT_EQ(LogTextOf("b"), "algo-2\n198.18.0.2\neth0 lo \n444\nkept\n");
}

TEST_F(GangTest, EachHostHasItsOwnEnd) {
  (*runtime_)->StartGang({Host("a", "exit 3"), Host("b", "sleep 1000"), Host("c", "exit 0")});
  EXPECT_EQ(runtime_->WaitForEnd("a").exit_code, 3);
  EXPECT_EQ(runtime_->WaitForEnd("c").exit_code, 0);
  EXPECT_TRUE((*runtime_)->Inspect("b")->running);
  (*runtime_)->Stop("b", Seconds(10));
  EXPECT_EQ(runtime_->WaitForEnd("b").reason, ExitReason::kStopped);
}

// The first host's supervisor made the network.
TEST_F(GangTest, TheNetworkStaysWhenItsFirstHostEnds) {
  const auto waiting = Host("b", "read line < /opt/ml/gate; " + Python(Ask("algo-3")));
  ::mkfifo((directory_.path() / "b" / "gate").c_str(), 0600);
  (*runtime_)->StartGang({Host("a", "exit 0"), waiting, Host("c", Echo())});
  runtime_->WaitForEnd("a");
  runtime_->WaitUntilRunning("b");
  runtime_->WaitUntilRunning("c");
  (*runtime_)->Remove("a");
  std::ofstream(directory_.path() / "b" / "gate") << "go\n";
  EXPECT_EQ(runtime_->WaitForEnd("b").exit_code, 0) << LogTextOf("b");
  EXPECT_EQ(LogTextOf("b"), "algo-3 hears algo-2 from 198.18.0.2\n");
}

TEST_F(GangTest, AnotherServerTakesOverAGangAndStartsTheRestOfIt) {
  (*runtime_)->StartGang({Host("a", Echo()), Host("b", Echo()), Host("c", Python(Ask("algo-1")))});
  runtime_->WaitForEnd("c");
  const WorkloadSpec spec = WorkloadFiles(data_ / "workloads" / "c").ReadSpec().value();
  (*runtime_)->Remove("c");
  runtime_.reset();
  // As of a server that was killed after it had recorded all, and had begun two.
  const WorkloadFiles files(data_ / "workloads" / "c");
  std::filesystem::create_directories(files.directory());
  files.WriteSpec(spec);
  runtime_.emplace(data_);
  EXPECT_EQ(runtime_->WaitForEnd("c").exit_code, 0) << LogTextOf("c");
  EXPECT_EQ(LogTextOf("c"), "algo-1 hears algo-3 from 198.18.0.3\nalgo-1 hears algo-3 from 198.18.0.3\n");
  EXPECT_TRUE((*runtime_)->Inspect("a")->running);
}

TEST_F(GangTest, AHostThatComesAfterTheFirstHasEndedSaysSo) {
  (*runtime_)->StartGang({Host("a", "exit 0"), Host("b", "sleep 1000")});
  runtime_->WaitForEnd("a");
  const WorkloadSpec spec = WorkloadFiles(data_ / "workloads" / "b").ReadSpec().value();
  (*runtime_)->Remove("b");
  runtime_.reset();
  const WorkloadFiles files(data_ / "workloads" / "b");
  std::filesystem::create_directories(files.directory());
  files.WriteSpec(spec);
  runtime_.emplace(data_);
  const WorkloadState state = runtime_->WaitForEnd("b");
  EXPECT_EQ(state.reason, ExitReason::kStartFailed);
  EXPECT_NE(state.message.find("algo-2 has no network: the gang's first host has ended already"), std::string::npos)
      << state.message;
}

TEST_F(GangTest, StopsAHostThatStillWaitsForTheNetwork) {
  WorkloadSpec spec = Host("b", "echo ran").second;
  spec.gang = GangPlace{{"a", "b"}, 1};
  runtime_.reset();
  const WorkloadFiles files(data_ / "workloads" / "b");
  std::filesystem::create_directories(files.directory());
  files.WriteSpec(spec);
  runtime_.emplace(data_);
  (*runtime_)->Stop("b", Seconds(100));
  EXPECT_EQ(runtime_->WaitForEnd("b").reason, ExitReason::kStopped);
  EXPECT_EQ(LogTextOf("b"), "");
}

TEST_F(GangTest, RunsAllOfItOrNothing) {
  auto impossible = Host("b", "true");
  // Its record cannot be written.
  std::filesystem::create_directories(data_ / "workloads");
  std::ofstream(data_ / "workloads" / "b") << "in the way";
  EXPECT_THROW((*runtime_)->StartGang({Host("a", "echo ran"), impossible}), Error);
  EXPECT_TRUE((*runtime_)->List().empty());
  EXPECT_FALSE(std::filesystem::exists(data_ / "workloads" / "a"));
  EXPECT_EQ(LogTextOf("a"), "");
  std::filesystem::remove(data_ / "workloads" / "b");
  std::vector<std::pair<std::string, WorkloadSpec>> many(kGangHostsMax + 1, Host("a", "true"));
  for (std::size_t i = 0; i < many.size(); ++i) many[i].first = "host" + std::to_string(i);
  EXPECT_THROW((*runtime_)->StartGang(many), Error);
  EXPECT_TRUE((*runtime_)->List().empty());
}

TEST_F(GangTest, EachHostReachesTheApi) {
  const Everywhere api;
  for (const std::string& address : {std::string("127.0.0.1"), OwnAddress()}) {
    if (address.empty()) continue;
    auto host = Host("b", Python("import socket\ns = socket.create_connection((\"127.0.0.1\", " +
                                 std::to_string(api.port()) + "))\nprint(s.recv(99).decode())"));
    host.second.network = true;
    host.second.api_address = address + ":" + std::to_string(api.port());
    (*runtime_)->StartGang({Host("a", "sleep 1000"), host});
    WriteAll(api.Accept().get(), "hello at " + address);
    EXPECT_EQ(runtime_->WaitForEnd("b").exit_code, 0) << LogTextOf("b");
    EXPECT_NE(LogTextOf("b").find("hello at " + address), std::string::npos) << LogTextOf("b");
    for (const char* id : {"a", "b"}) (*runtime_)->Remove(id);
  }
}

// A socket that is bound to an interface needs no route: it finds whoever answers on that network for an address.
TEST_F(GangTest, ReachesNothingOfThisMachine) {
  const Everywhere server;
  const std::string program =
      "import socket\n"
      "for address in \"127.0.0.1\", \"" +
      (OwnAddress().empty() ? "198.18.0.254" : OwnAddress()) +
      "\", \"198.18.0.254\":\n"
      "  for interface in \"\", \"eth0\", \"lo\":\n"
      "    s = socket.socket(); s.settimeout(0.3)\n"
      "    if interface: s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())\n"
      "    try: s.connect((address, " +
      std::to_string(server.port()) +
      ")); print(\"reached\", address, interface)\n"
      "    except OSError: pass\nprint(\"tried\")";
  (*runtime_)->StartGang({Host("a", Python(program)), Host("b", "sleep 1000")});
  runtime_->WaitForEnd("a");
  EXPECT_EQ(LogTextOf("a"), "tried\n");
}

// Both have the same addresses.
TEST_F(GangTest, ReachesNoOtherGang) {
  (*runtime_)->StartGang({Host("a", "sleep 1000"), Host("b", "sleep 1000"), Host("c", Echo())});
  ASSERT_TRUE(Eventually([&] { return LogTextOf("c") == "ready\n"; }));
  const std::string program =
      "import socket\n"
      "for bound in False, True:\n"
      "  s = socket.socket(); s.settimeout(0.3)\n"
      "  if bound: s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b\"eth0\")\n"
      "  try: s.connect((\"198.18.0.3\", 9000)); print(\"reached\")\n"
      "  except OSError: pass\n"
      "try: print(socket.gethostbyname(\"algo-3\"))\n"
      "except OSError: print(\"no such name\")";
  (*runtime_)->StartGang({Host("d", Python(program)), Host("e", "sleep 1000")});
  runtime_->WaitForEnd("d");
  EXPECT_EQ(LogTextOf("d"), "no such name\n");
}

// Neither its addresses nor those that its packets come from can a host choose.
TEST_F(GangTest, NoHostSpeaksAsAnother) {
  const std::string program =
      "import errno, fcntl, socket, struct\n"
      "def refused(name, call):\n"
      "  try: call(); print(name, \"done\")\n"
      "  except OSError as error: print(name, errno.errorcode[error.errno])\n"
      "request = struct.pack(\"16sH2s4s8s\", b\"eth0\", socket.AF_INET, b\"\", socket.inet_aton(\"198.18.0.2\"), "
      "b\"\")\n"
      "plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
      "refused(\"address\", lambda: fcntl.ioctl(plain, 0x8916, request))\n"
      "refused(\"hardware address\", lambda: fcntl.ioctl(plain, 0x8924, request))\n"
      "refused(\"bind\", lambda: plain.bind((\"198.18.0.2\", 0)))\n"
      "def freely():\n"
      "  s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
      "  s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b\"eth0\")\n"
      "  s.setsockopt(socket.SOL_IP, 15, 1); s.bind((\"198.18.0.2\", 0)); s.sendto(b\"x\", (\"198.18.0.3\", 9))\n"
      "refused(\"send\", freely)\n"
      "refused(\"transparent\", lambda: plain.setsockopt(socket.SOL_IP, 19, 1))\n"
      "refused(\"raw\", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 255))\n"
      "refused(\"packet\", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 8))\n"
      "refused(\"hosts\", lambda: open(\"/etc/hosts\", \"a\"))";
  (*runtime_)->StartGang({Host("a", Python(program)), Host("b", "sleep 1000"), Host("c", "sleep 1000")});
  runtime_->WaitForEnd("a");
  EXPECT_EQ(
      LogTextOf("a"),
      "address EPERM\nhardware address EPERM\nbind EADDRNOTAVAIL\nsend ENETUNREACH\ntransparent EPERM\nraw EPERM\n"
      "packet EPERM\nhosts EACCES\n");
}

TEST_F(GangTest, LeavesNoInterfaceBehind) {
  const auto interfaces = [] {
    std::string names;
    for (const auto& each : std::filesystem::directory_iterator("/sys/class/net")) names += each.path().filename();
    return names;
  };
  const std::string before = interfaces();
  (*runtime_)->StartGang({Host("a", "sleep 1000"), Host("b", "sleep 1000")});
  runtime_->WaitUntilRunning("a");
  runtime_->WaitUntilRunning("b");
  EXPECT_EQ(interfaces(), before);  // Nor is there one while it runs.
}

// In a child, as it cannot be undone: a host's namespace while the hub goes.
TEST(GangNetwork, IsGoneWithItsLastDescriptor) {
  if (!WhatPreventsGangs().empty()) GTEST_SKIP() << WhatPreventsGangs();
  GangNetwork network = MakeGangNetwork(2);
  EXPECT_EQ(network.hosts.size(), 2u);
  const pid_t child = ::fork();
  if (child == 0) {
    EnterGangNetwork(network.hosts.front().get());
    const bool was_there = ::if_nametoindex(kGangInterface) != 0;
    network.hub.Close();
    ::_exit(was_there && Eventually([] { return ::if_nametoindex(kGangInterface) == 0; }) ? 0 : 1);
  }
  network.hub.Close();
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(GangNetwork, NamesAllHosts) {
  EXPECT_EQ(GangHostsFile(2), "127.0.0.1\tlocalhost\n::1\tlocalhost\n198.18.0.1\talgo-1\n198.18.0.2\talgo-2\n");
}

}  // namespace
}  // namespace sagebrush::runtime
