#include "serving/serve.h"

#include <csignal>

#include <charconv>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "algorithms/registry.h"
#include "algorithms/threads.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "serving/http_server.h"
#include "serving/model_service.h"
#include "serving/reply_body.h"
#include "serving/request_rows.h"

namespace sagebrush::serving {
namespace {

constexpr std::size_t kMebibyte = 1024 * 1024;
constexpr std::size_t kBodyBytesMost = 100 * kMebibyte;  // Batch transform's greatest payload.

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// nullopt: not set.
std::optional<std::size_t> NumberVariable(const char* name, std::size_t most) {
  const std::string text = Variable(name);
  if (text.empty()) return std::nullopt;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) {
    throw Error(kValidation, fmt::format("The environment variable {} is \"{}\"; it must be a whole number up to {}.",
                                         name, text, most));
  }
  return value;
}

std::vector<std::string> SplitKeys(std::string_view text) {
  std::vector<std::string> keys;
  std::string key;
  for (const char c : text) {
    if (c == ',') {
      keys.push_back(std::exchange(key, ""));
    } else if (c != ' ') {
      key += Lower(c);
    }
  }
  if (!key.empty()) keys.push_back(key);
  return keys;
}

bool IsTrue(std::string_view text) { return text != "" && text != "0" && text != "false" && text != "False"; }

// Refuses what is not known now rather than in every request.
std::string CheckedAccept(const std::string& accept) {
  try {
    FormatOfAccept(accept, "");
  } catch (const RequestError& error) {
    throw Error(kValidation, fmt::format("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: {}", error.what()));
  }
  return accept;
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

ServeOptions ServeOptionsFromEnvironment() {
  ServeOptions options;
  if (const auto port = NumberVariable("SAGEMAKER_BIND_TO_PORT", 65535))
    options.port = static_cast<std::uint16_t>(*port);
  if (const auto bytes = NumberVariable("MAX_CONTENT_LENGTH", 1ULL << 40)) {
    options.body_bytes_max = std::min(*bytes, kBodyBytesMost);
  }
  if (const auto megabytes = NumberVariable("SAGEMAKER_MAX_PAYLOAD_IN_MB", 100)) {
    // 0: as large as it gets.
    options.body_bytes_max =
        std::max(options.body_bytes_max, *megabytes == 0 ? kBodyBytesMost : *megabytes * kMebibyte);
  }
  options.hosting.image = algorithms::OwnImageVersion();
  options.hosting.batch = IsTrue(Variable("SAGEMAKER_BATCH"));
  if (const std::string accept = Variable("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"); !accept.empty()) {
    options.default_accept = CheckedAccept(accept);
  }
  options.hosting.inference_output = SplitKeys(Variable("SAGEMAKER_INFERENCE_OUTPUT"));
  return options;
}

int Serve(const ServeOptions& options) {
  const sigset_t signals = StopSignals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  try {
    const int threads = options.threads > 0 ? options.threads : algorithms::ThreadLimit();
    const algorithms::Algorithm* algorithm = algorithms::FindAlgorithm(options.algorithm);
    if (algorithm == nullptr) throw Error(kValidation, "There is no algorithm '" + options.algorithm + "'.");
    const auto model = algorithm->Load(options.hosting);
    ModelService service(*model, algorithm->declaration(), options, threads);
    HttpLimits limits;
    limits.body_bytes_max = options.body_bytes_max;
    HttpServer server(service, options.address, options.port, threads, limits);
    LogInfo("The model server listens on {}:{}: {}, {} threads", options.address, server.port(), options.algorithm,
            threads);
    int signal = 0;
    ::sigwait(&signals, &signal);
    server.Stop();
    LogInfo("The model server has stopped on signal {}", signal);
    return 0;
  } catch (const Error& error) {
    LogError("{}", error.what());
  } catch (const std::exception& error) {
    LogError("The model server failed: {}", error.what());
  }
  return 1;
}

}  // namespace sagebrush::serving
