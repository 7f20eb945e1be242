#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "wire/http.h"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): the name is Asio's.
}

namespace sagebrush::wire {

struct Service;    // wire/model.h
struct Operation;  // wire/model.h

// Who makes a request, as its signature proved.
struct Principal {
  std::string account;
  std::string arn;            // What a policy's Principal and `aws:PrincipalArn` see: user, root or assumed-role ARN.
  std::string user_id;        // AIDA..., AROA...:session, or the account id for root.
  std::string access_key_id;  // Empty for a service acting inside the server.
  // The identity whose policies apply: the ARN of the user or role; the account root's ARN for root, which may do all.
  std::string identity_arn;
  Json session_policy;        // Null: none.
  JsonObject session_tags{};  // Of a role's session: aws:PrincipalTag/... besides the role's own tags.
  std::string identity_id{};  // Of the user or role itself, without a session's name: AIDA..., AROA..., account id.
  std::optional<Time> session_issued{};        // When temporary credentials were made; nullopt: a long-term key.
  std::string source_identity{};               // Of a role's session that was given one.
  std::vector<std::string> transitive_tags{};  // Keys of session_tags that roles assumed from here inherit.
  std::string federated_provider{};            // The ARN of the provider whose token the session was given for.
  // The service that passes the principal's request on to another one ("s3.us-east-1.amazonaws.com"); empty: none.
  std::string via_service{};
};

struct Call;

// One thing that a request wants to do, as IAM sees it.
struct Access {
  std::string action;    // "sagemaker:CreateTrainingJob"
  std::string resource;  // ARN, or "*"
  JsonObject
      context;  // Condition keys beyond those known from the request: {"s3:prefix": "x"}; values are strings or arrays.
  Json resource_policy;  // The policy on the resource itself (a bucket's); null: none.
  // A key's policy comes first: the caller's own policies, also the root's right to all, count for nothing unless it
  // names the caller's account.
  bool resource_policy_governs = false;
};

// What Authorizer::Check throws: also the decision and what it was about, sealed for sts:DecodeAuthorizationMessage,
// because who is denied may not be allowed to know.
class DeniedError : public Error {
 public:
  DeniedError(const ErrorKind& kind, const std::string& message, std::string encoded_decision)
      : Error(kind, message), encoded_decision_(std::move(encoded_decision)) {}
  const std::string& encoded_decision() const { return encoded_decision_; }

 private:
  std::string encoded_decision_;
};

// Decides whether a principal may do something. Safe to call from any thread; does not block.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // For what a request does: all that conditions can ask about the request itself (where it came from, how it was
  // signed) is known. The first access is the operation's own and says which service words a denial.
  // Throws DeniedError(kAccessDenied), naming principal, action and resource in AWS's form, at the first access not
  // allowed.
  virtual void Check(const Call& call, const std::vector<Access>& accesses) const = 0;
  // For what the server does by itself on behalf of a role; no request stands behind it.
  virtual void Check(const Principal& principal, const std::vector<Access>& accesses) const = 0;

  // A resource's policy as it is kept: each user and role that it names is replaced by the unique id it has now, so
  // that another one made later under its name gets nothing. Throws Error(MalformedPolicyDocument) when it is no
  // policy, or names a principal that does not exist. ShowPolicy makes the text that clients are shown of it: a
  // principal that is gone stays an id there.
  virtual std::string PinPolicy(std::string_view text) const = 0;
  virtual std::string ShowPolicy(std::string_view pinned) const = 0;
};

// One request on its way through an operation handler. Lives for the request; used by one thread at a time.
struct Call {
  const Service& service;
  const Operation& operation;
  Json input;  // Has passed the service model. Blobs are strings of raw bytes, timestamps numbers of epoch seconds.
  Principal principal;
  std::string region;
  std::string request_id;
  const HttpRequest* http = nullptr;  // nullptr: it came over no network (Api::Call).
  BodyReader* body = nullptr;         // Set when the operation's input has a streaming blob.
  std::stop_token stop{};             // Asks a handler that waits or works long to give up: the server stops.
  // The event loop of the I/O thread that the call came in on. Set for asynchronous handlers only.
  boost::asio::io_context* loop = nullptr;
  // Where a handler may build its output, and nothing that outlives the reply: freed all at once, without a trip to the
  // heap for each piece.
  boost::json::storage_ptr output_memory{};
  bool from_form = false;  // It came as a form that a browser filled in, not as the operation's own request.

  // What the handler may set besides its result.
  int reply_status = 0;   // 0: as the model says.
  Headers reply_headers;  // Added to those that the model makes from the output document.
  // The streaming payload of the output: of a file, read while it is sent, or made while it is sent.
  std::optional<FileSlice> reply_file;
  std::shared_ptr<BlockingBody> reply_blocking;
  std::shared_ptr<BodySource> reply_stream;

  const std::string& account() const { return principal.account; }
};

// Returns the output document of the operation: the same form as `input`.
using Handler = std::function<Json(Call&)>;

// Ends an asynchronous operation, with its output or with an error. Called exactly once, on the call's I/O thread,
// while the handler runs or any time later; the call is gone when it returns.
using Completion = std::function<void(std::exception_ptr error, Json output)>;

// Begins an operation that waits on another program (a model server) without a thread of its own: runs on the I/O
// thread, must not block, and finishes through `done`. An exception that it throws ends the call; `done` is then
// dropped.
using AsyncHandler = std::function<void(Call&, Completion done)>;

// What the caller must be allowed to do. An empty list: any signed request may (sts:GetCallerIdentity).
using AccessRule = std::function<std::vector<Access>(const Call&)>;

enum class RunsOn {
  kIoThread,  // Reads memory only, mostly; what is not there is read on the pool, where the handler is called anew.
  kPool,      // May block on the disk, on a commit or on its streamed body.
};

struct OperationEntry {
  Handler handler;
  AccessRule access;
  RunsOn runs_on = RunsOn::kPool;
  AsyncHandler async_handler{};  // Instead of `handler`. Its access rule runs on the I/O thread.
};

// Every operation that the server answers: service id ("sagemaker", "s3", "sts", ...: botocore's folder name) and
// operation name to entry. What is in the service model but not here answers UnknownOperationException.
// Filled once at start by each folder's Add...Operations function; read-only afterwards.
class OperationTable {
 public:
  void Add(const std::string& service, const std::string& operation, OperationEntry entry) {
    entries_[service].insert_or_assign(operation, std::move(entry));
  }
  const OperationEntry* Find(std::string_view service, std::string_view operation) const {
    const auto of_service = entries_.find(service);
    if (of_service == entries_.end()) return nullptr;
    const auto entry = of_service->second.find(operation);
    return entry == of_service->second.end() ? nullptr : &entry->second;
  }
  const auto& entries() const { return entries_; }

  // Says why an operation is not here: whoever asks for it is told.
  void Explain(const std::string& service, const std::string& operation, std::string reason) {
    reasons_[service].insert_or_assign(operation, std::move(reason));
  }
  std::string_view Reason(std::string_view service, std::string_view operation) const {  // Empty: nothing to say.
    const auto of_service = reasons_.find(service);
    if (of_service == reasons_.end()) return {};
    const auto reason = of_service->second.find(operation);
    return reason == of_service->second.end() ? std::string_view() : std::string_view(reason->second);
  }

 private:
  std::map<std::string, std::map<std::string, OperationEntry, std::less<>>, std::less<>> entries_;
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> reasons_;
};

}  // namespace sagebrush::wire
