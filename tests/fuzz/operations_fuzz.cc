// links: gateway sagemaker inference telemetry identity objects runtime store wire
// Any request to any operation of the server, sent by an account's root: the service's signing name, then method and
// target, header lines, an empty line and the body. No reply may be a failure of the server's own, for that is what
// clients are told of what nobody thought of. What requests make stays for those after them, for a while.
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/file.h"
#include "gateway/dispatcher.h"
#include "identity/iam_operations.h"
#include "inference/router.h"
#include "inference/runtime_operations.h"
#include "objects/local_object_store.h"
#include "objects/s3_operations.h"
#include "runtime/capacity.h"
#include "runtime/images.h"
#include "sagemaker/registry.h"
#include "sagemaker/workload_keys.h"
#include "store/sqlite_store.h"
#include "telemetry/log_operations.h"
#include "telemetry/meter.h"

namespace {
using namespace sagebrush;

// Nothing ever runs.
class NoRuntime : public runtime::Runtime {
 public:
  void Start(const std::string&, const runtime::WorkloadSpec&) override {}
  std::optional<runtime::WorkloadState> Inspect(const std::string&) const override { return std::nullopt; }
  void Stop(const std::string&, Seconds) override {}
  void Remove(const std::string&) override {}
  std::vector<std::string> List() const override { return {}; }
  std::optional<FileDescriptor> Connect(const std::string&) override { return std::nullopt; }
  void Listen(std::function<void(const std::string&)>) override {}
};

class Body : public wire::BodyReader {
 public:
  explicit Body(std::string_view bytes) : bytes_(bytes) {}
  std::size_t Read(char* buffer, std::size_t size) override {
    size = std::min(size, bytes_.size());
    std::memcpy(buffer, bytes_.data(), size);
    bytes_.remove_prefix(size);
    return size;
  }
  std::optional<std::uint64_t> Length() const override { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

// A directory in memory, so that no write waits for a disk.
class DataDirectory {
 public:
  DataDirectory() { std::filesystem::create_directories(path_); }
  ~DataDirectory() { std::filesystem::remove_all(path_); }
  const Path& path() const { return path_; }

 private:
  const Path path_ = "/dev/shm/sagebrush-operations-fuzz." + std::to_string(::getpid());
};

// A server without its connections and controllers.
class Server {
 public:
  Server() {
    sagemaker::AddSageMakerOperations(operations_, context_);
    objects::AddS3Operations(operations_, objects_, *identity_, clock_);
    identity::AddIamOperations(operations_, *identity_);
    identity::AddStsOperations(operations_, *identity_);
    telemetry::AddLogsOperations(operations_, logs_, clock_);
    inference::AddRuntimeOperations(operations_, router_);
    objects_.CreateBucket({.name = "b", .account = std::string(identity::kDefaultAccount), .region = "us-east-1"});
  }

  wire::HttpReply Answer(std::string_view signing_name, wire::HttpRequest request) {
    signing_name_ = signing_name;
    gateway::Exchange exchange{.http = std::move(request), .request_id = "id"};
    const std::string body = std::exchange(exchange.http.body, "");
    try {
      if (dispatcher_.Begin(exchange) == gateway::BodyUse::kStreamed) {
        return dispatcher_.Run(exchange, std::make_unique<Body>(body), {});
      }
      exchange.http.body = body;
      dispatcher_.Resume(exchange);
    } catch (const std::exception&) {
      return dispatcher_.Fail(exchange, std::current_exception());
    }
    if (!exchange.entry->async_handler) return dispatcher_.Run(exchange, nullptr, {});
    std::optional<wire::HttpReply> reply;
    dispatcher_.RunAsync(exchange, loop_, [&](wire::HttpReply made) { reply = std::move(made); });
    loop_.restart();
    while (!reply) loop_.run_one();
    return *std::move(reply);
  }

 private:
  gateway::Caller Root() const {
    const std::string account(identity::kDefaultAccount), arn = "arn:aws:iam::" + account + ":root";
    wire::Signature signature;
    signature.region = "us-east-1";
    signature.service = signing_name_;
    gateway::Caller caller;
    caller.principal = {.account = account, .arn = arn, .user_id = account, .access_key_id = "A", .identity_arn = arn};
    if (!signing_name_.empty()) caller.signature = signature;
    caller.secret_key = "secret";
    return caller;
  }

  DataDirectory data_;
  FakeClock clock_;
  boost::asio::io_context loop_;
  store::SqliteStore store_{data_.path()};
  objects::LocalObjectStore objects_{data_.path() / "objects", clock_};
  std::unique_ptr<identity::Identity> identity_ = identity::Identity::Bootstrap(store_, data_.path(), clock_);
  NoRuntime runtime_;
  runtime::Images images_{
      ParseJson(R"([{"Name": "xgboost", "Images": [{"Repository": "sagemaker-xgboost", "Tags": ["1.7-1"]}],
                     "MetricDefinitions": []}])"),
      "/usr/bin/true",
      {}};
  runtime::Capacity capacity_{{.cpus = 4, .memory_bytes = std::int64_t{8} << 30}};
  telemetry::LogStore logs_{data_.path(), clock_};
  telemetry::Meter meter_{store_};
  inference::Router router_{runtime_};
  sagemaker::WorkloadKeys workload_keys_;
  const sagemaker::Context context_{store_, clock_, objects_, *identity_,     runtime_,     images_,      capacity_,
                                    logs_,  meter_, router_,  workload_keys_, data_.path(), "127.0.0.1:1"};
  wire::OperationTable operations_;
  std::string signing_name_;
  gateway::Dispatcher dispatcher_{operations_, [this](const wire::HttpRequest&, Time) { return Root(); }, *identity_,
                                  clock_, "us-east-1"};
};

std::string_view TakeTo(char end, std::string_view& text) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int kRequestsMax = 5000;
  static std::unique_ptr<Server> server;
  static int requests = 0;
  if (requests++ % kRequestsMax == 0) {
    server.reset();
    server = std::make_unique<Server>();
  }
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view signing_name = TakeTo(' ', text);
  wire::HttpRequest request;
  request.method = TakeTo(' ', text);
  request.target = TakeTo('\n', text);
  request.headers.Add("host", "127.0.0.1:9000");
  for (std::string_view line = TakeTo('\n', text); !line.empty(); line = TakeTo('\n', text)) {
    const std::string_view name = TakeTo(':', line);
    request.headers.Add(name, line);
  }
  request.body = text;
  if (server->Answer(signing_name, std::move(request)).status == 500) __builtin_trap();
  return 0;
}
