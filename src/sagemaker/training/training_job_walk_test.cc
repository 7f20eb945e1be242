// Every state of a training job x every operation x every failure: each ends, and leaves nothing.
#include <random>

#include "sagemaker/controller_walk.h"
#include "sagemaker/training/training.h"
#include "sagemaker/training/training_job_step.h"

namespace sagebrush::sagemaker {
namespace {

class TrainingJobWalk : public ControllerWalk {
 protected:
  TrainingJobWalk() {
    objects::Bucket bucket;
    bucket.account = identity::kDefaultAccount;
    bucket.region = "us-east-1";
    bucket.name = "sagemaker-walk";  // As the default role may write.
    world_.objects().CreateBucket(bucket);
  }

  bool Create(const std::string& name, const std::string& does, const std::string& instance = "ml.t2.medium",
              JsonObject more = {}) {
    JsonObject input{{"TrainingJobName", name},
                     {"RoleArn", world_.Role()},
                     {"AlgorithmSpecification", {{"TrainingImage", "x/xgboost:1"}, {"TrainingInputMode", "File"}}},
                     {"OutputDataConfig", {{"S3OutputPath", "s3://sagemaker-walk/out"}}},
                     {"ResourceConfig", {{"InstanceType", instance}, {"InstanceCount", 1}, {"VolumeSizeInGB", 1}}},
                     {"StoppingCondition", {{"MaxRuntimeInSeconds", 3600}}},
                     {"Environment", {{"DOES", does}}}};
    for (const auto& [member, value] : more) input[member] = value;
    return world_.Accepts("CreateTrainingJob", input);
  }
  void CreateHogs() {
    for (const char* name : {"hog-1", "hog-2"}) EXPECT_TRUE(Create(name, "runs", "ml.m5.4xlarge"));
    world_.Run();
  }
  std::string State(const std::string& name = "j") { return world_.StateOf(TrainingJobNoun(), name); }
  std::string Secondary() {
    return GetString(world_.Call("DescribeTrainingJob", {{"TrainingJobName", "j"}}), "SecondaryStatus");
  }
  bool Stop(const std::string& name = "j") { return world_.Accepts("StopTrainingJob", {{"TrainingJobName", name}}); }
  void End(runtime::ExitReason reason, int code) {
    if (const auto job = world_.Get(TrainingJobNoun(), "j")) world_.runtime().End(job->uid, reason, code);
  }

  Table States() {
    return {
        {"waits for room",
         [this] {
           CreateHogs();
           Create("j", "runs", "ml.m5.4xlarge");
           world_.Run();
         }},
        {"its inputs are being placed",
         [this] {
           Create("j", "runs");
           world_.RunReconciles();
         }},
        {"runs",
         [this] {
           Create("j", "runs");
           world_.Run();
         }},
        {"runs with checkpoints, one is being saved",
         [this] {
           Create("j", "runs", "ml.t2.medium", {{"CheckpointConfig", {{"S3Uri", "s3://sagemaker-walk/checkpoints"}}}});
           world_.Run();
           world_.Pass(Seconds(6));
           world_.RunReconciles();
         }},
        {"its outputs are being uploaded",
         [this] {
           Create("j", "runs");
           world_.Run();
           End(runtime::ExitReason::kExited, 0);
           world_.RunReconciles();
         }},
        {"failed, and that is being written down",
         [this] {
           Create("j", "runs");
           world_.Run();
           End(runtime::ExitReason::kExited, 1);
           world_.RunReconciles();
         }},
        {"ended at once", [this] { Create("j", "ends"); }},
        {"cannot start", [this] { Create("j", "cannot start"); }},
        {"stopping",
         [this] {
           Create("j", "runs");
           world_.Run();
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
    return {
        {"nothing", [] {}},
        {"StopTrainingJob", [this] { Stop(); }},
        {"DeleteTrainingJob", [this] { world_.Accepts("DeleteTrainingJob", {{"TrainingJobName", "j"}}); }},
    };
  }
  Table Failures() {
    Table failures = ServerFailures(4);
    failures.push_back({"the supervisor is killed", [this] {
                          world_.Run();
                          End(runtime::ExitReason::kSupervisorLost, 137);
                        }});
    failures.push_back({"the machine is started anew, without what ran", [this] {
                          if (const auto job = world_.Get(TrainingJobNoun(), "j")) world_.runtime().Remove(job->uid);
                          world_.Restart();
                        }});
    return failures;
  }

  // What does not end by itself is stopped, as its time limit would; then it has ended, and nothing of it is left.
  void ExpectTheEnd() {
    world_.FailWrites(0);
    world_.Pass(kMinutes);
    for (const char* name : {"hog-1", "hog-2", "j"}) Stop(name);
    world_.Pass(kHours);
    const auto job = world_.Get(TrainingJobNoun(), "j");
    if (job != nullptr) {
      EXPECT_TRUE(HasEnded(*job)) << job->state;
      EXPECT_TRUE(job->state != "Failed" || !GetString(job->status, "FailureReason").empty());
      EXPECT_TRUE(world_.Accepts("DeleteTrainingJob", {{"TrainingJobName", "j"}}));
    }
    for (const char* name : {"hog-1", "hog-2"}) world_.Accepts("DeleteTrainingJob", {{"TrainingJobName", name}});
    world_.Run();
    EXPECT_EQ(State(), "");
    ExpectNothingLeft("jobs");
  }
};

TEST_F(TrainingJobWalk, EveryStateByEveryOperationByEveryFailureEnds) {
  WalkAll(States(), Operations(), Failures(), [this] { ExpectTheEnd(); });
}

TEST_F(TrainingJobWalk, RandomWalksEndWithNothingStuck) {
  for (unsigned seed = 1; seed <= 80; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const bool troubled = seed > 20;
    if (troubled) LetChanceBefall(random);
    int created = 0;
    for (int step = 0; step < 60; ++step) {
      const std::string any = fmt::format("j{}", created == 0 ? 0 : random() % static_cast<unsigned>(created));
      switch (random() % 8) {
        case 0:
        case 1: {
          const char* const does[] = {"runs", "ends", "exits", "cannot start"};
          Create(fmt::format("j{}", created++), does[random() % 4],
                 random() % 2 == 0 ? "ml.m5.4xlarge" : "ml.m5.large");
          break;
        }
        case 2:
          Stop(any);
          break;
        case 3:
          world_.Accepts("DeleteTrainingJob", {{"TrainingJobName", any}});
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
        default:
          world_.Pass(Seconds(static_cast<double>(random() % 100)));
      }
      random() % 2 == 0 ? world_.Run() : world_.RunReconciles();
      if (created > 0 && world_.Get(TrainingJobNoun(), any) != nullptr) {
        EXPECT_TRUE(world_.Accepts("DescribeTrainingJob", {{"TrainingJobName", any}}) || troubled);
      }
    }
    world_.Befall(nullptr);
    if (troubled) world_.Restart();
    world_.FailWrites(0);
    for (int i = 0; i < created; ++i) Stop(fmt::format("j{}", i));
    world_.Pass(kHours);
    for (int i = 0; i < created; ++i) {
      const auto job = world_.Get(TrainingJobNoun(), fmt::format("j{}", i));
      if (job == nullptr) continue;
      EXPECT_TRUE(HasEnded(*job)) << job->key.name << " is " << job->state;
      world_.Accepts("DeleteTrainingJob", {{"TrainingJobName", job->key.name}});
    }
    world_.Run();
    ExpectNothingLeft("jobs");
    if (testing::Test::HasFailure()) return;
  }
}

TEST_F(TrainingJobWalk, AnUploadThatTakesLongerIsAPhaseOfItsOwn) {
  Create("j", "runs");
  world_.Run();
  End(runtime::ExitReason::kExited, 0);
  world_.RunReconciles();
  EXPECT_EQ(Secondary(), "Training");
  world_.PassWithoutChores(Seconds(1));
  EXPECT_EQ(Secondary(), "Uploading");
  world_.Run();
  EXPECT_EQ(State(), "Completed") << GetString(world_.Get(TrainingJobNoun(), "j")->status, "FailureReason");
}

// Its memory is free as soon as it has exited; the next need not wait for its upload.
TEST_F(TrainingJobWalk, AJobThatUploadsHoldsNoRoom) {
  CreateHogs();
  Create("next", "runs", "ml.m5.4xlarge");
  world_.Run();
  EXPECT_EQ(world_.runtime().List().size(), 2u);
  world_.runtime().End(world_.Get(TrainingJobNoun(), "hog-1")->uid, runtime::ExitReason::kExited, 0);
  world_.RunReconciles();
  EXPECT_EQ(world_.capacity().free().memory_bytes, 0);
  EXPECT_EQ(State("hog-1"), "InProgress");
}

// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html: MaxWaitTimeInSeconds.
TEST_F(TrainingJobWalk, AManagedSpotJobWaitsNoLongerThanItsMaxWaitTime) {
  CreateHogs();
  Create("j", "runs", "ml.m5.4xlarge",
         {{"EnableManagedSpotTraining", true},
          {"StoppingCondition", {{"MaxRuntimeInSeconds", 100}, {"MaxWaitTimeInSeconds", 200}}}});
  world_.Pass(Seconds(150));
  EXPECT_EQ(State(), "InProgress");
  world_.Pass(Seconds(100));
  EXPECT_EQ(State(), "Stopped");
  EXPECT_EQ(Secondary(), "MaxWaitTimeExceeded");
}

}  // namespace
}  // namespace sagebrush::sagemaker
