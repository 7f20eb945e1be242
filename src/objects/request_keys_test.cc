#include "objects/request_keys.h"

#include <gtest/gtest.h>

#include "wire/model.h"

namespace sagebrush::objects {
namespace {

const Time kNow{1'700'000'000'000};  // 2023-11-14T22:13:20Z

struct Request {
  std::string operation = "PutObject";
  Json input = JsonObject();
  wire::HttpRequest http{};
  std::string access_key_id = "AKIDEXAMPLE";
};

JsonObject ContextOf(const Request& request) {
  const wire::Service& service = *wire::FindService("s3");
  wire::Principal principal;
  principal.access_key_id = request.access_key_id;
  const wire::Call call{
      service, *service.FindOperation(request.operation), request.input, principal, "us-east-1", "id", &request.http};
  return RequestContext(call, kNow);
}

// An operation for which the row holds and whose input has its member.
std::string OperationOf(const RequestKey& row) {
  const std::string_view first = row.member.substr(0, row.member.find('.'));
  for (const auto& operation : wire::FindService("s3")->operations) {
    const bool listed = row.operations.empty() || row.operations.find(operation.name) != std::string_view::npos;
    if (listed && operation.input() && operation.input().FindMember(first)) return std::string(operation.name);
  }
  return "";
}

TEST(S3RequestKeys, HoldWhatTheirMembersSay) {
  for (const RequestKey& row : RequestKeys()) {
    const std::string operation = OperationOf(row);
    ASSERT_FALSE(operation.empty()) << row.key << ": no operation has " << row.member;
    const std::size_t dot = row.member.find('.');
    const Json value = row.key == "s3:object-lock-retain-until-date" ? Json(0) : Json("some-value");
    const Json input = dot == std::string_view::npos
                           ? Json(JsonObject{{row.member, value}})
                           : Json(JsonObject{{row.member.substr(0, dot), {{row.member.substr(dot + 1), value}}}});
    const JsonObject context = ContextOf({.operation = operation, .input = input});
    ASSERT_TRUE(context.contains(row.key)) << row.key;
    EXPECT_EQ(context.at(row.key), value.is_string() ? value : Json("1970-01-01T00:00:00Z")) << row.key;
    EXPECT_FALSE(ContextOf({.operation = operation}).contains(row.key)) << row.key;
  }
}

TEST(S3RequestKeys, TellHowTheRequestWasSigned) {
  Request header;
  header.http.headers.Set("authorization", "AWS4-HMAC-SHA256 Credential=...");
  header.http.headers.Set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  header.http.tls_version = "1.3";
  JsonObject context = ContextOf(header);
  EXPECT_EQ(context.at("s3:authType"), "REST-HEADER");
  EXPECT_EQ(context.at("s3:signatureversion"), "AWS4-HMAC-SHA256");
  EXPECT_EQ(context.at("s3:x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(context.at("s3:TlsVersion"), "1.3");
  EXPECT_FALSE(context.contains("s3:signatureAge"));

  Request presigned;
  presigned.http.target = "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X%2DAmz-Date=20231114T221310Z";
  context = ContextOf(presigned);
  EXPECT_EQ(context.at("s3:authType"), "REST-QUERY-STRING");
  EXPECT_EQ(context.at("s3:signatureversion"), "AWS4-HMAC-SHA256");
  EXPECT_EQ(context.at("s3:signatureAge"), "10000");
  EXPECT_FALSE(context.contains("s3:TlsVersion"));

  Request old;
  old.http.headers.Set("authorization", "AWS AKIDEXAMPLE:...");
  EXPECT_EQ(ContextOf(old).at("s3:signatureversion"), "AWS");
  old.http = {.target = "/b/k?AWSAccessKeyId=AKIDEXAMPLE&Signature=s&Expires=1"};
  context = ContextOf(old);
  EXPECT_EQ(context.at("s3:authType"), "REST-QUERY-STRING");
  EXPECT_EQ(context.at("s3:signatureversion"), "AWS");

  EXPECT_FALSE(ContextOf({.access_key_id = ""}).contains("s3:authType"));
}

TEST(S3RequestKeys, NameTheSourceOfACopyInOneForm) {
  for (const char* source : {"b/k", "/b/k", "%2Fb%2Fk", "b/k?versionId=null"}) {
    EXPECT_EQ(ContextOf({.operation = "CopyObject", .input = {{"CopySource", source}}}).at("s3:x-amz-copy-source"),
              "b/k");
  }
}

TEST(S3RequestKeys, SayWhetherAnObjectIsMade) {
  EXPECT_EQ(ContextOf({.operation = "PutObject"}).at("s3:ObjectCreationOperation"), "true");
  EXPECT_EQ(ContextOf({.operation = "UploadPart"}).at("s3:ObjectCreationOperation"), "false");
  EXPECT_FALSE(ContextOf({.operation = "DeleteObject"}).contains("s3:ObjectCreationOperation"));
}

TEST(S3RequestKeys, DoNotReplaceWhatIsSet) {
  std::vector<wire::Access> accesses{{"s3:ListBucket", "arn:aws:s3:::b", {{"s3:prefix", ""}}, nullptr}};
  AddContext({{"s3:prefix", "p"}, {"s3:authType", "POST"}}, accesses);
  EXPECT_EQ(accesses[0].context.at("s3:prefix"), "");
  EXPECT_EQ(accesses[0].context.at("s3:authType"), "POST");
}

// docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html: they tell how a request was signed.
TEST(S3RequestKeys, SayNothingOfASignatureWhereThereWasNoRequest) {
  const wire::Service& service = *wire::FindService("s3");
  const wire::Call call{service,
                        *service.FindOperation("ListObjectsV2"),
                        JsonObject{{"Prefix", "p"}},
                        {.account = "1", .access_key_id = "ASIA"},
                        "us-east-1",
                        "id"};
  EXPECT_EQ(RequestContext(call, Time{}), (JsonObject{{"s3:prefix", "p"}}));
}

}  // namespace
}  // namespace sagebrush::objects
