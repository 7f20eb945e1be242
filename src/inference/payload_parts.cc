#include "inference/payload_parts.h"

#include <utility>

#include "base/json.h"
#include "wire/event_stream.h"

namespace sagebrush::inference {

using Outcome = ModelAnswer::Outcome;

PayloadParts::PayloadParts(ModelAnswer answer, Target target, std::string container)
    : rest_(std::move(answer.rest)), target_(std::move(target)), container_(std::move(container)) {}

void PayloadParts::Next(std::function<void(std::exception_ptr failure, std::string bytes)> done) {
  if (!rest_) return done(nullptr, "");
  rest_->Next([self = shared_from_this(), done = std::move(done)](Outcome outcome, std::string bytes) {
    done(nullptr, self->Take(outcome, std::move(bytes)));
  });
}

std::string PayloadParts::Take(Outcome outcome, std::string bytes) {
  if (outcome == Outcome::kAnswered && !bytes.empty()) return wire::PayloadEvent("PayloadPart", bytes);
  rest_.reset();
  target_.reset();
  return outcome == Outcome::kAnswered ? "" : FailureMessage(outcome);
}

// AWS's words: repost.aws/questions/QUAnNu2T7pR8qVJpBVtwNSUw.
std::string PayloadParts::FailureMessage(Outcome outcome) const {
  const bool late = outcome == Outcome::kTimedOut;
  const JsonObject document{
      {"ErrorCode", late ? "ModelInvocationTimeExceeded" : "StreamBroken"},
      {"Message",
       late ? "Your model " + container_ + " did not complete sending the inference response in the allotted time."
            : "Your model " + container_ + " closed the connection before it had sent the whole inference response."}};
  return wire::ExceptionEvent("ModelStreamError", ToText(document));
}

}  // namespace sagebrush::inference
