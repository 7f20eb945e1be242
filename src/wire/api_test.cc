#include "wire/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/model.h"
#include "wire/protocol.h"

namespace sagebrush::wire {
namespace {

using testing::HasSubstr;

// Allows all but what is on the resource "forbidden".
class FakeAuthorizer : public Authorizer {
 public:
  void Check(const wire::Call& call, const std::vector<Access>& accesses) const override {
    Check(call.principal, accesses);
  }
  void Check(const Principal& principal, const std::vector<Access>& accesses) const override {
    for (const Access& access : accesses) {
      if (access.resource == "forbidden") throw Error(kAccessDenied, principal.arn + " may not " + access.action);
    }
  }
  std::string PinPolicy(std::string_view text) const override { return std::string(text); }
  std::string ShowPolicy(std::string_view pinned) const override { return std::string(pinned); }
};

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    const auto access = [](const wire::Call& call) -> std::vector<Access> {
      const bool secret = GetString(call.input, "TrainingJobName") == "Secret";
      return {{"sagemaker:DescribeTrainingJob", secret ? "forbidden" : "*", {}, Json(nullptr)}};
    };
    const auto note = [this](wire::Call& call) {
      seen_ = call.input;
      region_ = call.region;
      request_id_ = call.request_id;
      has_http_ = call.http != nullptr;
      return output_;
    };
    operations_.Add("sagemaker", "DescribeTrainingJob", {note, access});
    operations_.Add("sagemaker", "CreateTrainingJob", {note, nullptr});
    operations_.Add("logs", "PutLogEvents", {note, nullptr});
    operations_.Add("kms", "Encrypt", {note, nullptr});
    operations_.Add("sts", "GetCallerIdentity", {note, nullptr});
    operations_.Add("s3", "PutObject", {note, nullptr});
    operations_.Add("s3", "GetObject", {note, nullptr});
    operations_.Add("sagemaker-runtime", "InvokeEndpoint", {{}, {}, RunsOn::kPool, [](wire::Call&, Completion) {}});
  }

  Json Call(std::string_view service, std::string_view operation, Json input) {
    return api_.Call({.account = "1", .arn = "the role"}, "eu-west-1", service, operation, std::move(input));
  }
  // The error's code, its message in message_; empty: none.
  std::string CodeOf(std::string_view service, std::string_view operation, Json input) {
    try {
      Call(service, operation, std::move(input));
      return "";
    } catch (const Error& error) {
      message_ = error.what();
      return std::string(error.kind().code);
    }
  }

  FakeAuthorizer authorizer_;
  OperationTable operations_;
  const Api api_{operations_, authorizer_};
  Json output_ = JsonObject();
  Json seen_;
  std::string region_, request_id_, message_;
  bool has_http_ = true;
};

TEST_F(ApiTest, RunsTheHandlerWithoutHttp) {
  output_ = JsonObject{{"TrainingJobName", "j"}};
  EXPECT_EQ(Call("sagemaker", "DescribeTrainingJob", JsonObject{{"TrainingJobName", "j"}}), output_);
  EXPECT_EQ(seen_, (JsonObject{{"TrainingJobName", "j"}}));
  EXPECT_EQ(region_, "eu-west-1");
  EXPECT_EQ(request_id_.size(), 36u);
  EXPECT_FALSE(has_http_);
}

TEST_F(ApiTest, RefusesWhatTheModelDoesNotAllowInTheServicesWords) {
  EXPECT_EQ(CodeOf("sagemaker", "DescribeTrainingJob", JsonObject()), "ValidationException");
  EXPECT_EQ(message_,
            "1 validation error detected: Value null at 'trainingJobName' failed to satisfy constraint: Member must "
            "not be null");
  EXPECT_EQ(CodeOf("sagemaker", "DescribeTrainingJob", JsonObject{{"TrainingJobName", "no_name!"}}),
            "ValidationException");
  EXPECT_THAT(message_, HasSubstr("Value 'no_name!' at 'trainingJobName' failed to satisfy constraint: Member must "
                                  "satisfy regular expression pattern"));
  EXPECT_EQ(CodeOf("logs", "PutLogEvents", JsonObject{{"logGroupName", "g"}}), "InvalidParameterException");
  EXPECT_TRUE(seen_.is_null());
}

TEST_F(ApiTest, RefusesWrongTypes) {
  for (const Json& wrong : {Json(5), Json(JsonArray{}), Json(true)}) {
    EXPECT_EQ(CodeOf("sagemaker", "DescribeTrainingJob", JsonObject{{"TrainingJobName", wrong}}),
              "SerializationException");
  }
  EXPECT_EQ(CodeOf("sagemaker", "DescribeTrainingJob", JsonArray{}), "SerializationException");
  EXPECT_EQ(CodeOf("sagemaker", "DescribeTrainingJob", nullptr), "SerializationException");
  EXPECT_TRUE(seen_.is_null());
}

TEST_F(ApiTest, AsksTheAuthorizer) {
  EXPECT_EQ(CodeOf("sagemaker", "DescribeTrainingJob", JsonObject{{"TrainingJobName", "Secret"}}),
            "AccessDeniedException");
  EXPECT_EQ(message_, "the role may not sagemaker:DescribeTrainingJob");
  EXPECT_TRUE(seen_.is_null());
}

TEST_F(ApiTest, SaysWhatIsNotBuilt) {
  for (const auto& [service, operation] : std::vector<std::pair<std::string, std::string>>{
           {"sagemaker", "CreateCluster"}, {"sagemaker", "MakeCoffee"}, {"kitchen", "MakeCoffee"}, {"", ""}}) {
    EXPECT_EQ(CodeOf(service, operation, JsonObject()), "UnknownOperationException");
    EXPECT_EQ(message_, "The operation " + operation + " of the service " + service + " is not built in this server.");
  }
}

TEST_F(ApiTest, RefusesStreamsAndLateAnswers) {
  for (const auto& [service, operation] : std::vector<std::pair<std::string, std::string>>{
           {"s3", "PutObject"}, {"s3", "GetObject"}, {"sagemaker-runtime", "InvokeEndpoint"}}) {
    EXPECT_EQ(CodeOf(service, operation, JsonObject{{"Bucket", "b"}, {"Key", "k"}, {"EndpointName", "e"}}),
              "ValidationException");
    EXPECT_THAT(message_, HasSubstr(operation + " of the service " + service + " can be called over HTTP only"));
  }
}

// A document and the bytes that a client makes of it are one thing to a handler.
TEST_F(ApiTest, ADocumentIsWhatItsWireFormIsReadAs) {
  const std::string body = R"({"logGroupName":"g","logStreamName":"s","Unknown":1,"sequenceToken":null,
                               "logEvents":[{"timestamp":5.0,"message":"m","more":[]}]})";
  const Service& logs = *FindService("logs");
  const Json read = ReadInput({&logs, logs.FindOperation("PutLogEvents"), Protocol::kJson11}, {.body = body});
  Call("logs", "PutLogEvents", ParseJson(body));
  EXPECT_EQ(seen_, read);

  const Service& kms = *FindService("kms");
  const Json sent = ReadInput({&kms, kms.FindOperation("Encrypt"), Protocol::kJson11},
                              {.body = R"({"KeyId":"k","Plaintext":"AAEC/w=="})"});
  Call("kms", "Encrypt", JsonObject{{"KeyId", "k"}, {"Plaintext", std::string("\0\1\2\xff", 4)}});
  EXPECT_EQ(seen_, sent);
}

TEST_F(ApiTest, AnOperationWithoutInputGetsNone) {
  Call("sts", "GetCallerIdentity", JsonObject{{"Unknown", 1}});
  EXPECT_EQ(seen_, JsonObject());
}

TEST_F(ApiTest, GivesWhatAClientReads) {
  output_ = JsonObject{{"TrainingJobName", "j"}, {"Secret", 1}, {"FailureReason", nullptr}, {"CreationTime", 5}};
  const Json output = Call("sagemaker", "DescribeTrainingJob", JsonObject{{"TrainingJobName", "j"}});
  EXPECT_EQ(output, (JsonObject{{"TrainingJobName", "j"}, {"CreationTime", 5.0}}));
  output_ = nullptr;
  EXPECT_EQ(Call("sagemaker", "DescribeTrainingJob", JsonObject{{"TrainingJobName", "j"}}), JsonObject());
}

TEST_F(ApiTest, AnOutputThatBreaksItsModelIsOurFault) {
  output_ = JsonObject{{"CreationTime", "yesterday"}};
  EXPECT_EQ(CodeOf("sagemaker", "DescribeTrainingJob", JsonObject{{"TrainingJobName", "j"}}), "InternalFailure");
  EXPECT_THAT(message_, HasSubstr("The output of DescribeTrainingJob breaks its model"));
}

}  // namespace
}  // namespace sagebrush::wire
