// links: gateway GTest::gtest
// The bytes of one client's connection to the gateway, in pieces: whatever comes, the gateway ends the connection once
// the client has ended its side, and answers with whole replies.
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "gateway/fake_responder.h"
#include "gateway/gateway.h"
#include "gateway/test_client.h"

namespace {
using namespace sagebrush;

// Runs for as long as the process.
const std::string& Address() {
  static const SystemClock clock;
  static gateway::Gateway& gateway = *[] {
    gateway::Options options;
    options.threads = 1;
    options.proxy = false;  // No connections of the fuzzer's choice.
    options.head_bytes_max = 2048;
    options.body_bytes_max = 4096;
    auto* started = new gateway::Gateway(options, std::make_unique<gateway::FakeResponder>(), clock);
    started->Start();
    return started;
  }();
  return gateway.Address();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0] * 8;
  gateway::TestClient client(Address());
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    if (!client.Send(bytes.substr(0, piece))) break;
  }
  client.CloseWrite();
  const std::string replies = client.ReceiveAll();
  if (!replies.empty() && !replies.starts_with("HTTP/1.1 ")) __builtin_trap();
  return 0;
}
