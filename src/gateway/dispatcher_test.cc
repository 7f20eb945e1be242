#include "gateway/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/memory_only.h"
#include "gateway/gateway.h"
#include "gateway/test_client.h"
#include "wire/model.h"
#include "wire/sigv4_canonical.h"
#include "wire/sigv4_key.h"

namespace sagebrush::gateway {
namespace {

using testing::HasSubstr;

class FakeAuthorizer : public wire::Authorizer {
 public:
  void Check(const wire::Call& call, const std::vector<wire::Access>& accesses) const override {
    Check(call.principal, accesses);
  }
  std::string PinPolicy(std::string_view text) const override { return std::string(text); }
  std::string ShowPolicy(std::string_view pinned) const override { return std::string(pinned); }
  void Check(const wire::Principal&, const std::vector<wire::Access>& accesses) const override {
    for (const wire::Access& access : accesses) {
      if (access.resource == "forbidden") throw Error(kAccessDenied, "User x is not authorized");
    }
  }
};

const wire::Credentials kKey{"AKIDEXAMPLE", "secret", ""};

// A whole gateway with operations made here; requests are really signed, over a real socket.
class DispatcherTest : public testing::Test {
 protected:
  DispatcherTest() {
    AddOperations();
    Options options;
    options.threads = 2;
    gateway_ =
        std::make_unique<Gateway>(options,
                                  std::make_unique<Dispatcher>(
                                      api_,
                                      [](const wire::HttpRequest& request, std::optional<wire::Signature> signature,
                                         Time now) { return Authenticate(request, std::move(signature), now); },
                                      clock_, "us-east-1"),
                                  clock_);
    gateway_->Start();
    client_ = std::make_unique<TestClient>(gateway_->Address());
  }

  void AddOperations() {
    const auto forbid = [](const wire::Call& call) -> std::vector<wire::Access> {
      return {
          {"a:b", GetString(call.input, "TrainingJobName") == "Secret" ? "forbidden" : "allowed", {}, Json(nullptr)}};
    };
    operations_.Add("sagemaker", "StopTrainingJob",
                    {[](wire::Call& call) {
                       if (GetString(call.input, "TrainingJobName") == "Broken") throw std::runtime_error("a bug");
                       if (GetString(call.input, "TrainingJobName") == "Damaged") {
                         throw Error(kInternalFailure, "Cannot open /var/lib/sagebrush/objects/index.db");
                       }
                       if (call.region != "eu-west-1") throw Error(kValidation, "wrong region");
                       return Json(JsonObject{});
                     },
                     forbid, wire::RunsOn::kPool});
    operations_.Add("sts", "GetCallerIdentity",
                    {[](wire::Call&) { return Json(JsonObject{{"Account", "1"}}); }, nullptr, wire::RunsOn::kIoThread});
    operations_.Add(
        "sagemaker", "DescribeModel",
        {[this](wire::Call& call) {
           ++described_;
           if (GetString(call.input, "ModelName") == "on-disk") MemoryOnly::Check();
           return Json(JsonObject{{"ModelName", call.principal.account + GetString(call.input, "ModelName")}});
         },
         [](const wire::Call& call) {
           if (GetString(call.input, "ModelName") == "policy-on-disk") MemoryOnly::Check();
           return std::vector<wire::Access>();
         },
         wire::RunsOn::kIoThread});
    operations_.Add("s3", "PutObject", {[this](wire::Call& call) { return Store(call); }, nullptr});
    operations_.Add("sagemaker-runtime", "InvokeEndpoint",
                    {{}, {}, wire::RunsOn::kPool, [](wire::Call& call, wire::Completion done) {
                       done(nullptr, JsonObject{{"Body", call.http->body}, {"ContentType", "text/csv"}});
                     }});
  }
  Json Store(wire::Call& call) {
    std::string piece(1000, '\0');
    while (const std::size_t count = call.body->Read(piece.data(), piece.size())) stored_.append(piece, 0, count);
    return JsonObject{{"ETag", "\"x\""}};
  }

  static Caller Authenticate(const wire::HttpRequest& request, std::optional<wire::Signature> signature, Time now) {
    Caller caller;
    caller.signature = std::move(signature);
    caller.secret_key = kKey.secret_key;
    caller.principal.account = "7/";
    if (caller.signature) wire::CheckSignature(request, *caller.signature, caller.secret_key, now);
    return caller;
  }

  wire::HttpRequest Request(std::string method, std::string target, std::string body = "") {
    wire::HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    request.headers.Set("host", gateway_->Address());
    return request;
  }
  wire::HttpRequest StopTrainingJob(const std::string& name) {
    auto request = Request("POST", "/", "{\"TrainingJobName\":\"" + name + "\"}");
    request.headers.Set("x-amz-target", "SageMaker.StopTrainingJob");
    request.headers.Set("content-type", "application/x-amz-json-1.1");
    return request;
  }
  TestClient::Reply Send(const wire::HttpRequest& request) {
    std::string bytes = request.method + " " + request.target + " HTTP/1.1\r\n";
    for (const auto& [name, value] : request.headers) bytes += name + ": " + value + "\r\n";
    client_->Send(bytes + fmt::format("content-length: {}\r\n\r\n", request.body.size()) + request.body);
    return client_->Receive();
  }
  TestClient::Reply SendSigned(wire::HttpRequest request, std::string_view service,
                               std::string_view region = "eu-west-1") {
    wire::SignRequest(request, kKey, region, service, clock_.Now());
    return Send(request);
  }

  SystemClock clock_;
  FakeAuthorizer authorizer_;
  wire::OperationTable operations_;
  const wire::Api api_{operations_, authorizer_};
  std::string stored_;
  std::atomic<int> described_ = 0;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<TestClient> client_;
};

TEST_F(DispatcherTest, RunsAJsonOperation) {
  const auto reply = SendSigned(StopTrainingJob("Job"), "sagemaker");
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.Header("x-amzn-requestid").size(), 36u);
}

// The I/O thread gives up what would have to wait for the disk, and the pool does it from the beginning.
TEST_F(DispatcherTest, RunsOnThePoolWhatIsNotInMemory) {
  for (const auto& [name, times] : {std::pair{"in-memory", 1}, {"on-disk", 2}, {"policy-on-disk", 1}}) {
    described_ = 0;
    auto request = Request("POST", "/", fmt::format(R"({{"ModelName":"{}"}})", name));
    request.headers.Set("x-amz-target", "SageMaker.DescribeModel");
    request.headers.Set("content-type", "application/x-amz-json-1.1");
    EXPECT_THAT(SendSigned(std::move(request), "sagemaker").body, HasSubstr(fmt::format("7/{}", name)));
    EXPECT_EQ(described_, times) << name;
  }
}

TEST_F(DispatcherTest, RunsAQueryOperationWhoseNameIsInTheBody) {
  auto request = Request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15");
  request.headers.Set("content-type", "application/x-www-form-urlencoded; charset=utf-8");
  const auto reply = SendSigned(request, "sts");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr("<Account>1</Account>"));
}

TEST_F(DispatcherTest, StreamsAnObject) {
  const std::string body(3'000'000, 'b');
  const auto reply = SendSigned(Request("PUT", "/bucket/key", body), "s3");
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.Header("etag"), "\"x\"");
  EXPECT_TRUE(stored_ == body);
}

TEST_F(DispatcherTest, FailsAStreamWhoseBytesAreNotThoseSigned) {
  auto request = Request("PUT", "/bucket/key", "what was signed");
  wire::SignRequest(request, kKey, "eu-west-1", "s3", clock_.Now());
  request.body = "what was forged";
  const auto reply = Send(request);
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("<Code>XAmzContentSHA256Mismatch</Code>"));
}

// A URL that is signed with version 4 in its query, as botocore presigns it.
wire::HttpRequest Presigned(wire::HttpRequest request, const std::string& service, Time now) {
  wire::Signature signature;
  signature.presigned = true;
  signature.signed_headers = {"host"};
  signature.date = ToBasicIso8601(now).substr(0, 8);
  signature.region = "eu-west-1";
  signature.service = service;
  signature.signed_at = now;
  request.target += fmt::format(
      "{}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires=60&X-Amz-SignedHeaders=host",
      request.target.find('?') == std::string::npos ? '?' : '&',
      UriEncode(kKey.access_key_id + "/" + wire::CredentialScope(signature)), ToBasicIso8601(now));
  std::string canonical;
  wire::AppendCanonicalRequest(request, signature, wire::PayloadHash(request, signature), canonical);
  const auto key = wire::SigningKey(kKey.secret_key, signature.date, signature.region, service);
  request.target += "&X-Amz-Signature=" + ToHex(AsText(key.Sign(wire::StringToSign(request, signature, canonical))));
  return request;
}

TEST_F(DispatcherTest, APresignedUrlIsForTheBodyThatWasSigned) {
  const std::string form = "Action=GetCallerIdentity&Version=2011-06-15";
  auto request = Presigned(Request("POST", "/", form), "sts", clock_.Now());
  EXPECT_EQ(Send(request).status, 200);
  request.body = "Action=GetCallerIdentity&Version=2011-06-16";
  EXPECT_THAT(Send(request).body, HasSubstr("<Code>SignatureDoesNotMatch</Code>"));
  auto empty = Presigned(Request("POST", "/?" + form), "sts", clock_.Now());
  EXPECT_EQ(Send(empty).status, 200);
  empty.body = "Action=AssumeRole";
  EXPECT_THAT(Send(empty).body, HasSubstr("<Code>SignatureDoesNotMatch</Code>"));
  empty.headers.Set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  EXPECT_THAT(Send(empty).body, HasSubstr("<Code>SignatureDoesNotMatch</Code>"));
}

TEST_F(DispatcherTest, APresignedObjectUrlIsForNoOtherService) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"smithy-protocol", "rpc-v2-cbor"}, {"content-type", "application/x-www-form-urlencoded"}}) {
    auto request = Presigned(Request("PUT", "/bucket/key", "Action=GetCallerIdentity"), "s3", clock_.Now());
    request.headers.Set(name, value);
    EXPECT_EQ(Send(request).Header("etag"), "\"x\"") << name;  // It put the object, and nothing else.
  }
  auto request = Presigned(Request("PUT", "/bucket/key", "{}"), "s3", clock_.Now());
  request.headers.Set("x-amz-target", "SageMaker.StopTrainingJob");
  EXPECT_THAT(Send(request).body, HasSubstr("<HeadersNotSigned>x-amz-target</HeadersNotSigned>"));
}

TEST_F(DispatcherTest, TakesStreamsWithUnsignedChunksForObjectsOnly) {
  auto request = StopTrainingJob("Job");
  request.headers.Set("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  request.headers.Set("x-amz-decoded-content-length", "0");
  request.body = "0\r\n\r\n";
  EXPECT_EQ(SendSigned(request, "sagemaker").status, 400);
}

TEST_F(DispatcherTest, WritesErrorsOfQueryServicesAsXmlAlsoForUnsignedCalls) {
  for (const std::string action :
       {"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetCallerIdentity", "Nonsense"}) {
    auto request = Request("POST", "/", "Version=2011-06-15&Action=" + action);
    request.headers.Set("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    const auto reply = Send(request);
    EXPECT_THAT(reply.body, testing::StartsWith("<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"))
        << action;
    EXPECT_EQ(reply.Header("content-type"), "text/xml");
    const std::string code = action == "GetCallerIdentity" ? "MissingAuthenticationToken"
                             : action == "Nonsense"        ? "InvalidAction"
                                                           : "UnknownOperationException";
    EXPECT_THAT(reply.body, HasSubstr("<Code>" + code + "</Code>"));
  }
}

TEST_F(DispatcherTest, RunsAnAsynchronousOperation) {
  auto request = Request("POST", "/endpoints/e/invocations", "1,2,3");
  request.headers.Set("content-type", "text/csv");
  const auto reply = SendSigned(request, "sagemaker");
  EXPECT_EQ(reply.body, "1,2,3");
  EXPECT_EQ(reply.Header("content-type"), "text/csv");
}

TEST_F(DispatcherTest, RefusesAWrongSignatureInTheServicesProtocol) {
  auto json = StopTrainingJob("Job");
  wire::SignRequest(json, {"AKIDEXAMPLE", "other secret", ""}, "eu-west-1", "sagemaker", clock_.Now());
  const auto refused = Send(json);
  EXPECT_THAT(refused.Header("x-amzn-errortype") + refused.body, HasSubstr("InvalidSignatureException"));
  EXPECT_TRUE(ParseJson(refused.body).is_object());

  auto xml = Request("GET", "/bucket");
  wire::SignRequest(xml, {"AKIDEXAMPLE", "other secret", ""}, "eu-west-1", "s3", clock_.Now());
  const auto refused_xml = Send(xml);
  EXPECT_EQ(refused_xml.status, 403);
  EXPECT_THAT(refused_xml.body, HasSubstr("<Code>SignatureDoesNotMatch</Code>"));
}

TEST_F(DispatcherTest, RefusesWhatThePrincipalMayNot) {
  const auto reply = SendSigned(StopTrainingJob("Secret"), "sagemaker");
  EXPECT_THAT(reply.Header("x-amzn-errortype") + reply.body, HasSubstr("AccessDeniedException"));
  EXPECT_EQ(SendSigned(StopTrainingJob("Job"), "sagemaker").status, 200);
}

TEST_F(DispatcherTest, RefusesInputThatTheModelDoesNotAllow) {
  const auto reply = SendSigned(StopTrainingJob("not_a_name!"), "sagemaker");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("1 validation error detected: Value 'not_a_name!' at 'trainingJobName'"));
}

TEST_F(DispatcherTest, AnswersUnknownOperationForWhatIsNotBuilt) {
  auto request = StopTrainingJob("Job");
  request.headers.Set("x-amz-target", "SageMaker.CreateCluster");
  EXPECT_THAT(SendSigned(request, "sagemaker").body, HasSubstr("UnknownOperationException"));
  request.headers.Set("x-amz-target", "SageMaker.NeverHeardOf");
  EXPECT_THAT(SendSigned(request, "sagemaker").body, HasSubstr("UnknownOperationException"));
}

TEST_F(DispatcherTest, AnswersABugWithInternalFailureAndTheRequestId) {
  for (const char* name : {"Broken", "Damaged"}) {
    const auto reply = SendSigned(StopTrainingJob(name), "sagemaker");
    EXPECT_EQ(reply.status, 500);
    EXPECT_THAT(reply.body, HasSubstr(reply.Header("x-amzn-requestid")));
    EXPECT_THAT(reply.body, testing::Not(testing::AnyOf(HasSubstr("a bug"), HasSubstr("/var/lib"))));
  }
}

TEST_F(DispatcherTest, AnswersUnsignedNonsense) {
  for (const std::string target :
       {"/", "/?Action=Foo", "/bucket/key?uploads", "/%ff%zz", "/endpoints//invocations", "*"}) {
    for (const std::string method : {"GET", "POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
      const auto reply = Send(Request(method, target, "{"));
      EXPECT_GE(reply.status, 200) << method << target;
      EXPECT_LT(reply.status, 500) << method << target << reply.body;
      if (reply.Header("connection") == "close") client_ = std::make_unique<TestClient>(gateway_->Address());
    }
  }
}

}  // namespace
}  // namespace sagebrush::gateway
