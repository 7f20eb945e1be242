#include "wire/routing.h"

#include <gtest/gtest.h>

#include "wire/protocol.h"
#include "wire/s3_address.h"

namespace sagebrush::wire {
namespace {

HttpRequest Request(std::string method, std::string target,
                    std::vector<std::pair<std::string, std::string>> headers = {}, std::string body = "") {
  HttpRequest request{.method = std::move(method), .target = std::move(target), .body = std::move(body)};
  for (const auto& [name, value] : headers) request.headers.Add(name, value);
  return request;
}

std::string_view Operation(std::string method, std::string target,
                           std::vector<std::pair<std::string, std::string>> headers = {},
                           std::string_view signing_name = "s3") {
  return FindRouteAsSigned(Request(std::move(method), std::move(target), std::move(headers)), signing_name)
      .operation->name;
}

std::string_view ErrorCode(const HttpRequest& request, std::string_view signing_name) {
  try {
    FindRouteAsSigned(request, signing_name);
  } catch (const Error& error) {
    return error.kind().code;
  }
  return "";
}

TEST(Routing, FindsJsonOperationsByTarget) {
  const Route route =
      FindRouteAsSigned(Request("POST", "/", {{"x-amz-target", "SageMaker.CreateTrainingJob"}}), "sagemaker");
  EXPECT_EQ(route.operation->name, "CreateTrainingJob");
  EXPECT_EQ(route.protocol, Protocol::kJson11);
  const Route metrics = FindRouteAsSigned(
      Request("POST", "/", {{"x-amz-target", "GraniteServiceVersion20100801.PutMetricData"}}), "monitoring");
  EXPECT_EQ(metrics.service->id, "cloudwatch");
  EXPECT_EQ(metrics.protocol, Protocol::kJson10);
}

TEST(Routing, FindsCborOperationsByPath) {
  const Route route =
      FindRouteAsSigned(Request("POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData",
                                {{"smithy-protocol", "rpc-v2-cbor"}}),
                        "monitoring");
  EXPECT_EQ(route.operation->name, "PutMetricData");
  EXPECT_EQ(route.protocol, Protocol::kRpcV2Cbor);
}

TEST(Routing, FindsQueryOperationsInBodyAndQueryString) {
  const auto form = Request("POST", "/", {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}},
                            "Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_EQ(FindRouteAsSigned(form, "sts").operation->name, "GetCallerIdentity");
  EXPECT_EQ(FindRouteAsSigned(Request("GET", "/?Action=GetRole&RoleName=r"), "iam").operation->name, "GetRole");
  EXPECT_EQ(FindRouteAsSigned(Request("GET", "/?Action=PutMetricData"), "monitoring").protocol, Protocol::kQuery);
}

TEST(Routing, TellsS3OperationsApartByMethodPathAndQuery) {
  EXPECT_EQ(Operation("GET", "/"), "ListBuckets");
  EXPECT_EQ(Operation("GET", "/b"), "ListObjects");
  EXPECT_EQ(Operation("GET", "/b/"), "ListObjects");
  EXPECT_EQ(Operation("GET", "/b?list-type=2&prefix=a"), "ListObjectsV2");
  EXPECT_EQ(Operation("GET", "/b?location"), "GetBucketLocation");
  EXPECT_EQ(Operation("GET", "/b?uploads"), "ListMultipartUploads");
  EXPECT_EQ(Operation("PUT", "/b"), "CreateBucket");
  EXPECT_EQ(Operation("PUT", "/b?policy"), "PutBucketPolicy");
  EXPECT_EQ(Operation("PUT", "/b?notification"), "PutBucketNotificationConfiguration");
  EXPECT_EQ(Operation("PUT", "/b?lifecycle"), "PutBucketLifecycleConfiguration");
  EXPECT_EQ(Operation("HEAD", "/b"), "HeadBucket");
  EXPECT_EQ(Operation("POST", "/b?delete"), "DeleteObjects");
  EXPECT_EQ(Operation("DELETE", "/b?tagging"), "DeleteBucketTagging");
  EXPECT_EQ(Operation("GET", "/b/k/with/slashes"), "GetObject");
  EXPECT_EQ(Operation("GET", "/b//k"), "GetObject");
  EXPECT_EQ(Operation("GET", "/b/k?x-id=GetObject"), "GetObject");
  EXPECT_EQ(Operation("GET", "/b/k?tagging"), "GetObjectTagging");
  EXPECT_EQ(Operation("GET", "/b/k?uploadId=u"), "ListParts");
  EXPECT_EQ(Operation("PUT", "/b/k"), "PutObject");
  EXPECT_EQ(Operation("PUT", "/b/k", {{"x-amz-copy-source", "/b/j"}}), "CopyObject");
  EXPECT_EQ(Operation("PUT", "/b/k?partNumber=1&uploadId=u"), "UploadPart");
  EXPECT_EQ(Operation("PUT", "/b/k?partNumber=1&uploadId=u", {{"x-amz-copy-source", "/b/j"}}), "UploadPartCopy");
  EXPECT_EQ(Operation("POST", "/b/k?uploads"), "CreateMultipartUpload");
  EXPECT_EQ(Operation("POST", "/b/k?uploadId=u"), "CompleteMultipartUpload");
  EXPECT_EQ(Operation("DELETE", "/b/k"), "DeleteObject");
  EXPECT_EQ(Operation("DELETE", "/b/k?uploadId=u"), "AbortMultipartUpload");
}

TEST(Routing, NeverTakesASubresourceForItsBucket) {
  // DELETE ?analytics lacks its id, but must not delete the bucket.
  EXPECT_EQ(Operation("DELETE", "/b?analytics"), "DeleteBucketAnalyticsConfiguration");
  EXPECT_EQ(ErrorCode(Request("POST", "/b"), "s3"), "MethodNotAllowed");
  EXPECT_EQ(ErrorCode(Request("POST", "/b/k"), "s3"), "MethodNotAllowed");
}

TEST(Routing, UnsignedRequestsAreForS3) { EXPECT_EQ(Operation("GET", "/b/k", {}, ""), "GetObject"); }

TEST(Routing, FindsTheServiceThatSharesASigningName) {
  EXPECT_EQ(Operation("POST", "/endpoints/e/invocations", {}, "sagemaker"), "InvokeEndpoint");
  EXPECT_EQ(Operation("PUT", "/FeatureGroup/g", {}, "sagemaker"), "PutRecord");
  EXPECT_EQ(Operation("PUT", "/BatchPutMetrics", {}, "sagemaker"), "BatchPutMetrics");
  EXPECT_EQ(Operation("GET", "/v20180820/jobs", {{"x-amz-account-id", "123456789012"}}), "ListJobs");
}

// A request and what of it was signed: the service, and the headers besides Host.
struct SignedCase {
  std::string what;
  HttpRequest request;
  std::string service;  // Empty: not signed.
  std::vector<std::string> signed_headers;
  std::string operation;  // Or the code of the error.
  int version = 4;
};

std::string Decide(const SignedCase& c) {
  Signature signature;
  signature.service = c.service;
  signature.signed_headers = c.signed_headers;
  signature.version = c.version;
  try {
    return std::string(FindRoute(c.request, c.service.empty() ? nullptr : &signature).operation->name);
  } catch (const Error& error) {
    return std::string(error.kind().code);
  }
}

const std::pair<std::string, std::string> kTarget{"x-amz-target", "SageMaker.ListModels"};
const std::pair<std::string, std::string> kCbor{"smithy-protocol", "rpc-v2-cbor"};
const std::pair<std::string, std::string> kForm{"content-type", "application/x-www-form-urlencoded"};
constexpr std::string_view kCborPath = "/service/GraniteServiceVersion20100801/operation/ListMetrics";

TEST(Routing, GoesByWhatWasSignedAndNothingElse) {
  const std::string action = "Action=ListUsers&Version=2010-05-08";
  const std::vector<SignedCase> cases{
      {"JSON", Request("POST", "/", {kTarget}), "sagemaker", {"x-amz-target"}, "ListModels"},
      {"JSON, target not signed", Request("POST", "/", {kTarget}), "sagemaker", {}, "InvalidSignatureException"},
      {"JSON, signed for another",
       Request("POST", "/", {kTarget}),
       "logs",
       {"x-amz-target"},
       "InvalidSignatureException"},
      {"JSON, not signed", Request("POST", "/", {kTarget}), "", {}, "MissingAuthenticationTokenException"},
      {"CBOR", Request("POST", std::string(kCborPath), {kCbor}), "monitoring", {"smithy-protocol"}, "ListMetrics"},
      {"CBOR, protocol not signed",
       Request("POST", std::string(kCborPath), {kCbor}),
       "monitoring",
       {},
       "InvalidSignatureException"},
      {"CBOR, signed for another",
       Request("POST", std::string(kCborPath), {kCbor}),
       "sagemaker",
       {"smithy-protocol"},
       "InvalidSignatureException"},
      {"CBOR, not signed",
       Request("POST", std::string(kCborPath), {kCbor}),
       "",
       {},
       "MissingAuthenticationTokenException"},
      {"S3 with a target", Request("PUT", "/b/k", {kTarget}), "s3", {}, "PutObject"},
      {"S3 with a signed target", Request("PUT", "/b/k", {kTarget}), "s3", {"x-amz-target"}, "PutObject"},
      {"S3 in version 2 with a target", Request("PUT", "/b/k", {kTarget}), "s3", {}, "PutObject", 2},
      {"S3 with a CBOR path", Request("PUT", std::string(kCborPath), {kCbor}), "s3", {}, "PutObject"},
      {"S3 with a form", Request("PUT", "/b/k", {kForm}, action), "s3", {}, "PutObject"},
      {"S3 with an action", Request("GET", "/b/k?" + action), "s3", {}, "GetObject"},
      {"query, form", Request("POST", "/", {kForm}, action), "iam", {"content-type"}, "ListUsers"},
      {"query, type not signed", Request("POST", "/", {kForm}, action), "iam", {}, "ListUsers"},
      {"query, another type", Request("POST", "/", {{"content-type", "text/plain"}}, action), "iam", {}, "ListUsers"},
      {"query, in the URL", Request("GET", "/?" + action), "iam", {}, "ListUsers"},
      {"query, encoded name", Request("GET", "/?%41ction=ListUsers"), "iam", {}, "ListUsers"},
      {"query, encoded name in the form",
       Request("POST", "/", {kForm}, "%41ction=ListUsers&Action=ListRoles"),
       "iam",
       {},
       "ListUsers"},
      {"query with another's target",
       Request("POST", "/", {kForm, kTarget}, action),
       "iam",
       {"x-amz-target"},
       "InvalidSignatureException"},
      {"query, not signed", Request("POST", "/", {kForm}, action), "", {}, "InvalidAction"},
      {"query, not signed, of STS",
       Request("POST", "/", {kForm}, "Action=GetCallerIdentity"),
       "",
       {},
       "MissingAuthenticationToken"},
      {"query, needs no signature",
       Request("POST", "/", {kForm}, "Action=AssumeRoleWithWebIdentity"),
       "",
       {},
       "AssumeRoleWithWebIdentity"},
      {"REST",
       Request("POST", "/endpoints/e/invocations", {{"content-type", "text/csv"}}),
       "sagemaker",
       {},
       "InvokeEndpoint"},
      {"REST, variant not signed",
       Request("POST", "/endpoints/e/invocations", {{"x-amzn-sagemaker-target-variant", "b"}}),
       "sagemaker",
       {},
       "InvalidSignatureException"},
      {"REST, variant signed",
       Request("POST", "/endpoints/e/invocations", {{"x-amzn-sagemaker-target-variant", "b"}}),
       "sagemaker",
       {"x-amzn-sagemaker-target-variant"},
       "InvokeEndpoint"},
      {"REST, another's path", Request("POST", "/endpoints/e/invocations"), "iam", {}, "InvalidAction"},
      {"REST, not signed", Request("POST", "/endpoints/e/invocations"), "", {}, "MethodNotAllowed"},
      {"anonymous S3", Request("GET", "/b/k"), "", {}, "GetObject"},
      {"anonymous S3 with curl's type", Request("PUT", "/b/k", {kForm}, "a=b"), "", {}, "PutObject"},
      {"a form of a browser to S3",
       Request("POST", "/b", {{"content-type", "multipart/form-data; boundary=x"}}),
       "",
       {},
       "MethodNotAllowed"},
  };
  for (const SignedCase& c : cases) EXPECT_EQ(Decide(c), c.operation) << c.what;
}

TEST(Routing, UsesThePathThatWasSigned) {
  // Other services than S3 sign the path without empty and dot segments, so that is the one that counts.
  for (const std::string path : {"/endpoints/e/invocations", "//endpoints//e/./invocations",
                                 "/endpoints/other/../e/invocations", "/x/../endpoints/e/invocations"}) {
    const auto request = Request("POST", path);
    const Route route = FindRouteAsSigned(request, "sagemaker");
    EXPECT_EQ(route.operation->name, "InvokeEndpoint") << path;
    EXPECT_EQ(GetString(ReadInput(route, request), "EndpointName"), "e") << path;
  }
  // Encoded dots are a name, decoded once: no way upwards.
  const auto encoded = Request("POST", "/endpoints/%2e%2e/invocations");
  EXPECT_EQ(GetString(ReadInput(FindRouteAsSigned(encoded, "sagemaker"), encoded), "EndpointName"), "..");
  const auto twice = Request("POST", "/endpoints/%252e/invocations");
  EXPECT_EQ(GetString(ReadInput(FindRouteAsSigned(twice, "sagemaker"), twice), "EndpointName"), "%2e");
  // S3 signs the path as it is, and uses it so.
  const auto object = Request("GET", "/b/a/../k//./x");
  EXPECT_EQ(GetString(ReadInput(FindRouteAsSigned(object, "s3"), object), "Key"), "a/../k//./x");
}

TEST(Routing, SaysWhenThereIsNoSuchOperation) {
  EXPECT_EQ(ErrorCode(Request("POST", "/", {{"x-amz-target", "SageMaker.MakeCoffee"}}), "sagemaker"),
            "UnknownOperationException");
  EXPECT_EQ(ErrorCode(Request("POST", "/", {{"x-amz-target", "nonsense"}}), "sagemaker"), "UnknownOperationException");
  EXPECT_EQ(ErrorCode(Request("GET", "/?Action=MakeCoffee"), "iam"), "InvalidAction");
  EXPECT_EQ(ErrorCode(Request("GET", "/x"), "nonesuch"), "UnknownOperationException");
}

TEST(S3Address, FindsTheBucketInTheHostName) {
  EXPECT_EQ(BucketOfHost("my-bucket.s3.amazonaws.com"), "my-bucket");
  EXPECT_EQ(BucketOfHost("my.dotted.bucket.s3.us-east-1.amazonaws.com:443"), "my.dotted.bucket");
  EXPECT_EQ(BucketOfHost("b.s3-us-west-2.amazonaws.com"), "b");
  EXPECT_EQ(BucketOfHost("b.s3.dualstack.us-east-1.amazonaws.com"), "b");
  EXPECT_EQ(BucketOfHost("b.localhost:8080"), "b");
  EXPECT_EQ(BucketOfHost("b.s3.localhost:8080"), "b");
  EXPECT_EQ(BucketOfHost("s3.us-east-1.amazonaws.com"), "");
  EXPECT_EQ(BucketOfHost("s3.amazonaws.com"), "");
  EXPECT_EQ(BucketOfHost("127.0.0.1:8080"), "");
  EXPECT_EQ(BucketOfHost("localhost:8080"), "");
  EXPECT_EQ(BucketOfHost("[::1]:8080"), "");
  EXPECT_EQ(BucketOfHost("unknown.example.com"), "");
}

TEST(S3Address, KnowsTheNamesOfThisServer) {
  SetHostNames({"sagebrush.example.com"});
  EXPECT_EQ(BucketOfHost("b.sagebrush.example.com:8080"), "b");
  EXPECT_EQ(BucketOfHost("sagebrush.example.com:8080"), "");
  SetHostNames({});
}

TEST(S3Address, ReadsLabelsOfAVirtualHostRequest) {
  const auto request = Request("GET", "/a%20b/c%2Bd", {{"host", "bucket.s3.amazonaws.com"}});
  const Route route = FindRouteAsSigned(request, "s3");
  EXPECT_EQ(route.operation->name, "GetObject");
  const Json input = ReadInput(route, request);
  EXPECT_EQ(GetString(input, "Bucket"), "bucket");
  EXPECT_EQ(GetString(input, "Key"), "a b/c+d");
}

TEST(S3Address, KeepsSlashesAtTheStartOfAKey) {
  const auto request = Request("GET", "/bucket//k/");
  EXPECT_EQ(GetString(ReadInput(FindRouteAsSigned(request, "s3"), request), "Key"), "/k/");
}

}  // namespace
}  // namespace sagebrush::wire
