#include <sys/epoll.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "runtime/gang_network.h"
#include "runtime/packet.h"
#include "runtime/supervisor.h"

namespace sagebrush::runtime {
namespace {

constexpr std::int64_t kAskAgainMillisecondsMin = 5;
constexpr std::int64_t kAskAgainMillisecondsMax = 250;

// Nobody tells when another supervisor has come so far. All are started together, unless the server was killed amid
// that: then they wait for the next, which may be long.
std::int64_t NextTime(std::int64_t now, std::int64_t since) {
  return now + std::clamp((now - since) / 8, kAskAgainMillisecondsMin, kAskAgainMillisecondsMax);
}

}  // namespace

void Supervisor::AwaitGang() {
  awaits_gang_ = true;
  asked_since_ = SteadyNow();
  if (spec_.gang->host > 0) {
    AskForNetwork();
    return;
  }
  GangNetwork network = MakeGangNetwork(spec_.gang->ids.size());
  hub_ = std::move(network.hub);
  hosts_ = std::move(network.hosts);
  network_ = std::move(hosts_.front());
  for (std::size_t host = 1; host < hosts_.size(); ++host) missing_.insert(host);
  LookForOthers();
}

// One that ended before it asked is not waited for.
void Supervisor::LookForOthers() {
  std::erase_if(missing_, [&](std::size_t host) {
    const auto state = WorkloadFiles(files_.directory().parent_path() / spec_.gang->ids[host]).ReadState();
    return state && !state->running;
  });
  ask_at_ = NextTime(SteadyNow(), asked_since_);
  if (missing_.empty()) LaunchInGang();
}

void Supervisor::GiveNetwork(int fd, std::size_t host) {
  if (host >= hosts_.size() || !hosts_[host].valid()) return;
  SendPacket(fd, "host", hosts_[host].get());
  SendPacket(fd, "hub", hub_.get());
  missing_.erase(host);
  if (missing_.empty() && awaits_gang_) LaunchInGang();
}

void Supervisor::LaunchInGang() {
  awaits_gang_ = false;
  ask_at_ = INT64_MAX;
  Launch();
}

void Supervisor::ThrowNoNetwork(const std::string& why) const {
  throw Error(kInternalFailure, fmt::format("{} has no network: {}", GangHostName(spec_.gang->host), why));
}

void Supervisor::AskForNetwork() {
  ask_at_ = INT64_MAX;
  const WorkloadFiles first(files_.directory().parent_path() / spec_.gang->ids.front());
  first_host_ = ConnectToControl(first.directory());
  if (first_host_.valid() && SendPacket(first_host_.get(), fmt::format("network {}", spec_.gang->host))) {
    loop_.Watch(first_host_.get(), EPOLLIN, [this](std::uint32_t) { Attempt([this] { OnNetwork(); }); });
    return;
  }
  const auto state = first.ReadState();
  if (state && !state->running) ThrowNoNetwork("the gang's first host has ended already. " + state->message);
  ask_at_ = NextTime(SteadyNow(), asked_since_);
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
    ask_at_ = NextTime(SteadyNow(), asked_since_);  // It has ended: how, its state tells.
    return;
  }
  hub_ = std::move(packet.fd);
  if (!network_.valid() || !hub_.valid()) ThrowNoNetwork("the gang's first host did not give it.");
  LaunchInGang();
}

}  // namespace sagebrush::runtime
