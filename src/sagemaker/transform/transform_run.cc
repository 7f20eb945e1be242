#include "sagemaker/transform/transform_run.h"

#include <fcntl.h>

#include "base/error.h"
#include "base/line_file.h"
#include "base/mapped_file.h"
#include "base/text.h"
#include "sagemaker/failure_text.h"
#include "sagemaker/gzip.h"
#include "sagemaker/transform/transform.h"

namespace sagebrush::sagemaker {
namespace {

using Answer = inference::ModelAnswer;

constexpr std::chrono::milliseconds kSlice{100};  // So often the stop is looked at.
constexpr std::size_t kAnswerBytesMax = 100 << 20;
constexpr std::chrono::seconds kParametersTimeMax{5};
constexpr std::size_t kMessageCharactersMax = 1000;

std::string HeadOf(const TransformPlan& plan, std::size_t body_bytes) {
  std::string head = "POST /invocations HTTP/1.1\r\nHost: localhost:8080\r\n";
  if (!plan.content_type.empty()) head += "Content-Type: " + plan.content_type + "\r\n";
  if (!plan.accept.empty()) head += "Accept: " + plan.accept + "\r\n";
  return head + fmt::format("Content-Length: {}\r\n\r\n", body_bytes);
}

// Why an answer is none; empty: it is one.
std::string FailureOf(const Answer& answer) {
  switch (answer.outcome) {
    case Answer::Outcome::kAnswered:
      if (answer.status >= 200 && answer.status < 300) return "";
      return fmt::format("Bad HTTP status received from algorithm: {}. {}", answer.status,
                         LegibleLine(FirstCharacters(answer.body, kMessageCharactersMax)));
    case Answer::Outcome::kTimedOut:
      return "The model server did not answer in time (ModelClientConfig.InvocationsTimeoutInSeconds).";
    case Answer::Outcome::kTooLarge:
      return fmt::format("The answer of the model server has more than {} bytes.", kAnswerBytesMax);
    case Answer::Outcome::kNoConnection:
    case Answer::Outcome::kBroken:
      break;
  }
  return "Unable to get response from algorithm: the connection failed.";
}

bool MayBeBetterAgain(const Answer& answer) {
  if (answer.outcome == Answer::Outcome::kAnswered) return answer.status >= 500 || answer.status == 429;
  return answer.outcome != Answer::Outcome::kTooLarge;
}

}  // namespace

struct TransformRun::Input {
  std::size_t place = 0;  // In inputs_.
  std::optional<MappedFile> bytes;
  std::optional<BatchReader> batches;
  FileDescriptor output;
  std::int64_t output_bytes = 0;
  std::size_t open_requests = 0;
  bool is_read = false;
  std::string failure;
};

struct TransformRun::Request {
  std::shared_ptr<Input> input;
  RecordBatch batch;
  std::string processed;  // The body, where it is not the batch as it stands.
  std::string_view body;
  int tries = 0;
  std::optional<Answer> answer;
};

TransformRun::TransformRun(const Context& context, const store::Resource& job, std::stop_token stop)
    : context_(context),
      job_(job),
      stop_(std::move(stop)),
      files_(context, job),
      objects_(files_.Objects()),
      processing_(job.spec),
      inputs_(files_.Inputs()),
      is_done_(inputs_.size(), false),
      calls_(context.runtime, job.uid) {
  for (TransformFiles::Done& done : files_.AllDone()) {
    if (done.input >= is_done_.size() || is_done_[done.input]) continue;
    is_done_[done.input] = true;
    if (!done.failure.empty()) failed_.push_back(std::move(done));
  }
}

TransformRun::~TransformRun() = default;

void TransformRun::CheckStop() const {
  if (stop_.stop_requested()) throw Error(kServiceUnavailable, "The job stops, or the server.");
}

void TransformRun::Tell(const std::string& line) const {
  const Time now = context_.clock.Now();
  LineFileWriter(files_.DataLog()).Append(now, now, "[sagemaker logs]: " + line);
}

// What the container says of itself counts where the request left it open (your-algorithms-batch-code).
void TransformRun::Begin() {
  Json parameters;
  const Answer answer = calls_.Call("GET /execution-parameters HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
                                    {.time_max = kParametersTimeMax});
  if (FailureOf(answer).empty() && !answer.body.empty()) {
    try {
      parameters = ParseJson(answer.body);
    } catch (const Error&) {
      // As if there were no such path.
    }
  }
  plan_ = PlanOf(job_.spec, parameters);
  if (!failed_.empty() || std::ranges::find(is_done_, true) != is_done_.end()) return;
  Tell(fmt::format("MaxConcurrentTransforms={}, MaxPayloadInMB={}, BatchStrategy={}", plan_.concurrent_max,
                   GetInt(job_.spec, "MaxPayloadInMB", static_cast<std::int64_t>(plan_.payload_max >> 20)),
                   plan_.single_record ? "SINGLE_RECORD" : "MULTI_RECORD"));
}

JobOutcome TransformRun::Run() {
  Begin();
  for (;;) {
    CheckStop();
    while (under_way_.size() < plan_.concurrent_max) {
      auto request = NextRequest();
      if (!request) break;
      under_way_.push_back(request);
      Send(request);
    }
    if (under_way_.empty()) return Outcome();
    if (!under_way_.front()->answer) calls_.Wait(kSlice);
    while (!under_way_.empty() && under_way_.front()->answer) {
      Finish(*under_way_.front());
      under_way_.pop_front();
    }
  }
}

JobOutcome TransformRun::Outcome() const {
  if (failed_.empty()) return {JobResult::kCompleted, ""};
  return {JobResult::kFailed,
          fmt::format("ClientError: {} of {} inputs could not be transformed. See job logs for more information: "
                      "log group {}, stream {}/data-log. The first: {}",
                      failed_.size(), inputs_.size(), TransformJobForm().log_group,
                      LogStreamOf(TransformJobForm(), job_), failed_.front().failure)};
}

std::shared_ptr<TransformRun::Input> TransformRun::OpenNext() {
  while (next_ < inputs_.size() && is_done_[next_]) ++next_;
  if (next_ == inputs_.size()) return nullptr;
  auto input = std::make_shared<Input>();
  input->place = next_++;
  try {
    Open(*input);
  } catch (const Error& error) {
    Fail(*input, error);
  }
  return input;
}

void TransformRun::Open(Input& input) const {
  const Path file = files_.Part(input.place, "in"), output = files_.Part(input.place, "out");
  std::filesystem::remove(file);
  std::filesystem::remove(output);
  const std::int64_t bytes_max = VolumeBytesOf(TransformJobForm(), job_);
  objects_.Link(inputs_[input.place].object, file, stop_, bytes_max);
  if (plan_.gzip) {
    const Path packed = files_.Part(input.place, "gz");
    std::filesystem::rename(file, packed);
    Gunzip(packed, file, bytes_max, stop_);
    std::filesystem::remove(packed);
  }
  input.bytes.emplace(file);
  input.batches.emplace(RecordReader(input.bytes->bytes(), plan_.split), plan_.single_record, plan_.payload_max);
  input.output = OpenFile(output, O_RDWR | O_CREAT | O_EXCL, 0644);
}

std::shared_ptr<TransformRun::Request> TransformRun::NextRequest() {
  for (;;) {
    if (!reading_) {
      reading_ = OpenNext();
      if (!reading_) return nullptr;
    }
    const std::shared_ptr<Input> input = reading_;
    auto request = std::make_shared<Request>();
    try {
      const auto batch = input->failure.empty() ? input->batches->Next() : std::nullopt;
      if (batch) {
        request->input = input;
        request->batch = *batch;
        if (!processing_.IsNone()) request->processed = processing_.Input(*batch);
        request->body = processing_.IsNone() ? batch->bytes : std::string_view(request->processed);
        ++input->open_requests;
        return request;
      }
    } catch (const Error& error) {
      Fail(*input, error);
    }
    reading_.reset();
    input->is_read = true;
    CloseIfEnded(*input);
  }
}

void TransformRun::Send(const std::shared_ptr<Request>& request) {
  ++request->tries;
  calls_.Begin(HeadOf(plan_, request->body.size()), request->body,
               {.time_max = plan_.time_max, .body_bytes_max = kAnswerBytesMax}, [this, request](Answer answer) {
                 if (MayBeBetterAgain(answer) && !FailureOf(answer).empty() && request->tries <= plan_.retries_max) {
                   Send(request);
                 } else {
                   request->answer = std::move(answer);
                 }
               });
}

void TransformRun::Finish(Request& request) {
  Input& input = *request.input;
  if (const std::string failure = FailureOf(*request.answer); !failure.empty()) Fail(input, failure);
  try {
    if (input.failure.empty()) {
      std::string text = processing_.Output(request.batch, request.answer->body);
      if (plan_.lines && !text.ends_with('\n')) text += '\n';
      input.output_bytes += static_cast<std::int64_t>(text.size());
      if (input.output_bytes > VolumeBytesOf(TransformJobForm(), job_)) {
        throw Error(kValidation, "Its output has more bytes than the instance's volume holds.");
      }
      WriteAll(input.output.get(), text);
    }
  } catch (const Error& error) {
    Fail(input, error);
  }
  --input.open_requests;
  CloseIfEnded(input);
}

void TransformRun::Fail(Input& input, const std::string& why) {
  if (input.failure.empty()) input.failure = why;
}

// What may be better soon is tried again: not this input, but all that is not done.
void TransformRun::Fail(Input& input, const Error& error) {
  if (stop_.stop_requested() || error.kind().code == kServiceUnavailable.code) throw;
  Fail(input, TextForUser(error, "transform-job/" + job_.key.name));
}

void TransformRun::CloseIfEnded(Input& input) {
  if (!input.is_read || input.open_requests > 0) return;
  const TransformInput& what = inputs_[input.place];
  if (input.failure.empty()) {
    try {
      objects_.Put(what.output, input.output, stop_);
    } catch (const Error& error) {
      Fail(input, error);
    }
  }
  TransformFiles::Done done{input.place, ""};
  if (!input.failure.empty()) {
    done.failure = fmt::format("{}/{}: {}", what.object.bucket, what.object.key, input.failure);
    Tell(done.failure);
    failed_.push_back(done);
  }
  files_.AddDone(done);
  is_done_[input.place] = true;
  for (const char* part : {"in", "out", "gz"}) std::filesystem::remove(files_.Part(input.place, part));
}

}  // namespace sagebrush::sagemaker
