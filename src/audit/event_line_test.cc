#include "audit/event_line.h"

#include <gtest/gtest.h>

#include "audit/audit_trail.h"
#include "audit/event_search.h"
#include "base/json.h"
#include "wire/model.h"

namespace sagebrush::audit {
namespace {

wire::Principal User() {
  return {.account = "123456789012",
          .arn = "arn:aws:iam::123456789012:user/joe",
          .user_id = "AIDAAAAAAAAAAAAAAAAAA",
          .access_key_id = "AKIAAAAAAAAAAAAAAAAA",
          .identity_arn = "arn:aws:iam::123456789012:user/joe"};
}

class EventLineTest : public ::testing::Test {
 protected:
  wire::CallOutcome Outcome(const char* service, const char* operation) {
    wire::CallOutcome outcome;
    outcome.service = wire::FindService(service);
    outcome.operation = outcome.service->FindOperation(operation);
    outcome.principal = &principal_;
    outcome.input = &input_;
    outcome.http = &http_;
    outcome.region = "us-east-1";
    outcome.request_id = "request";
    return outcome;
  }

  Json Line(const wire::CallOutcome& outcome) {
    text_.clear();
    AppendEventLine(outcome, {1'700'000'000'000}, text_);
    EXPECT_EQ(text_.find('\n'), text_.size() - 1);
    return ParseJson(text_);
  }

  wire::Principal principal_ = User();
  wire::HttpRequest http_{.method = "POST", .target = "/"};
  Json input_ = JsonObject();
  Json output_ = JsonObject();
  std::string text_;
};

TEST_F(EventLineTest, HasTheShapeOfCloudTrail) {
  input_ = JsonObject{{"TrainingJobName", "j\"\n"}};
  output_ = JsonObject{{"TrainingJobArn", "arn"}};
  auto outcome = Outcome("sagemaker", "CreateTrainingJob");
  outcome.output = &output_;
  http_.peer_address = "10.0.0.1";
  http_.headers.Set("user-agent", "Boto3");
  const Json event = Line(outcome);
  EXPECT_EQ(GetString(event, "eventSource"), "sagemaker.amazonaws.com");
  EXPECT_EQ(GetString(event, "eventName"), "CreateTrainingJob");
  EXPECT_EQ(GetString(event, "userIdentity.type"), "IAMUser");
  EXPECT_EQ(GetString(event, "userIdentity.userName"), "joe");
  EXPECT_EQ(GetString(event, "requestParameters.trainingJobName"), "j\"\n");
  EXPECT_EQ(GetString(event, "responseElements.trainingJobArn"), "arn");
  EXPECT_EQ(GetString(event, "sourceIPAddress"), "10.0.0.1");
  EXPECT_EQ(GetString(event, "userAgent"), "Boto3");
  EXPECT_FALSE(GetBool(event, "readOnly", true));
  EXPECT_EQ(GetString(event, "eventCategory"), "Management");
  EXPECT_EQ(GetString(event, "recipientAccountId"), "123456789012");
}

TEST_F(EventLineTest, HasNoSecrets) {
  struct Case {
    const char* service;
    const char* operation;
    Json input;
    Json output;
  };
  for (const auto& [service, operation, input, output] :
       {Case{"iam", "CreateAccessKey", JsonObject{{"UserName", "joe"}},
             JsonObject{{"AccessKey", JsonObject{{"AccessKeyId", "AKIA"}, {"SecretAccessKey", "sesame"}}}}},
        Case{"iam", "CreateLoginProfile", JsonObject{{"UserName", "joe"}, {"Password", "sesame"}}, nullptr},
        Case{"sts", "AssumeRoleWithWebIdentity", JsonObject{{"WebIdentityToken", "sesame"}},
             JsonObject{{"Credentials", JsonObject{{"SessionToken", "sesame"}, {"SecretAccessKey", "sesame"}}}}},
        Case{"secretsmanager", "PutSecretValue", JsonObject{{"SecretString", "sesame"}, {"SecretBinary", "sesame"}},
             nullptr},
        Case{"kms", "Encrypt", JsonObject{{"KeyId", "k"}, {"Plaintext", "sesame"}},
             JsonObject{{"CiphertextBlob", "sesame"}}},
        Case{"s3", "PutObject",
             JsonObject{{"Bucket", "b"}, {"Key", "k"}, {"Body", "sesame"}, {"SSECustomerKey", "sesame"}}, nullptr},
        Case{"sagemaker-runtime", "InvokeEndpoint", JsonObject{{"EndpointName", "e"}, {"Body", "sesame"}},
             JsonObject{{"Body", "sesame"}}}}) {
    auto outcome = Outcome(service, operation);
    outcome.input = &input;
    outcome.output = &output;
    Line(outcome);
    EXPECT_EQ(text_.find("sesame"), std::string::npos) << operation << " " << text_;
  }
}

TEST_F(EventLineTest, LeavesOutWhatIsTooLongAsAWhole) {
  input_ = JsonObject{{"RoleName", "r"}, {"PolicyDocument", std::string(kParametersMax, 'x')}};
  const Json event = Line(Outcome("iam", "PutRolePolicy"));
  EXPECT_TRUE(GetBool(event, "requestParameters.omitted"));
  EXPECT_LT(text_.size(), 4096u);
}

TEST_F(EventLineTest, OfARequestThatNobodySignedTellsWhatItAskedFor) {
  const Error failure({"UnrecognizedClientException", 403, Fault::kClient}, "The security token is invalid.");
  wire::CallOutcome outcome{.failure = &failure, .http = &http_};
  http_.headers.Set("x-amz-target", "SageMaker.CreateTrainingJob");
  const Json event = Line(outcome);
  EXPECT_EQ(GetString(event, "eventName"), "CreateTrainingJob");
  EXPECT_EQ(GetString(event, "userIdentity.type"), "Unknown");
  EXPECT_EQ(GetString(event, "errorCode"), "UnrecognizedClientException");
  http_.headers.Set("x-amz-target", "SageMaker.<script>\"");
  EXPECT_EQ(GetString(Line(outcome), "eventName"), "Unknown");
}

TEST_F(EventLineTest, OfAPartOfTheServerNamesTheRoleThatItActsFor) {
  principal_.arn = "arn:aws:sts::123456789012:assumed-role/Worker/SageMaker";
  principal_.identity_arn = "arn:aws:iam::123456789012:role/Worker";
  principal_.user_id = "AROAAAAAAAAAAAAAAAAAA:SageMaker";
  auto outcome = Outcome("sagemaker", "CreateModel");
  outcome.http = nullptr;
  const Json event = Line(outcome);
  EXPECT_EQ(GetString(event, "userIdentity.invokedBy"), "sagemaker.amazonaws.com");
  EXPECT_EQ(GetString(event, "userIdentity.sessionContext.sessionIssuer.arn"), "arn:aws:iam::123456789012:role/Worker");
  EXPECT_EQ(GetString(event, "userIdentity.sessionContext.sessionIssuer.principalId"), "AROAAAAAAAAAAAAAAAAAA");
}

class AuditTrailTest : public EventLineTest {
 protected:
  std::vector<Json> Events(AuditTrail& trail, EventQuery query = {}) {
    trail.log().Flush();
    std::vector<Json> all;
    do {
      EventPage page = FindEvents(trail.log(), query);
      all.insert(all.end(), page.events.begin(), page.events.end());
      query.page_token = page.next_token;
    } while (!query.page_token.empty());
    return all;
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
};

TEST_F(AuditTrailTest, PagesThroughEventsNewestFirst) {
  AuditTrail trail(directory_.path() / "audit", clock_, {.limits = {.file_bytes_max = 2000}});
  for (int i = 0; i < 25; ++i) {
    input_ = JsonObject{{"ModelName", "m" + std::to_string(i)}};
    trail.OnCall(Outcome("sagemaker", i % 2 == 0 ? "CreateModel" : "DeleteModel"));
    trail.log().Flush();
    clock_.Advance(Milliseconds(1000));
  }
  EXPECT_GT(trail.log().Files().size(), 5u);
  const auto made = Events(trail, {.key = "EventName", .value = "CreateModel", .limit = 3});
  ASSERT_EQ(made.size(), 13u);
  for (std::size_t i = 0; i < made.size(); ++i) {
    EXPECT_EQ(made[i].at("Resources").at(0), Json(JsonObject{{"ResourceType", "AWS::SageMaker::Model"},
                                                             {"ResourceName", "m" + std::to_string(24 - 2 * i)}}));
  }
  EXPECT_EQ(Events(trail, {.key = "ResourceName", .value = "m7"}).size(), 1u);
  EXPECT_EQ(Events(trail, {.key = "ResourceType", .value = "AWS::SageMaker::Model", .limit = 7}).size(), 25u);
  EXPECT_EQ(Events(trail, {.key = "Username", .value = "joe"}).size(), 25u);
  EXPECT_EQ(Events(trail, {.key = "AccessKeyId", .value = principal_.access_key_id}).size(), 25u);
  EXPECT_TRUE(Events(trail, {.key = "ReadOnly", .value = "true"}).empty());
  const Time from = clock_.Now() + Milliseconds(-3000);
  EXPECT_EQ(Events(trail, {.key = "Username", .value = "joe", .start = from}).size(), 3u);
}

TEST_F(AuditTrailTest, TellsDataEventsOnlyWhenAsked) {
  for (const bool wanted : {false, true}) {
    AuditTrail trail(directory_.path() / (wanted ? "with" : "without"), clock_, {.data_events = wanted});
    trail.OnCall(Outcome("s3", "GetObject"));
    trail.OnCall(Outcome("sagemaker-runtime", "InvokeEndpoint"));
    trail.OnCall(Outcome("s3", "CreateBucket"));
    trail.log().Flush();
    const std::string text = ReadFile(trail.log().Files().back());
    EXPECT_EQ(text.find("GetObject") != std::string::npos, wanted);
    EXPECT_EQ(text.find("InvokeEndpoint") != std::string::npos, wanted);
    EXPECT_NE(text.find("CreateBucket"), std::string::npos);
  }
}

TEST_F(AuditTrailTest, AFloodOfStrangersDoesNotFillIt) {
  AuditTrail trail(directory_.path() / "audit", clock_, {});
  const Error failure({"InvalidClientTokenId", 403, Fault::kClient}, "The security token is invalid.");
  wire::CallOutcome outcome{.failure = &failure, .http = &http_};
  for (int i = 0; i < 1000; ++i) trail.OnCall(outcome);
  trail.OnCall(Outcome("sagemaker", "CreateModel"));
  EXPECT_EQ(Events(trail, {.key = "EventName", .value = "Unknown"}).size(), std::size_t{AuditTrail::kUnknownMax});
  EXPECT_EQ(Events(trail, {.key = "EventName", .value = "CreateModel"}).size(), 1u);
  clock_.Advance(Milliseconds(60'000));
  trail.OnCall(outcome);
  const auto told = Events(trail, {.key = "EventName", .value = "UnsignedRequestsLeftOut"});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(GetString(told[0], "CloudTrailEvent").find(R"("count":900)"), std::string::npos);
}

TEST_F(AuditTrailTest, PassesOverALineThatACrashCutOff) {
  {
    AuditTrail trail(directory_.path() / "audit", clock_, {});
    trail.OnCall(Outcome("sagemaker", "CreateModel"));
  }
  const Path file = EntriesOf(directory_.path() / "audit").front();
  std::filesystem::resize_file(directory_.path() / "audit" / file.filename(),
                               std::filesystem::file_size(directory_.path() / "audit" / file.filename()) - 20);
  clock_.Advance(Milliseconds(1000));
  AuditTrail trail(directory_.path() / "audit", clock_, {});
  EXPECT_EQ(Events(trail, {.key = "EventName", .value = "CreateModel"}).size(), 1u);
  EXPECT_EQ(Events(trail, {.key = "EventName", .value = "AuditTrailBegan"}).size(), 2u);
  EXPECT_TRUE(Events(trail, {.key = "EventName", .value = "AuditTrailEnded"}).empty());
}

}  // namespace
}  // namespace sagebrush::audit
