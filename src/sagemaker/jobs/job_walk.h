#pragma once

#include <memory>
#include <random>
#include <string>

#include "sagemaker/controller_walk.h"
#include "sagemaker/jobs/job_step.h"

namespace sagebrush::sagemaker {

// For tests: walks every state of a kind of job x every operation x every failure, and random ones. Each job ends, and
// leaves nothing. A kind's own test says how one is created and what there is beyond that.
class JobWalk : public ControllerWalk {
 protected:
  explicit JobWalk(const Noun& noun) : noun_(noun) {
    objects::Bucket bucket;
    bucket.account = identity::kDefaultAccount;
    bucket.region = "us-east-1";
    bucket.name = kBucket;
    world_.objects().CreateBucket(bucket);
  }

  using Stage = runtime::ImageState::Stage;

  static constexpr const char* kBucket = "sagemaker-walk";  // As the default role may write.
  static constexpr const char* kHuge = "ml.m5.4xlarge";     // Two of them fill the machine.

  // The input of Create, with the environment {"DOES": does} (controller_world.h).
  virtual JsonObject Request(const std::string& name, const std::string& does, const std::string& instance) = 0;
  // What makes for work beside the running workload.
  virtual JsonObject WithWorkBeside() = 0;

  bool Create(const std::string& name, const std::string& does, const std::string& instance = "ml.t3.medium",
              const JsonObject& more = {}) {
    JsonObject input = Request(name, does, instance);
    for (const auto& [member, value] : more) input[member] = value;
    return world_.Accepts("Create" + noun_.name, input);
  }
  void CreateHogs() {
    for (const char* name : {"hog-1", "hog-2"}) EXPECT_TRUE(Create(name, "runs", kHuge));
    world_.Run();
  }
  JsonObject Named(const std::string& name) const { return {{noun_.name_member, name}}; }
  std::shared_ptr<const store::Resource> Job(const std::string& name = "j") const { return world_.Get(noun_, name); }
  std::string State(const std::string& name = "j") const { return world_.StateOf(noun_, name); }
  bool Stop(const std::string& name = "j") { return world_.Accepts("Stop" + noun_.name, Named(name)); }
  // A job of a kind that has no such operation is taken from the store when it has ended, so that walks stay apart.
  bool Delete(const std::string& name = "j") {
    if (!noun_.delete_operation.empty()) return world_.Accepts(noun_.delete_operation, Named(name));
    const auto job = Job(name);
    return job != nullptr && HasEnded(*job) && world_.Forget(*job);
  }
  void End(runtime::ExitReason reason, int code, const std::string& name = "j") {
    if (const auto job = Job(name)) world_.runtime().End(job->uid, reason, code);
  }

  Table States() {
    const auto runs = [this](const JsonObject& more = {}) {
      Create("j", "runs", "ml.t3.medium", more);
      world_.Run();
    };
    const auto exits = [this, runs](int code) {
      runs();
      End(runtime::ExitReason::kExited, code);
      world_.RunReconciles();
    };
    return {
        {"waits for room",
         [this] {
           CreateHogs();
           Create("j", "runs", kHuge);
           world_.Run();
         }},
        {"its image is being made ready",
         [this] {
           world_.images().Become(Stage::kPreparing, "1 of 2 layers is unpacked.");
           Create("j", "runs");
           world_.RunReconciles();
         }},
        {"its inputs are being placed",
         [this] {
           Create("j", "runs");
           world_.RunReconciles();
         }},
        {"runs", [runs] { runs(); }},
        {"runs, with work beside it",
         [this, runs] {
           runs(WithWorkBeside());
           world_.Pass(Seconds(6));
           world_.RunReconciles();
         }},
        {"its outputs are being uploaded", [exits] { exits(0); }},
        {"failed, and that is being written down", [exits] { exits(1); }},
        {"ended at once", [this] { Create("j", "ends"); }},
        {"cannot start", [this] { Create("j", "cannot start"); }},
        {"stopping",
         [this, runs] {
           runs();
           Stop();
         }},
        {"completed",
         [this] {
           Create("j", "ends");
           world_.Run();
         }},
    };
  }
  Table Operations() {
    return {{"nothing", [] {}}, {"Stop", [this] { Stop(); }}, {"Delete", [this] { Delete(); }}};
  }
  Table Failures() {
    Table failures = ServerFailures(4);
    failures.push_back({"its image cannot be had", [this] {
                          world_.images().Become(Stage::kFailed, "A layer is damaged. Push the image again.");
                          world_.Run();
                        }});
    failures.push_back({"the supervisor is killed", [this] {
                          world_.Run();
                          End(runtime::ExitReason::kSupervisorLost, 137);
                        }});
    failures.push_back({"the machine is started anew, without what ran", [this] {
                          if (const auto job = Job()) world_.runtime().Remove(job->uid);
                          world_.Restart();
                        }});
    return failures;
  }

  // What does not end by itself is stopped, as its time limit would; then it has ended, and nothing of it is left.
  void ExpectTheEnd() {
    world_.FailWrites(0);
    world_.Pass(kMinutes);
    world_.images().Become(Stage::kReady);
    world_.Pass(kMinutes);
    for (const char* name : {"hog-1", "hog-2", "j"}) Stop(name);
    world_.Pass(kHours);
    if (const auto job = Job(); job != nullptr) {
      EXPECT_TRUE(HasEnded(*job)) << job->state;
      EXPECT_TRUE(job->state != "Failed" || !GetString(job->status, "FailureReason").empty());
      EXPECT_TRUE(Delete());
    }
    for (const char* name : {"hog-1", "hog-2"}) Delete(name);
    world_.Run();
    EXPECT_EQ(State(), "");
    ExpectNothingLeft("jobs");
  }

  void WalkEveryStateByEveryOperationByEveryFailure() {
    WalkAll(States(), Operations(), Failures(), [this] { ExpectTheEnd(); });
  }

  void WalkAtRandom() {
    for (unsigned seed = 1; seed <= 80; ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed);
      std::mt19937 random(seed);
      const bool troubled = seed > 20;
      if (troubled) LetChanceBefall(random);
      int created = 0;
      for (int step = 0; step < 60; ++step) TakeRandomStep(random, created, troubled);
      ExpectAllEnd(created, troubled);
      if (testing::Test::HasFailure()) return;
    }
  }

  const Noun& noun_;

 private:
  static std::string Nth(int n) { return fmt::format("j{}", n); }

  void TakeRandomStep(std::mt19937& random, int& created, bool troubled) {
    const std::string any = Nth(created == 0 ? 0 : static_cast<int>(random() % static_cast<unsigned>(created)));
    switch (random() % 9) {
      case 0:
      case 1: {
        const char* const does[] = {"runs", "ends", "exits", "cannot start"};
        const char* const action = does[random() % 4];
        const JsonObject more = random() % 4 == 0 ? WithWorkBeside() : JsonObject();
        Create(Nth(created++), action, random() % 2 == 0 ? kHuge : "ml.m5.large", more);
        break;
      }
      case 2:
        Stop(any);
        break;
      case 3:
        Delete(any);
        break;
      case 4:
        world_.Restart();
        break;
      case 5:
        world_.FailWrites(static_cast<int>(random() % 4), static_cast<int>(random() % 4));
        break;
      case 6:
        for (const std::string& workload : world_.runtime().List()) {
          if (random() % 2 == 0)
            world_.runtime().End(workload, runtime::ExitReason::kExited, random() % 2 == 0 ? 0 : 1);
        }
        break;
      case 7:
        world_.images().Become(static_cast<Stage>(random() % 3), "Says the test.");
        break;
      default:
        world_.Pass(Seconds(static_cast<double>(random() % 100)));
    }
    random() % 2 == 0 ? world_.Run() : world_.RunReconciles();
    if (created > 0 && Job(any) != nullptr) {
      EXPECT_TRUE(world_.Accepts("Describe" + noun_.name, Named(any)) || troubled);
    }
  }

  void ExpectAllEnd(int created, bool troubled) {
    world_.Befall(nullptr);
    if (troubled) world_.Restart();
    world_.FailWrites(0);
    world_.images().Become(Stage::kReady);
    for (int i = 0; i < created; ++i) Stop(Nth(i));
    world_.Pass(kHours);
    for (int i = 0; i < created; ++i) {
      const auto job = Job(Nth(i));
      if (job == nullptr) continue;
      EXPECT_TRUE(HasEnded(*job)) << job->key.name << " is " << job->state;
      Delete(Nth(i));
    }
    world_.Run();
    ExpectNothingLeft("jobs");
  }
};

}  // namespace sagebrush::sagemaker
