#include "audit/event_line.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "wire/model.h"

namespace sagebrush::audit {
namespace {

constexpr const char* kHidden = "HIDDEN_DUE_TO_SECURITY_REASONS";

// Members that hold secrets where the model does not say so, in lower case.
constexpr std::array<std::string_view, 12> kSecretNames{
    "password",      "newpassword",  "oldpassword",  "secretaccesskey", "sessiontoken", "webidentitytoken",
    "samlassertion", "secretstring", "secretbinary", "plaintext",       "tokencode",    "encodedmessage"};

bool IsSecretName(std::string_view name) {
  return std::any_of(kSecretNames.begin(), kSecretNames.end(),
                     [name](std::string_view secret) { return EqualsIgnoringCase(name, secret); });
}

void AppendString(std::string_view text, std::string& out) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127 && c != '"' && c != '\\'; });
  if (!plain) return AppendText(Json(text), out);
  out += '"';
  out += text;
  out += '"';
}

// Writes the members of an object one after another. Empty values are left out.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void Text(std::string_view name, std::string_view value) {
    if (!value.empty()) AppendString(value, Begin(name));
  }
  void Raw(std::string_view name, std::string_view value) { Begin(name) += value; }
  std::string& Begin(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
  }
  void End() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

void AppendVisible(const wire::Shape& shape, const Json& value, std::string& out);

void AppendObject(const wire::Shape& shape, const JsonObject& object, std::string& out) {
  Members members(out);
  for (const auto& entry : object) {
    const std::string_view name(entry.key().data(), entry.key().size());
    const wire::Member member = shape.type() == wire::ShapeType::kStructure ? shape.FindMember(name) : shape.value();
    // CloudTrail writes names in camel case.
    std::string written;
    AppendText(Json(name), written);
    if (written.size() > 2 && written[1] >= 'A' && written[1] <= 'Z' && shape.type() == wire::ShapeType::kStructure) {
      written[1] = static_cast<char>(written[1] - 'A' + 'a');
    }
    std::string& to = members.Begin(std::string_view(written).substr(1, written.size() - 2));
    if (IsSecretName(name) || !member) {
      AppendString(kHidden, to);
    } else {
      AppendVisible(member.shape(), entry.value(), to);
    }
  }
  members.End();
}

void AppendVisible(const wire::Shape& shape, const Json& value, std::string& out) {
  if (shape.sensitive() || shape.type() == wire::ShapeType::kBlob) return AppendString(kHidden, out);
  if (value.is_object() && !shape.document()) return AppendObject(shape, value.get_object(), out);
  if (value.is_array() && shape.type() == wire::ShapeType::kList) {
    out += '[';
    for (const Json& element : value.get_array()) {
      if (out.back() != '[') out += ',';
      AppendVisible(shape.element().shape(), element, out);
    }
    out += ']';
    return;
  }
  AppendText(value, out);
}

// "null" when there is nothing to tell, or too much.
void AppendDocument(std::string_view name, const wire::Shape& shape, const Json* document, Members& members) {
  const bool empty = document == nullptr || !document->is_object() || document->get_object().empty();
  if (!shape || empty) return members.Raw(name, "null");
  std::string text;
  AppendVisible(shape, *document, text);
  if (text.size() <= kParametersMax) return members.Raw(name, text);
  members.Raw(name, R"({"omitted":true,"reason":"REQUEST_TOO_LARGE"})");
}

std::string_view AfterLast(std::string_view text, char separator) { return text.substr(text.rfind(separator) + 1); }

// The role behind a session's ARN: "arn:aws:sts::1:assumed-role/name/session".
void AppendSessionContext(const wire::Principal& principal, bool is_role, Members& members) {
  std::string& out = members.Begin("sessionContext");
  Members context(out);
  Members issuer(context.Begin("sessionIssuer"));
  issuer.Text("type", is_role ? "Role" : "User");
  issuer.Text("principalId", std::string_view(principal.user_id).substr(0, principal.user_id.find(':')));
  issuer.Text("arn", principal.identity_arn);
  issuer.Text("accountId", principal.account);
  issuer.Text("userName", AfterLast(principal.identity_arn, '/'));
  issuer.End();
  Members attributes(context.Begin("attributes"));
  if (principal.session_issued) attributes.Text("creationDate", ToIso8601(*principal.session_issued));
  attributes.Text("mfaAuthenticated", "false");
  attributes.End();
  context.Text("sourceIdentity", principal.source_identity);
  context.End();
}

// The service that asks when no client does: for a role, or passing on what somebody asked of it.
std::string_view ServiceThatAsks(const wire::CallOutcome& outcome) {
  const wire::Principal* const principal = outcome.principal;
  if (principal != nullptr && !principal->via_service.empty()) return principal->via_service;
  const bool is_role = principal != nullptr && principal->arn.find(":assumed-role/") != std::string::npos;
  return is_role ? "sagemaker.amazonaws.com" : "AWS Internal";
}

void AppendUser(const wire::CallOutcome& outcome, Members& event) {
  Members user(event.Begin("userIdentity"));
  const wire::Principal* const principal = outcome.principal;
  if (principal == nullptr || principal->account.empty()) {
    user.Text("type", "Unknown");
    user.Text("principalId", "anonymous");
    return user.End();
  }
  const bool is_role = principal->arn.find(":assumed-role/") != std::string::npos;
  const bool is_federated = principal->arn.find(":federated-user/") != std::string::npos;
  const bool is_root = principal->arn.ends_with(":root");
  user.Text("type", is_role ? "AssumedRole" : is_federated ? "FederatedUser" : is_root ? "Root" : "IAMUser");
  user.Text("principalId", principal->user_id);
  user.Text("arn", principal->arn);
  user.Text("accountId", principal->account);
  user.Text("accessKeyId", principal->access_key_id);
  if (!is_role && !is_federated && !is_root) user.Text("userName", AfterLast(principal->arn, '/'));
  if (is_role || is_federated || principal->session_issued) AppendSessionContext(*principal, is_role, user);
  if (outcome.http == nullptr) user.Text("invokedBy", ServiceThatAsks(outcome));
  user.End();
}

std::string EventSource(const wire::CallOutcome& outcome) {
  if (outcome.service == nullptr) return "unknown.amazonaws.com";
  // Services that share a signing name are one source: sagemaker-runtime is sagemaker.
  const std::string_view name = outcome.service->id == "cloudwatch" ? "monitoring" : outcome.service->signing_name;
  return std::string(name) + ".amazonaws.com";
}

// Of an operation that was not found: what the request says that it wants.
std::string_view EventName(const wire::CallOutcome& outcome) {
  if (outcome.operation != nullptr) return outcome.operation->name;
  if (outcome.http == nullptr) return "Unknown";
  const std::string_view target = AfterLast(outcome.http->headers.GetOr("x-amz-target", ""), '.');
  const bool plain = std::all_of(target.begin(), target.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  return target.empty() || !plain || target.size() > 128 ? std::string_view("Unknown") : target;
}

void AppendOrigin(const wire::CallOutcome& outcome, Members& event) {
  if (outcome.http == nullptr) {
    event.Text("sourceIPAddress", ServiceThatAsks(outcome));
    event.Text("userAgent", ServiceThatAsks(outcome));
    return;
  }
  event.Text("sourceIPAddress", outcome.http->peer_address);
  event.Text("userAgent", outcome.http->headers.GetOr("user-agent", "").substr(0, 1024));
}

void AppendHead(Time now, Members& event) {
  event.Raw("eventVersion", R"("1.11")");
  event.Text("eventTime", ToIso8601(now));
  event.Text("eventID", NewUuid());
}

}  // namespace

bool IsReadOnly(std::string_view operation) {
  static constexpr std::array<std::string_view, 14> kReading{"Get",      "List",   "Describe", "Head",   "Lookup",
                                                             "Search",   "Query",  "Batch",    "Assume", "Simulate",
                                                             "Generate", "Decode", "Select",   "Filter"};
  if (operation.starts_with("BatchPut") || operation.starts_with("BatchDelete") || operation.starts_with("BatchWrite"))
    return false;
  return std::any_of(kReading.begin(), kReading.end(),
                     [&](std::string_view verb) { return operation.starts_with(verb); });
}

bool IsDataEvent(const wire::CallOutcome& outcome) {
  return outcome.operation != nullptr && IsDataEvent(*outcome.operation);
}

bool IsDataEvent(const wire::Operation& operation) {
  const std::string_view service = operation.service->id;
  const std::string_view name = operation.name;
  if (service == "s3") {
    return operation.input() && (operation.input().FindMember("Key") || name == "DeleteObjects" ||
                                 name.starts_with("ListObject") || name == "ListMultipartUploads");
  }
  if (service == "logs") return name == "PutLogEvents";
  if (service == "cloudwatch") return name == "PutMetricData";
  return service == "sagemaker-runtime" || service == "sagemaker-metrics" ||
         service == "sagemaker-featurestore-runtime";
}

void AppendEventLine(const wire::CallOutcome& outcome, Time now, std::string& out) {
  Members event(out);
  AppendHead(now, event);
  AppendUser(outcome, event);
  const std::string_view name = EventName(outcome);
  event.Text("eventSource", EventSource(outcome));
  event.Text("eventName", name);
  event.Text("awsRegion", outcome.region);
  AppendOrigin(outcome, event);
  if (outcome.failure != nullptr) {
    event.Text("errorCode", outcome.failure->kind().code);
    event.Text("errorMessage", std::string_view(outcome.failure->what()).substr(0, 1024));
  }
  const bool read_only = IsReadOnly(name);
  const bool data = IsDataEvent(outcome);
  const wire::Shape none;
  AppendDocument("requestParameters", outcome.operation == nullptr ? none : outcome.operation->input(), outcome.input,
                 event);
  // As CloudTrail: of what only reads, the answer is not told.
  AppendDocument("responseElements",
                 outcome.operation == nullptr || read_only || data ? none : outcome.operation->output(), outcome.output,
                 event);
  event.Text("requestID", outcome.request_id);
  event.Raw("readOnly", read_only ? "true" : "false");
  event.Raw("eventType", R"("AwsApiCall")");
  event.Raw("managementEvent", data ? "false" : "true");
  if (outcome.principal != nullptr) event.Text("recipientAccountId", outcome.principal->account);
  event.Raw("eventCategory", data ? R"("Data")" : R"("Management")");
  event.End();
  out += '\n';
}

void AppendTrailEvent(std::string_view name, std::uint64_t count, Time now, std::string& out) {
  Members event(out);
  AppendHead(now, event);
  event.Raw("userIdentity", R"({"type":"AWSService","invokedBy":"cloudtrail.amazonaws.com"})");
  event.Raw("eventSource", R"("cloudtrail.amazonaws.com")");
  event.Text("eventName", name);
  event.Raw("serviceEventDetails", fmt::format(R"({{"count":{}}})", count));
  event.Raw("readOnly", "false");
  event.Raw("eventType", R"("AwsServiceEvent")");
  event.Raw("managementEvent", "true");
  event.Raw("eventCategory", R"("Management")");
  event.End();
  out += '\n';
}

}  // namespace sagebrush::audit
