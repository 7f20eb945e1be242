#include "sagemaker/hosting/health_check.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>

namespace sagebrush::sagemaker {
namespace {

constexpr std::chrono::milliseconds kAnswerTimeMax{2000};
constexpr std::string_view kRequest = "GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr std::string_view kHealthy = "HTTP/1.1 200";

}  // namespace

bool AnswersPing(runtime::Runtime& runtime, const std::string& workload) {
  const auto socket = runtime.Connect(workload);
  if (!socket) return false;
  if (::send(socket->get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kRequest.size())) {
    return false;
  }
  const auto until = std::chrono::steady_clock::now() + kAnswerTimeMax;
  std::string answer;
  std::array<char, 512> buffer{};
  while (answer.size() < kHealthy.size()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd event{socket->get(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&event, 1, static_cast<int>(left.count())) <= 0) return false;
    const ssize_t n = ::recv(socket->get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n <= 0) return false;
    answer.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return answer.starts_with(kHealthy);
}

}  // namespace sagebrush::sagemaker
