#include "sagemaker/hosting/health_check.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "inference/model_port.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::chrono::milliseconds kAnswerTimeMax{2000};
constexpr std::chrono::milliseconds kPatienceAtStart{250};
constexpr int kSliceMilliseconds = 100;  // So often `stop` is looked at.
constexpr std::string_view kRequest = "GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr std::string_view kHealthy = "HTTP/1.1 200";

enum class Answer { kHealthy, kOther, kNone };

Answer Ping(runtime::Runtime& runtime, const std::string& workload, std::chrono::milliseconds time_max,
            const std::stop_token& stop) {
  const auto socket = runtime.Connect(workload, inference::kModelPort);
  if (!socket) return Answer::kOther;
  if (::send(socket->get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kRequest.size())) {
    return Answer::kOther;
  }
  const auto until = std::chrono::steady_clock::now() + time_max;
  std::string answer;
  std::array<char, 512> buffer{};
  while (answer.size() < kHealthy.size()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || stop.stop_requested()) return Answer::kNone;
    pollfd event{socket->get(), POLLIN, 0};
    if (::poll(&event, 1, static_cast<int>(std::min<std::int64_t>(left.count(), kSliceMilliseconds))) <= 0) continue;
    const ssize_t n = ::recv(socket->get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n <= 0) return Answer::kOther;
    answer.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return answer.starts_with(kHealthy) ? Answer::kHealthy : Answer::kOther;
}

}  // namespace

bool AnswersPing(runtime::Runtime& runtime, const std::string& workload, std::stop_token stop) {
  return Ping(runtime, workload, kAnswerTimeMax, stop) == Answer::kHealthy;
}

bool TakesConnections(runtime::Runtime& runtime, const std::string& workload) {
  return Ping(runtime, workload, kPatienceAtStart, {}) != Answer::kOther;
}

}  // namespace sagebrush::sagemaker
