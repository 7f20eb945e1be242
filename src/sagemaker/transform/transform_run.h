#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "inference/model_calls.h"
#include "sagemaker/jobs/job_outcome.h"
#include "sagemaker/transform/data_processing.h"
#include "sagemaker/transform/transform_files.h"
#include "sagemaker/transform/transform_plan.h"

namespace sagebrush::sagemaker {

// Sends the inputs of a transform job to its model server and stores what becomes of them: as many requests at a time
// as the plan says, across inputs, their results in the order of the records. A record that fails fails its input; the
// others go on. Used by one thread; where it is cut off, another run goes on with the inputs that are not done.
class TransformRun {
 public:
  TransformRun(const Context& context, const store::Resource& job, std::stop_token stop);
  ~TransformRun();

  // Does the inputs that are not done. Returns how the job ends. Throws Error(kServiceUnavailable) once a stop is asked
  // for.
  JobOutcome Run();

 private:
  struct Input;
  struct Request;

  void Begin();
  std::shared_ptr<Request> NextRequest();
  // The next input that is not done, opened.
  std::shared_ptr<Input> OpenNext();
  void Open(Input& input) const;
  void Send(const std::shared_ptr<Request>& request);
  void Finish(Request& request);
  void Fail(Input& input, const std::string& why);
  // While the error is handled: throws it again where the input is not at fault.
  void Fail(Input& input, const Error& error);
  // Stores the output of an input all of whose requests have ended, or tells of its failure.
  void CloseIfEnded(Input& input);
  JobOutcome Outcome() const;
  void Tell(const std::string& line) const;
  void CheckStop() const;

  const Context& context_;
  const store::Resource& job_;
  const std::stop_token stop_;
  const TransformFiles files_;
  const RoleObjects objects_;
  const DataProcessing processing_;
  const std::vector<TransformInput> inputs_;
  std::vector<bool> is_done_;
  std::vector<TransformFiles::Done> failed_;
  std::size_t next_ = 0;  // In inputs_.
  TransformPlan plan_;
  std::shared_ptr<Input> reading_;
  std::deque<std::shared_ptr<Request>> under_way_;
  inference::ModelCalls calls_;  // Last: what it gives up refers to the others.
};

}  // namespace sagebrush::sagemaker
