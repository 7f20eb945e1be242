#include <sys/epoll.h>

#include <fmt/format.h>

#include "base/error.h"
#include "runtime/gang_network.h"
#include "runtime/packet.h"
#include "runtime/supervisor.h"

namespace sagebrush::runtime {
namespace {

constexpr std::int64_t kAskAgainMilliseconds = 5;

}  // namespace

void Supervisor::MakeNetwork() {
  GangNetwork network = MakeGangNetwork(spec_.gang->ids.size());
  hub_ = std::move(network.hub);
  hosts_ = std::move(network.hosts);
  network_ = std::move(hosts_.front());
}

void Supervisor::GiveNetwork(int fd, std::size_t host) const {
  if (host >= hosts_.size() || !hosts_[host].valid()) return;
  SendPacket(fd, "host", hosts_[host].get());
  SendPacket(fd, "hub", hub_.get());
}

void Supervisor::ThrowNoNetwork(const std::string& why) const {
  throw Error(kInternalFailure, fmt::format("{} has no network: {}", GangHostName(spec_.gang->host), why));
}

// Nobody tells when the first host's supervisor has come so far that it can be asked.
void Supervisor::AskForNetwork() {
  const std::int64_t now = SteadyNow();
  ask_at_ = INT64_MAX;
  const WorkloadFiles first(files_.directory().parent_path() / spec_.gang->ids.front());
  first_host_ = ConnectToControl(first.directory());
  if (first_host_.valid() && SendPacket(first_host_.get(), fmt::format("network {}", spec_.gang->host))) {
    loop_.Watch(first_host_.get(), EPOLLIN, [this](std::uint32_t) { Attempt([this] { OnNetwork(); }); });
    return;
  }
  const auto state = first.ReadState();
  if (state && !state->running) ThrowNoNetwork("the gang's first host has ended already: " + state->message);
  if (now > ask_deadline_) ThrowNoNetwork("the gang's first host was not started.");
  ask_at_ = now + kAskAgainMilliseconds;
}

void Supervisor::OnNetwork() {
  Packet packet;
  const ReceiveStatus status = ReceivePacket(first_host_.get(), packet);
  if (status == ReceiveStatus::kNothing) return;
  if (packet.text == "host") {
    network_ = std::move(packet.fd);
    return;
  }
  loop_.Forget(first_host_.get());
  first_host_.Close();
  if (status == ReceiveStatus::kClosed) {
    ask_at_ = SteadyNow() + kAskAgainMilliseconds;  // It has ended: how, its state tells.
    return;
  }
  hub_ = std::move(packet.fd);
  if (!network_.valid() || !hub_.valid()) ThrowNoNetwork("the gang's first host did not give it.");
  Launch();
}

}  // namespace sagebrush::runtime
