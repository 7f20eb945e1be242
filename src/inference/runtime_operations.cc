#include "inference/runtime_operations.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/arn.h"
#include "base/text.h"
#include "inference/error.h"
#include "inference/model_call.h"
#include "inference/payload_parts.h"

namespace sagebrush::inference {
namespace {

using Outcome = ModelAnswer::Outcome;

// What an endpoint can only do when it was configured for it, and none of ours is yet.
struct Unavailable {
  std::string_view member;
  std::string_view needs;
};
constexpr Unavailable kUnavailable[] = {
    {"TargetModel", "the endpoint is not a multi-model endpoint"},
    {"TargetContainerHostname", "the endpoint is not a multi-container endpoint with direct invocation"},
    {"InferenceComponentName", "the endpoint has no inference components"},
    {"SessionId", "the endpoint's container does not keep sessions"},
    {"EnableExplanations", "the endpoint has no explainer configuration"},
    {"PrefixAwareId", "the endpoint's routing strategy is not prefix aware"},
};

void RequireAvailable(const Json& input) {
  for (const auto& [member, needs] : kUnavailable) {
    if (Find(input, member) == nullptr) continue;
    throw Error(kInvalidRequest, fmt::format("{} cannot be used with endpoint {}: {}. Leave it out of the request.",
                                             member, GetString(input, "EndpointName"), needs));
  }
}

void AppendHeader(std::string_view name, std::string_view value, std::string& out) {
  if (value.empty()) return;
  // The parser lets no line break through, but a header that could start another one would be another request.
  if (value.find_first_of("\r\n") != std::string_view::npos) throw Error(kInvalidRequest, "A header has a line break.");
  out.append(name).append(": ").append(value).append("\r\n");
}

std::string MakeHead(const wire::Call& call, std::string_view content_type, std::size_t body_bytes) {
  std::string out = "POST /invocations HTTP/1.1\r\nHost: localhost:8080\r\n";
  AppendHeader("Content-Type", content_type, out);
  AppendHeader("Accept", GetString(call.input, "Accept"), out);
  AppendHeader("X-Amzn-SageMaker-Custom-Attributes", GetString(call.input, "CustomAttributes"), out);
  AppendHeader("X-Amzn-SageMaker-Inference-Id", GetString(call.input, "InferenceId"), out);
  fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n\r\n", body_bytes);
  return out;
}

// JSON text must be UTF-8; a container may answer anything.
std::string ToReadable(std::string_view bytes) {
  constexpr std::size_t kShownMax = 16 * 1024;
  std::string out;
  for (const char c : bytes.substr(0, kShownMax)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x80 || c == '\n' ? c : '?';
  }
  return out;
}

// ModelError as AWS phrases it (aws/amazon-sagemaker-examples issues 799, 833 and 1881 show whole messages), but
// pointing to the log group in place of AWS's own console.
Error MakeModelError(const wire::Call& call, const std::string& container, int status, const std::string& message) {
  const std::string group = "/aws/sagemaker/Endpoints/" + GetString(call.input, "EndpointName");
  const std::string_view side = status >= 400 && status < 500 ? "client" : "server";
  JsonObject members;
  members["OriginalStatusCode"] = status;
  members["OriginalMessage"] = message;
  members["LogStreamArn"] = Arn{"aws", "logs", call.region, call.account(), "log-group:" + group}.ToString();
  return Error(
      kModelError,
      fmt::format("Received {} error ({}) from {} with message \"{}\". See log group {} in account {} for more "
                  "information.",
                  side, status, container, message, group, call.account()),
      std::move(members));
}

bool IsSuccess(const ModelAnswer& answer) {
  return answer.outcome == Outcome::kAnswered && answer.status >= 200 && answer.status < 300;
}

// Throws ModelError unless the model answered with success.
void RequireSuccess(const wire::Call& call, const std::string& container, const ModelAnswer& answer,
                    const ModelLimits& limits) {
  if (IsSuccess(answer)) return;
  switch (answer.outcome) {
    case Outcome::kAnswered:
      throw MakeModelError(call, container, answer.status, ToReadable(answer.body));
    case Outcome::kTimedOut:
      throw MakeModelError(call, container, 0,
                           fmt::format("Your invocation timed out while waiting for a response from container {}. "
                                       "Review the latency metrics for each container in Amazon CloudWatch, resolve "
                                       "the issue, and try again.",
                                       container));
    case Outcome::kTooLarge:
      throw MakeModelError(
          call, container, 0,
          fmt::format("The response of the container is larger than {} bytes.", limits.body_bytes_max));
    case Outcome::kNoConnection:
      throw MakeModelError(call, container, 0, "The container does not accept connections on its port.");
    case Outcome::kBroken:
      throw MakeModelError(call, container, 0,
                           "The container closed the connection before it had sent a complete response.");
  }
}

std::string_view ContentTypeOf(const ModelAnswer& answer) {
  return answer.headers.GetOr("content-type", "application/octet-stream");
}

// Without its body.
JsonObject MakeOutput(const VariantState& variant, const ModelAnswer& answer) {
  JsonObject out;
  out["ContentType"] = ContentTypeOf(answer);
  out["InvokedProductionVariant"] = variant.name;
  if (const auto attributes = answer.headers.Get("x-amzn-sagemaker-custom-attributes")) {
    out["CustomAttributes"] = *attributes;
  }
  return out;
}

// `begun`: when the model was asked.
void Count(InvocationCounters& counters, const wire::Call& call, const ModelAnswer& answer,
           std::chrono::steady_clock::time_point begun) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  counters.model_latency.Add(std::chrono::steady_clock::now() - begun);
  counters.overhead_latency.Add(begun - call.http->received);
  const int status = answer.outcome == Outcome::kAnswered ? answer.status : 500;
  if (status >= 400 && status < 500) counters.client_errors.fetch_add(1, kRelaxed);
  if (status >= 500) counters.server_errors.fetch_add(1, kRelaxed);
}

// One invocation on its way through the containers of an instance. Holds itself while a container is asked.
class Invocation : public std::enable_shared_from_this<Invocation> {
 public:
  Invocation(Router& router, wire::Call& call, Delivery delivery, Target target, wire::Completion done)
      : router_(router), call_(call), delivery_(delivery), target_(std::move(target)), done_(std::move(done)) {}

  void Begin() { Ask(GetString(call_.input, "ContentType"), call_.http->body); }

 private:
  // `body` stays valid until the answer is there.
  void Ask(std::string_view content_type, std::string_view body) {
    const auto& containers = target_->instance().containers;
    CallModel(*call_.loop, router_, containers[at_], MakeHead(call_, content_type, body.size()), body,
              target_->limits(), at_ + 1 < containers.size() ? Delivery::kWhole : delivery_,
              [self = shared_from_this()](ModelAnswer answer) { self->Take(std::move(answer)); });
  }

  void Take(ModelAnswer answer) {
    const auto& containers = target_->instance().containers;
    if (IsSuccess(answer) && at_ + 1 < containers.size()) {
      ++at_;
      answer_ = std::move(answer);
      return Ask(ContentTypeOf(answer_), answer_.body);
    }
    Count(*target_->variant().counters, call_, answer, begun_);
    JsonObject output;
    std::exception_ptr failure;
    try {
      RequireSuccess(call_, containers[at_]->name, answer, target_->limits());
      output = MakeOutput(target_->variant(), answer);
      if (delivery_ == Delivery::kStreamed) {
        const std::string name = containers[at_]->name;
        call_.reply_stream = std::make_shared<PayloadParts>(std::move(answer), std::move(*target_), name);
      } else {
        output["Body"] = answer.body;
      }
    } catch (...) {
      failure = std::current_exception();
    }
    target_.reset();  // No longer outstanding when the caller gets its reply.
    done_(failure, std::move(output));
  }

  Router& router_;
  wire::Call& call_;
  const Delivery delivery_;
  std::optional<Target> target_;
  wire::Completion done_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::size_t at_ = 0;  // The container that is asked.
  ModelAnswer answer_;  // Of the one before it.
};

void Invoke(Router& router, wire::Call& call, Delivery delivery, wire::Completion done) {
  RequireAvailable(call.input);
  Target target = router.Choose(call.account(), call.region, GetString(call.input, "EndpointName"),
                                GetString(call.input, "TargetVariant"));
  std::make_shared<Invocation>(router, call, delivery, std::move(target), std::move(done))->Begin();
}

std::vector<wire::Access> InvokeAccess(const wire::Call& call) {
  const std::string name = Lower(GetString(call.input, "EndpointName"));
  return {{"sagemaker:InvokeEndpoint",
           Arn{"aws", "sagemaker", call.region, call.account(), "endpoint/" + name}.ToString(),
           {},
           Json(nullptr)}};
}

}  // namespace

void AddRuntimeOperations(wire::OperationTable& operations, Router& router, wire::AccessRule access) {
  // Both are the same action (docs.aws.amazon.com: API_runtime_InvokeEndpointWithResponseStream).
  if (!access) access = InvokeAccess;
  const auto add = [&](const char* operation, Delivery delivery) {
    wire::OperationEntry entry;
    entry.access = access;
    entry.async_handler = [&router, delivery](wire::Call& call, wire::Completion done) {
      Invoke(router, call, delivery, std::move(done));
    };
    operations.Add("sagemaker-runtime", operation, std::move(entry));
  };
  add("InvokeEndpoint", Delivery::kWhole);
  add("InvokeEndpointWithResponseStream", Delivery::kStreamed);
}

}  // namespace sagebrush::inference
