#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/file.h"
#include "events/event_operations.h"
#include "events/outbox_store.h"
#include "gateway/dispatcher.h"
#include "identity/iam_operations.h"
#include "inference/router.h"
#include "inference/runtime_operations.h"
#include "objects/api_key_service.h"
#include "objects/local_object_store.h"
#include "objects/s3_operations.h"
#include "reconcile/chores.h"
#include "runtime/capacity.h"
#include "runtime/image_catalogue.h"
#include "sagemaker/registry.h"
#include "sagemaker/state_changes.h"
#include "sagemaker/workload_keys.h"
#include "store/sqlite_store.h"
#include "telemetry/cost_operations.h"
#include "telemetry/log_operations.h"
#include "telemetry/meter.h"
#include "telemetry/metric_operations.h"
#include "wire/api.h"
#include "wire/protocol.h"

namespace sagebrush::fuzz {

// Nothing ever runs.
class NoRuntime : public runtime::Runtime {
 public:
  void StartGang(const std::vector<std::pair<std::string, runtime::WorkloadSpec>>&) override {}
  std::optional<runtime::WorkloadState> Inspect(const std::string&) const override { return std::nullopt; }
  void Stop(const std::string&, Seconds) override {}
  void Remove(const std::string&) override {}
  std::vector<std::string> List() const override { return {}; }
  std::optional<FileDescriptor> Connect(const std::string&, std::uint16_t) override { return std::nullopt; }
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

// A server without its connections and controllers, with a bucket "b". Root sends everything.
class WholeServer {
 public:
  WholeServer() {
    sagemaker::AddSageMakerOperations(operations_, context_);
    objects::AddS3Operations(operations_, objects_, object_keys_, *identity_, clock_);
    identity::AddIamOperations(operations_, *identity_);
    identity::AddStsOperations(operations_, *identity_);
    telemetry::AddLogsOperations(operations_, logs_, clock_);
    telemetry::AddMetricOperations(operations_, metrics_, store_, clock_);
    events::AddEventsOperations(operations_, store_, clock_);
    telemetry::AddCostOperations(operations_, store_, prices_, clock_);
    inference::AddRuntimeOperations(operations_, router_);
    objects_.CreateBucket({.name = "b", .account = std::string(identity::kDefaultAccount), .region = "us-east-1"});
  }

  const wire::OperationTable& operations() const { return operations_; }

  // What the gateway does with a request.
  wire::HttpReply Answer(std::string_view signing_name, wire::HttpRequest request) {
    if (!signing_name.empty()) Sign(request, signing_name);
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

  // Runs an operation with an input document, as it comes out of the reader of requests. Returns its output.
  // Throws what the model, the access rule or the handler throw.
  Json Call(const wire::Service& service, const wire::Operation& operation, Json input, std::string_view body) {
    const wire::OperationEntry& entry = *operations_.Find(service.id, operation.name);
    Body reader(body);
    wire::Call call{.service = service,
                    .operation = operation,
                    .input = std::move(input),
                    .principal = RootPrincipal(),
                    .region = "us-east-1",
                    .request_id = "id",
                    .body = &reader};
    api_.Admit(call, entry);
    Json output = entry.handler(call);
    wire::WriteOutput({&service, &operation, service.protocols[0]}, output, call);
    return output;
  }

 private:
  static wire::Principal RootPrincipal() {
    const std::string account(identity::kDefaultAccount), arn = "arn:aws:iam::" + account + ":root";
    return {.account = account, .arn = arn, .user_id = account, .access_key_id = "A", .identity_arn = arn};
  }

  // For that service and with every header; the signature itself is not looked at here.
  static void Sign(wire::HttpRequest& request, std::string_view signing_name) {
    request.headers.Add("x-amz-date", "20231114T221320Z");
    std::string names;
    for (const auto& [name, value] : request.headers) names += (names.empty() ? "" : ";") + name;
    request.headers.Add("authorization",
                        fmt::format("AWS4-HMAC-SHA256 Credential=A/20231114/us-east-1/{}/aws4_request, "
                                    "SignedHeaders={}, Signature={:064}",
                                    signing_name, names, 0));
  }

  DataDirectory data_;
  FakeClock clock_;
  boost::asio::io_context loop_;
  store::SqliteStore kept_{data_.path()};
  events::RuleCounts rule_counts_;
  events::OutboxStore store_{kept_, clock_, rule_counts_, {sagemaker::StateChangeOf}};
  objects::LocalObjectStore objects_{data_.path() / "objects", clock_};
  std::unique_ptr<identity::Identity> identity_ = identity::Identity::Bootstrap(store_, data_.path(), clock_);
  NoRuntime runtime_;
  runtime::ImageCatalogue images_{
      ParseJson(R"([{"Name": "xgboost", "Images": [{"Repository": "sagemaker-xgboost", "Tags": ["1.7-1"]}],
                     "InputModes": ["File", "FastFile", "Pipe"], "MetricDefinitions": []}])"),
      "/usr/bin/true",
      {}};
  runtime::Capacity capacity_{{.cpus = 4, .memory_bytes = std::int64_t{8} << 30}};
  telemetry::LogStore logs_{data_.path(), clock_};
  telemetry::MetricStore metrics_{data_.path(), clock_};
  telemetry::Meter meter_{store_};
  telemetry::PriceTable prices_{data_.path() / "prices.json"};
  inference::Router router_{runtime_};
  sagemaker::WorkloadKeys workload_keys_;
  reconcile::Chores chores_{reconcile::Chores::Threads::kNone};
  wire::OperationTable operations_;
  const wire::Api api_{operations_, *identity_};
  const objects::ApiKeyService kms_{api_};
  const objects::ObjectKeys object_keys_{kms_, identity_->server_key().DeriveKey("objects"),
                                         objects::ObjectKeys::OwnKey::kEncrypts};
  const sagemaker::Context context_{store_,   clock_,         objects_,  object_keys_, *identity_,   api_,
                                    runtime_, images_,        capacity_, logs_,        meter_,       metrics_,
                                    router_,  workload_keys_, chores_,   data_.path(), "127.0.0.1:1"};
  gateway::Dispatcher dispatcher_{
      api_,
      [](const wire::HttpRequest&, std::optional<wire::Signature> signature, Time) {
        return gateway::Caller{.principal = RootPrincipal(), .signature = std::move(signature), .secret_key = "secret"};
      },
      clock_, "us-east-1"};
};

}  // namespace sagebrush::fuzz
