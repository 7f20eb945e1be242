#pragma once

#include <memory>
#include <string>
#include <vector>

#include "identity/identity.h"
#include "inference/router.h"
#include "objects/fake_key_service.h"
#include "objects/local_object_store.h"
#include "objects/object_keys.h"
#include "objects/troubled_object_store.h"
#include "reconcile/chores.h"
#include "reconcile/reconcile_loop.h"
#include "runtime/capacity.h"
#include "runtime/fake_images.h"
#include "runtime/fake_runtime.h"
#include "runtime/image_catalogue.h"
#include "runtime/troubled_runtime.h"
#include "sagemaker/registry.h"
#include "sagemaker/words.h"
#include "sagemaker/workload_keys.h"
#include "store/memory_store.h"
#include "store/troubled_store.h"
#include "telemetry/fake_metric_sink.h"
#include "telemetry/log_store.h"
#include "telemetry/meter.h"
#include "wire/api.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {

// For tests: the nouns' operations and controllers on fakes, without threads, on a clock that stands still until told.
// What a container does is in its environment: {"DOES": "serves" | "runs" | "exits" | "ends" | "cannot start"}.
class ControllerWorld {
 public:
  explicit ControllerWorld(runtime::Room machine = {16, 64LL << 30}, Time now = FakeClock().Now())
      : machine_(machine), clock_(now) {
    store_.BeforeWrite([this] {
      if (failures_ > 0 && skipped_-- <= 0) {
        --failures_;
        throw Error(kServiceUnavailable, "The disk is full, says the test.");
      }
    });
    identity_ = identity::Identity::Bootstrap(store_, directory_.path(), clock_);
    Restart();
  }

  // What a server that is killed and started again keeps: the store, the files and what runs. A start that fails is
  // tried again, as systemd does.
  void Restart() {
    for (int tries = 0;; ++tries) {
      process_.reset();
      store_.ForgetListeners();
      runtime_.ForgetListeners();
      images_.Forget();
      try {
        process_ = std::make_unique<Process>(*this);
        return;
      } catch (const Trouble::Killed&) {
      } catch (const Error&) {
        if (tries == kStartsMax) throw;
      }
    }
  }

  // From now on each call of the server to its store, its runtime, its images and its objects meets that fate; nullptr:
  // none.
  void Befall(std::function<Trouble::Fate()> fate) { trouble_.Befall(std::move(fate)); }

  // The output, or throws what the operation throws. Not authorised, not validated.
  Json Call(const std::string& operation, JsonObject input) {
    const wire::Service& service = *wire::FindService("sagemaker");
    wire::Call call{service, *service.FindOperation(operation), std::move(input), {}, "us-east-1", "id"};
    call.principal.account = std::string(identity::kDefaultAccount);
    return process_->operations.Find("sagemaker", operation)->handler(call);
  }
  // Whether the operation was accepted. False as well where the server was killed meanwhile, whatever came of it.
  bool Accepts(const std::string& operation, const JsonObject& input) {
    bool accepted = false;
    UntilKilled([&] {
      try {
        Call(operation, input);
        accepted = true;
      } catch (const Error&) {
      }
    });
    return accepted;
  }

  // Everything that is due now, and what becomes due by that.
  void Run() {
    UntilKilled([this] {
      while (process_->loop.RunDue() > 0 || process_->chores.RunOne()) {
      }
    });
  }
  // The same, but for chores: they go on waiting.
  void RunReconciles() {
    UntilKilled([this] { process_->loop.RunDue(); });
  }
  // Lets time pass, in steps that grow.
  void Pass(Seconds time) {
    Pass(time, [this] { Run(); });
  }
  void PassWithoutChores(Seconds time) {
    Pass(time, [this] { RunReconciles(); });
  }
  // The next `count` writes fail, after the first `after`.
  void FailWrites(int count, int after = 0) {
    failures_ = count;
    skipped_ = after;
  }

  std::shared_ptr<const store::Resource> Get(const Noun& noun, const std::string& name) const {
    return store_.Get(KeyOf(noun, std::string(identity::kDefaultAccount), "us-east-1", name));
  }
  // Takes it from the store, past all operations. False: another write came first, or this one failed.
  bool Forget(const store::Resource& resource) {
    try {
      return store_.Delete(resource);
    } catch (const Error&) {
      return false;
    }
  }
  // Empty: there is none.
  std::string StateOf(const Noun& noun, const std::string& name) const {
    const auto resource = Get(noun, name);
    return resource == nullptr ? "" : resource->state;
  }
  std::string Role() const { return "arn:aws:iam::123456789012:role/" + std::string(identity::kDefaultRole); }

  runtime::FakeRuntime& runtime() { return runtime_; }
  runtime::FakeImages& images() { return images_; }
  runtime::Capacity& capacity() { return process_->capacity; }
  reconcile::Chores& chores() { return process_->chores; }
  inference::Router& router() { return process_->router; }
  const telemetry::FakeMetricSink& metrics() const { return metrics_; }
  objects::LocalObjectStore& objects() { return objects_; }
  objects::FakeKeyService& kms() { return kms_; }
  const Context& context() const { return process_->context; }
  Path data() const { return directory_.path(); }

 private:
  static constexpr int kStartsMax = 1000;

  template <typename Act>
  void UntilKilled(Act act) {
    try {
      act();
    } catch (const Trouble::Killed&) {
      Restart();
    }
  }

  // What dies with the server.
  struct Process {
    explicit Process(ControllerWorld& world)
        : api(operations, *world.identity_),
          capacity(world.machine_),
          logs(world.directory_.path(), world.clock_),
          meter(world.troubled_store_),
          router(world.troubled_runtime_),
          loop(world.troubled_store_, {.threads = 0, .now = [&world] { return world.moment_; }}),
          context{world.troubled_store_,
                  world.clock_,
                  world.troubled_objects_,
                  world.object_keys_,
                  *world.identity_,
                  api,
                  world.troubled_runtime_,
                  world.troubled_images_,
                  capacity,
                  logs,
                  meter,
                  world.metrics_,
                  router,
                  keys,
                  chores,
                  world.directory_.path(),
                  "127.0.0.1:1"} {
      AddSageMakerOperations(operations, context);
      controllers = MakeControllers(context);
      for (const auto& controller : controllers) loop.Add(*controller);
      const auto wake = [this](const std::string& owner) {
        if (const auto key = keys.Find(owner)) loop.Wake(*key);
      };
      world.troubled_runtime_.Listen(wake);
      world.troubled_images_.Listen(wake);
      capacity.Listen(wake);
      chores.Listen([this](const store::Key& key) { loop.Wake(key); });
      loop.Restore();
      SweepOrphans(context);
      loop.Start();
    }
    wire::OperationTable operations;
    wire::Api api;
    runtime::Capacity capacity;
    telemetry::LogStore logs;
    telemetry::Meter meter;
    inference::Router router;
    WorkloadKeys keys;
    reconcile::Chores chores{reconcile::Chores::Threads::kNone};
    std::vector<std::unique_ptr<reconcile::Controller>> controllers;
    reconcile::ReconcileLoop loop;
    Context context;
  };

  static runtime::FakeRuntime::Does Behaviour(const runtime::WorkloadSpec& spec) {
    using Does = runtime::FakeRuntime::Does;
    const auto given = spec.environment.find("DOES");
    const std::string does = given == spec.environment.end() ? "serves" : given->second;
    return does == "runs"           ? Does::kRuns
           : does == "exits"        ? Does::kExits
           : does == "ends"         ? Does::kEnds
           : does == "cannot start" ? Does::kCannotStart
                                    : Does::kServes;
  }

  template <typename Look>
  void Pass(Seconds time, Look look) {
    Seconds step{0.01};
    for (Seconds passed{}; passed < time; passed += step, step = std::min(step * 1.5, Seconds(30))) {
      const auto milliseconds = std::chrono::ceil<Milliseconds>(step);
      clock_.Advance(milliseconds);
      moment_ += milliseconds;
      look();
    }
  }

  const runtime::Room machine_;
  FakeClock clock_;
  reconcile::Moment moment_{std::chrono::hours(1)};
  int failures_ = 0;
  int skipped_ = 0;
  TemporaryDirectory directory_;
  store::MemoryStore store_{std::make_shared<store::MemoryContent>(), {.attributes = WordsOf}};
  runtime::FakeRuntime runtime_{clock_, Behaviour};
  runtime::ImageCatalogue catalogue_{
      ParseJson(
          R"([{"Name": "xgboost", "Images": [{"Repository": "xgboost", "Tags": ["1"]}], "InputModes": ["File", "FastFile", "Pipe"], "MetricDefinitions": []}])"),
      "/usr/lib/sagebrush/sagebrush-algorithms",
      {}};
  runtime::FakeImages images_{catalogue_};
  objects::LocalObjectStore objects_{directory_.path() / "objects", clock_};
  // Objects are stored plain, so that tests can look at their bytes; those of KMS are not.
  objects::FakeKeyService kms_;
  const objects::ObjectKeys object_keys_{kms_, SecretKey::Random(), objects::ObjectKeys::OwnKey::kNotNeeded};
  telemetry::FakeMetricSink metrics_;
  std::unique_ptr<identity::Identity> identity_;
  Trouble trouble_;
  store::TroubledStore troubled_store_{store_, trouble_};
  runtime::TroubledRuntime troubled_runtime_{runtime_, trouble_};
  runtime::TroubledImages troubled_images_{images_, trouble_};
  objects::TroubledObjectStore troubled_objects_{objects_, trouble_};
  std::unique_ptr<Process> process_;
};

}  // namespace sagebrush::sagemaker
