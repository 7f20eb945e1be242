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
  return FindRoute(Request(std::move(method), std::move(target), std::move(headers)), signing_name).operation->name;
}

std::string_view ErrorCode(const HttpRequest& request, std::string_view signing_name) {
  try {
    FindRoute(request, signing_name);
  } catch (const Error& error) {
    return error.kind().code;
  }
  return "";
}

TEST(Routing, FindsJsonOperationsByTarget) {
  const Route route = FindRoute(Request("POST", "/", {{"x-amz-target", "SageMaker.CreateTrainingJob"}}), "sagemaker");
  EXPECT_EQ(route.operation->name, "CreateTrainingJob");
  EXPECT_EQ(route.protocol, Protocol::kJson11);
  const Route metrics =
      FindRoute(Request("POST", "/", {{"x-amz-target", "GraniteServiceVersion20100801.PutMetricData"}}), "monitoring");
  EXPECT_EQ(metrics.service->id, "cloudwatch");
  EXPECT_EQ(metrics.protocol, Protocol::kJson10);
}

TEST(Routing, FindsCborOperationsByPath) {
  const Route route = FindRoute(Request("POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData",
                                        {{"smithy-protocol", "rpc-v2-cbor"}}),
                                "monitoring");
  EXPECT_EQ(route.operation->name, "PutMetricData");
  EXPECT_EQ(route.protocol, Protocol::kRpcV2Cbor);
}

TEST(Routing, FindsQueryOperationsInBodyAndQueryString) {
  const auto form = Request("POST", "/", {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}},
                            "Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_EQ(FindRoute(form, "sts").operation->name, "GetCallerIdentity");
  EXPECT_EQ(FindRoute(Request("GET", "/?Action=GetRole&RoleName=r"), "iam").operation->name, "GetRole");
  EXPECT_EQ(FindRoute(Request("GET", "/?Action=PutMetricData"), "monitoring").protocol, Protocol::kQuery);
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
  const Route route = FindRoute(request, "s3");
  EXPECT_EQ(route.operation->name, "GetObject");
  const Json input = ReadInput(route, request);
  EXPECT_EQ(GetString(input, "Bucket"), "bucket");
  EXPECT_EQ(GetString(input, "Key"), "a b/c+d");
}

TEST(S3Address, KeepsSlashesAtTheStartOfAKey) {
  const auto request = Request("GET", "/bucket//k/");
  EXPECT_EQ(GetString(ReadInput(FindRoute(request, "s3"), request), "Key"), "/k/");
}

}  // namespace
}  // namespace sagebrush::wire
