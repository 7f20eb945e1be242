#include "server/server.h"

#include <unistd.h>

#include <condition_variable>
#include <future>
#include <thread>

#include "audit/trail_operations.h"
#include "base/json.h"
#include "base/log.h"
#include "events/alarm_events.h"
#include "events/delivery_controller.h"
#include "events/event_operations.h"
#include "events/object_event_relay.h"
#include "events/outbox_store.h"
#include "events/schedule_controller.h"
#include "events/tagged_rules.h"
#include "gateway/gateway.h"
#include "identity/credentials_file.h"
#include "identity/iam_operations.h"
#include "identity/identity.h"
#include "inference/invocation_metrics.h"
#include "inference/router.h"
#include "inference/runtime_operations.h"
#include "keys/key_controller.h"
#include "keys/key_operations.h"
#include "keys/tagged_keys.h"
#include "objects/api_key_service.h"
#include "objects/lifecycle_worker.h"
#include "objects/local_object_store.h"
#include "objects/new_bucket.h"
#include "objects/object_keys.h"
#include "objects/s3_operations.h"
#include "objects/scrubber.h"
#include "objects/tagged_buckets.h"
#include "parameters/parameter_operations.h"
#include "parameters/tagged_parameters.h"
#include "reconcile/chores.h"
#include "reconcile/reconcile_loop.h"
#include "runtime/capacity.h"
#include "runtime/image_catalogue.h"
#include "runtime/process_runtime.h"
#include "sagemaker/registry.h"
#include "sagemaker/state_changes.h"
#include "sagemaker/tagged_nouns.h"
#include "sagemaker/words.h"
#include "sagemaker/workload_credentials.h"
#include "sagemaker/workload_keys.h"
#include "secrets/secret_controller.h"
#include "secrets/secret_operations.h"
#include "secrets/tagged_secrets.h"
#include "server/client_environment.h"
#include "server/credentials_site.h"
#include "server/data_directory.h"
#include "store/store.h"
#include "tagging/tagging_operations.h"
#include "telemetry/alarms.h"
#include "telemetry/cost_operations.h"
#include "telemetry/log_operations.h"
#include "telemetry/log_store.h"
#include "telemetry/meter.h"
#include "telemetry/metric_operations.h"
#include "telemetry/metric_store.h"
#include "telemetry/prices.h"
#include "telemetry/tagged_log_groups.h"
#include "web/bucket_origins.h"
#include "web/form_upload_site.h"
#include "web/preflight_site.h"
#include "web/s3_caller.h"
#include "web/website_site.h"
#include "wire/api.h"

namespace sagebrush::server {
namespace {

constexpr std::chrono::hours kSweepInterval{1};
// How soon after midnight lifecycle rules are followed.
constexpr std::chrono::seconds kExpiryInterval{60};
constexpr std::chrono::minutes kScrubInterval{10};
// How often invocations become metrics and metrics become states of alarms.
constexpr std::chrono::seconds kMetricInterval{10};

std::string OtherPort(const std::string& address) { return address.substr(0, address.rfind(':')) + ":0"; }

gateway::Options GatewayOptions(const ServerOptions& options, const Path& data) {
  gateway::Options gateway;
  gateway.listen = options.listen;
  gateway.listen_tls = options.listen_tls.empty() ? OtherPort(options.listen) : options.listen_tls;
  gateway.tls_directory = data / "tls";
  gateway.region = options.region;
  gateway.proxy_clients = options.proxy_for;
  return gateway;
}

// What it throws is for the log: the next round tries again.
void Try(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    LogError("A regular task failed: {}", error.what());
  }
}

// Nothing is told while nothing is damaged: an alarm takes missing data for well.
void PublishDamage(const objects::Scrubber& scrubber, telemetry::MetricSink& metrics, const std::string& region,
                   Time now) {
  if (scrubber.Damaged() == 0) return;
  const telemetry::MetricDatum damaged{.metric = {.account = std::string(identity::kDefaultAccount),
                                                  .region = region,
                                                  .name_space = "Sagebrush/Objects",
                                                  .name = "DamagedObjects"},
                                       .time = now,
                                       .unit = "Count",
                                       .values = telemetry::Datapoint(static_cast<double>(scrubber.Damaged()), 1)};
  metrics.Publish({&damaged, 1});
}

// Does `work` at each end of an interval of the wall clock, so that what happened in one minute is counted as of it.
std::jthread Every(std::chrono::seconds interval, std::function<void(const std::stop_token&)> work) {
  return std::jthread([interval, work = std::move(work)](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    for (;;) {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      const auto rest = interval - now % std::chrono::system_clock::duration(interval);
      if (stopped.wait_for(lock, stop, rest, [&] { return stop.stop_requested(); })) return;
      Try([&] { work(stop); });
    }
  });
}

}  // namespace

// In order of construction: each part uses those above it.
struct Server::Parts {
  explicit Parts(const ServerOptions& given)
      : options(given),
        data(OpenDataDirectory(given.data)),
        kept(store::Open("sqlite:" + data.string(),
                         {.attributes = sagemaker::WordsOf, .attributes_version = sagemaker::WordsVersion()})),
        outbox(*kept, clock, rule_counts, {sagemaker::StateChangeOf, events::AlarmEventOf}),
        store(outbox),
        opening(std::async(std::launch::async,
                           [this] {
                             return std::make_unique<objects::LocalObjectStore>(data / "objects", clock,
                                                                                options.durability);
                           })),
        starting(std::async(std::launch::async, [this] { return std::make_unique<runtime::ProcessRuntime>(data); })),
        preparing(
            std::async(std::launch::async, [this] { return std::make_unique<telemetry::MetricStore>(data, clock); })),
        identity(identity::Identity::Bootstrap(store, data, clock, given.master_key)),
        opened(opening.get()),
        objects(*opened),
        lifecycle(objects, clock, data / "objects" / "lifecycle.json", given.lifecycle_day),
        scrubber(objects, clock, data / "objects" / "scrub.json"),
        started(starting.get()),
        runtime(*started),
        images(runtime::ImageCatalogue::BesideThisProgram()),
        capacity(runtime::RoomOfThisMachine()),
        logs(data, clock),
        prepared(preparing.get()),
        metrics(*prepared),
        alarms(store, metrics, clock),
        meter(store),
        prices(data / "prices.json"),
        router(runtime),
        trail(data / "audit", clock, given.audit),
        api(operations, *identity, &trail),
        kms(api),
        object_keys(kms, identity->server_key().DeriveKey(kObjectsPurpose),
                    options.disk_is_encrypted ? objects::ObjectKeys::OwnKey::kNotNeeded
                                              : objects::ObjectKeys::OwnKey::kEncrypts),
        context{store, clock, objects, object_keys, *identity,     api,    runtime, images, capacity,
                logs,  meter, metrics, router,      workload_keys, chores, data,    ""},
        grants(store),
        keys{store, identity->server_key(), *identity, grants, clock},
        key_controller(keys),
        secret_controller(store, clock),
        deliveries(store, logs, rule_counts, clock),
        schedules(store, clock),
        object_events(objects.outbox(), outbox),
        loop(store),
        gateway(GatewayOptions(given, data), api, *identity, clock, bucket_origins) {}

  const ServerOptions options;
  const SystemClock clock;
  const Path data;
  const std::unique_ptr<store::Store> kept;
  events::RuleCounts rule_counts;
  events::OutboxStore outbox;
  store::Store& store;  // Whose changes are events.
  // A first start is mostly waiting for the disk, a later one is mostly the system call filter of the sandboxes; so
  // what does not depend on each other is made side by side, but after `store`, which makes sure that no other server
  // uses the directory.
  std::future<std::unique_ptr<objects::LocalObjectStore>> opening;
  std::future<std::unique_ptr<runtime::ProcessRuntime>> starting;
  std::future<std::unique_ptr<telemetry::MetricStore>> preparing;
  const std::unique_ptr<identity::Identity> identity;
  const std::unique_ptr<objects::LocalObjectStore> opened;
  objects::LocalObjectStore& objects;
  objects::LifecycleWorker lifecycle;
  objects::Scrubber scrubber;
  const std::unique_ptr<runtime::ProcessRuntime> started;
  runtime::ProcessRuntime& runtime;
  runtime::ImageCatalogue images;
  runtime::Capacity capacity;
  telemetry::LogStore logs;
  const std::unique_ptr<telemetry::MetricStore> prepared;
  telemetry::MetricStore& metrics;
  telemetry::Alarms alarms;
  telemetry::Meter meter;
  telemetry::PriceTable prices;  // Written at first start, for the operator to edit.
  inference::Router router;
  sagemaker::WorkloadKeys workload_keys;
  wire::OperationTable operations;
  audit::AuditTrail trail;
  wire::Api api;
  const objects::ApiKeyService kms;
  const objects::ObjectKeys object_keys;
  sagemaker::Context context;
  const sagemaker::TaggedNouns tagged_nouns{context};
  const objects::TaggedBuckets tagged_buckets{objects};
  const telemetry::TaggedLogGroups tagged_log_groups{logs};
  const events::TaggedRules tagged_rules{store};
  std::vector<std::unique_ptr<reconcile::Controller>> controllers;
  const keys::Grants grants;
  const keys::KeysContext keys;
  const keys::TaggedKeys tagged_keys{store};
  keys::KeyController key_controller;
  const secrets::TaggedSecrets tagged_secrets{store};
  const parameters::TaggedParameters tagged_parameters{store};
  secrets::SecretController secret_controller;
  events::DeliveryController deliveries;
  events::ScheduleController schedules;
  events::ObjectEventRelay object_events;
  reconcile::ReconcileLoop loop;
  reconcile::Chores chores;
  const CredentialsSite credentials{context};
  const web::BucketOrigins bucket_origins{objects};
  const web::PreflightSite preflight{objects};
  const web::S3Caller s3{api, options.region};
  const web::WebsiteSite websites{objects, s3};
  const web::FormUploadSite forms{*identity, s3, clock};
  gateway::Gateway gateway;
  std::jthread sweeping;   // Forgets log events, metrics and usage whose time is over.
  std::jthread expiring;   // Follows lifecycle rules of buckets.
  std::jthread relaying;   // Holds what happens to objects against the rules of EventBridge.
  std::jthread scrubbing;  // Reads what is stored for bits that were lost.
  std::jthread measuring;  // Publishes what is counted, and evaluates alarms.
};

Server::Server(const ServerOptions& options) : parts_(std::make_unique<Parts>(options)) {
  Parts& parts = *parts_;
  parts.context.room_wait_max = options.instance_wait_max;
  parts.context.disk_is_encrypted = options.disk_is_encrypted;
  sagemaker::AddSageMakerOperations(parts.operations, parts.context);
  objects::AddS3Operations(parts.operations, parts.objects, parts.object_keys, *parts.identity, parts.clock,
                           {.region = options.region, .lifecycle_day = options.lifecycle_day});
  identity::AddIamOperations(parts.operations, *parts.identity);
  identity::AddStsOperations(parts.operations, *parts.identity);
  audit::AddTrailOperations(parts.operations, parts.trail.log());
  keys::AddKmsOperations(parts.operations, parts.keys);
  secrets::AddSecretsOperations(parts.operations, {parts.store, parts.api, *parts.identity, parts.clock});
  parameters::AddParameterOperations(parts.operations, {parts.store, parts.api, parts.clock});
  telemetry::AddLogsOperations(parts.operations, parts.logs, parts.clock);
  telemetry::AddMetricOperations(parts.operations, parts.metrics, parts.store, parts.clock);
  events::AddEventsOperations(parts.operations, parts.outbox, parts.clock);
  telemetry::AddCostOperations(parts.operations, parts.store, parts.prices, parts.clock);
  inference::AddRuntimeOperations(parts.operations, parts.router, sagemaker::InvocationAccess(parts.context));
  tagging::AddTaggingOperations(
      parts.operations, parts.api,
      {&parts.tagged_rules, &parts.tagged_keys, &parts.tagged_log_groups, &parts.tagged_buckets, &parts.tagged_nouns,
       &parts.tagged_secrets, &parts.tagged_parameters});
  parts.gateway.Add({.path = std::string(sagemaker::kCredentialsPath)}, parts.credentials);
  for (const std::string& host :
       {std::string("*.s3-website.localhost"), fmt::format("*.s3-website.{}.amazonaws.com", options.region),
        fmt::format("*.s3-website-{}.amazonaws.com", options.region)}) {
    parts.gateway.Add({.host = host}, parts.websites);
  }
  parts.gateway.Add({.path = "/", .also = web::FormUploadSite::IsForm}, parts.forms);
  parts.gateway.Add({.path = "/", .also = web::PreflightSite::IsPreflight}, parts.preflight);
  parts.controllers = sagemaker::MakeControllers(parts.context);
  for (const auto& controller : parts.controllers) parts.loop.Add(*controller);
  parts.loop.Add(parts.key_controller);
  parts.loop.Add(parts.secret_controller);
  parts.loop.Add(parts.deliveries);
  parts.loop.Add(parts.schedules);
  const auto wake = [&parts](const std::string& workload) {
    if (const auto key = parts.workload_keys.Find(workload)) parts.loop.Wake(*key);
  };
  parts.runtime.Listen(wake);
  parts.images.Listen(wake);
  parts.capacity.Listen(wake);
  parts.chores.Listen([&parts](const store::Key& key) { parts.loop.Wake(key); });
}

Server::~Server() = default;

void Server::Start() {
  Parts& parts = *parts_;
  const std::string account(identity::kDefaultAccount);
  const std::string role = fmt::format("arn:aws:iam::{}:role/{}", account, identity::kDefaultRole);
  const auto credentials = identity::ReadCredentialsFile(parts.data / "credentials");
  if (!credentials) throw Error(kInternalFailure, "The file credentials is gone from " + parts.data.string() + ".");
  auto preparing = std::async(std::launch::async, [&] {
    CreateDefaultBucket();
    WriteClientFiles(parts.data, parts.options.region, account, role);
  });
  parts.gateway.Bind();  // Makes keys and certificates at first start.
  MarkComplete(parts.data);
  parts.context.api_address = parts.gateway.Address();
  preparing.get();
  WriteFileDurably(parts.data / "server.json", ToText(JsonObject{{"Address", Address()},
                                                                 {"TlsAddress", TlsAddress()},
                                                                 {"CaFile", parts.gateway.CaFile().string()},
                                                                 {"Region", parts.options.region},
                                                                 {"RoleArn", role},
                                                                 {"AccessKeyId", credentials->access_key_id},
                                                                 {"SecretAccessKey", credentials->secret_key},
                                                                 {"DiskIsEncrypted", parts.options.disk_is_encrypted},
                                                                 {"ProcessId", ::getpid()}}));
  // Before the first client is let in, so that what served before the restart serves now; and whoever gets in finds the
  // files that tell clients where.
  parts.loop.Restore();
  sagemaker::SweepOrphans(parts.context);
  parts.gateway.Start();
  parts.loop.Start();
  parts.sweeping = Every(kSweepInterval, [&parts](const std::stop_token&) {
    parts.logs.Sweep();
    parts.metrics.Sweep();
    parts.meter.Sweep(parts.clock.Now());
  });
  parts.expiring = Every(std::min(kExpiryInterval, parts.options.lifecycle_day),
                         [&parts](const std::stop_token& stop) { parts.lifecycle.Run(stop); });
  parts.relaying = std::jthread([&parts](const std::stop_token& stop) { parts.object_events.Run(stop); });
  parts.scrubbing = Every(kScrubInterval, [&parts](const std::stop_token& stop) {
    parts.scrubber.Run(stop);
    PublishDamage(parts.scrubber, parts.metrics, parts.options.region, parts.clock.Now());
  });
  parts.measuring = Every(kMetricInterval, [&parts](const std::stop_token&) {
    inference::PublishInvocations(parts.router, parts.metrics, parts.clock.Now());
    parts.rule_counts.Publish(parts.metrics, parts.clock.Now());
    parts.alarms.Evaluate();
  });
}

void Server::CreateDefaultBucket() {
  const std::string account(identity::kDefaultAccount), &region = parts_->options.region;
  parts_->objects.CreateBucket(
      objects::NewBucket(fmt::format("sagemaker-{}-{}", region, account), account, region, parts_->clock.Now()));
}

void Server::Stop() {
  parts_->sweeping = {};
  parts_->expiring = {};
  parts_->scrubbing = {};
  parts_->relaying = {};
  parts_->measuring = {};
  parts_->gateway.Stop();
  Try([this] { inference::PublishInvocations(parts_->router, parts_->metrics, parts_->clock.Now()); });
  parts_->chores.Stop();  // Before the controllers, which must take none of them for ended.
  parts_->loop.Stop();
}

const wire::OperationTable& Server::Operations() const { return parts_->operations; }
std::string Server::Address() const { return parts_->gateway.Address(); }
std::string Server::TlsAddress() const { return parts_->gateway.TlsAddress(); }

}  // namespace sagebrush::server
