#include "algorithms/termination.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"

namespace sagebrush::algorithms {
namespace {

sigset_t TerminationSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

TerminationSignal::TerminationSignal() : end_(::eventfd(0, EFD_CLOEXEC)) {
  if (!end_.valid()) ThrowSystemError("Cannot make an event");
  const sigset_t set = TerminationSignals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { Wait(); });
}

TerminationSignal::~TerminationSignal() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(end_.get(), &one, sizeof one);
  thread_.join();
}

void TerminationSignal::Wait() {
  const sigset_t set = TerminationSignals();
  const FileDescriptor signals(::signalfd(-1, &set, SFD_CLOEXEC));
  pollfd watched[] = {{signals.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
  for (;;) {
    if (::poll(watched, 2, -1) < 0) continue;
    if (watched[1].revents != 0) return;
    if (watched[0].revents == 0) continue;
    signalfd_siginfo info{};
    if (::read(signals.get(), &info, sizeof info) != sizeof info) continue;
    if (source_.stop_requested()) ::_exit(128 + static_cast<int>(info.ssi_signo));
    source_.request_stop();
  }
}

}  // namespace sagebrush::algorithms
