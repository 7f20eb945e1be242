#include "wire/sigv4.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/error.h"
#include "wire/sigv2.h"
#include "wire/sigv4_canonical.h"

namespace sagebrush::wire {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const Time kNow = ParseTime("2015-08-30T12:36:00Z");

struct Fixture {
  std::string_view name;
  std::string_view service;
  std::string_view text;
};

// Signed by botocore 1.44.5 (SigV4Auth, S3SigV4Auth, S3SigV4QueryAuth, SigV4QueryAuth, HmacV1QueryAuth) for
// AKIDEXAMPLE, us-east-1, at kNow; the first is get-vanilla of the published AWS Signature Version 4 test suite.
constexpr Fixture kFixtures[] = {
    {"get-vanilla", "service", R"x(GET / HTTP/1.1
host:example.amazonaws.com
x-amz-date:20150830T123600Z
authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31

)x"},
    {"json", "sagemaker", R"x(POST / HTTP/1.1
x-amz-target:SageMaker.ListModels
content-type:application/x-amz-json-1.1
x-amz-date:20150830T123600Z
authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sagemaker/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=49b274bb90c69a49b38cf2222608e9de03c12a40d20aad26b3e00642da17462e
host:127.0.0.1:8080

{"MaxResults":1})x"},
    {"query with token", "sts", R"x(POST / HTTP/1.1
content-type:application/x-www-form-urlencoded; charset=utf-8
x-amz-date:20150830T123600Z
x-amz-security-token:TOKEN/+=
authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=aa5e3ba75440c232f01310f90f2a5701218173a1236ca44ebe805020a7a6751d
host:sts.amazonaws.com

Action=GetCallerIdentity&Version=2011-06-15)x"},
    {"double-encoded path", "sagemaker", R"x(POST /endpoints/a%20b%2Fc/invocations HTTP/1.1
content-type:text/csv
accept:*/*
x-amz-date:20150830T123600Z
authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sagemaker/aws4_request, SignedHeaders=accept;content-type;host;x-amz-date, Signature=6b1a2f7675b09ef13cc6cc6b68be65f9e2db8158961e2aeb386701524e039f19
host:127.0.0.1:8080

1,2,3)x"},
    {"normalised path", "execute-api", R"x(GET /a/./b//../c/ HTTP/1.1
x-amz-date:20150830T123600Z
authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=9e4ed4b0b085774816e32905149c132fc877006a85daab9ec12f8ec45cdd29ea
host:127.0.0.1:8080

)x"},
    {"inner blanks", "iam", R"x(GET /?Version=2010-05-08&Action=ListUsers HTTP/1.1
my-header1:  value  a   b c 
x-amz-date:20150830T123600Z
authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host;my-header1;x-amz-date, Signature=1c2d0586ff78201007740bc40e8a3ace7ac6f92d1f7d3a1218628608fc81eb92
host:iam.amazonaws.com

)x"},
    {"s3 path encoded once", "s3", R"x(PUT /bucket/a%20b/%C3%A9%2Bx%28y%29//z HTTP/1.1
content-type:text/plain
x-amz-meta-name:v
x-amz-date:20150830T123600Z
x-amz-content-sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-name, Signature=181bfaa4a73d34bfc167baa9e276b8e12bebd30581852b8ba18ed4415fe60a3d
host:127.0.0.1:8080

hello)x"},
    {"s3 query", "s3", R"x(GET /bucket?prefix=a%20b%2Fc&list-type=2&delimiter=%2F&acl HTTP/1.1
x-amz-date:20150830T123600Z
x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
authorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=70a31b5b77d478969b6d9d47a87ff71af74bd6986cd390e91885e6c894b0bea6
host:127.0.0.1:8080

)x"},
    {"s3 presigned", "s3",
     R"x(GET /bucket/a%20key?response-content-type=text%2Fplain&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Security-Token=TOKEN%2F%2B%3D&X-Amz-Signature=22c77ee0de337691e413fc1a52f67b0accc5cf4c8da7f605d1be487ef3f693bb HTTP/1.1
host:127.0.0.1:8080

)x"},
    {"sts presigned", "sts",
     R"x(GET /?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=1d10ef2bc2bb1b02201752f1912e9eb7a5df0d0d7bd2cc98b1f5557b7a9254be HTTP/1.1
host:sts.amazonaws.com

)x"},
    {"version 2 presigned", "s3",
     R"x(PUT /bucket/a%20key?uploadId=x%2By&partNumber=1&AWSAccessKeyId=AKIDEXAMPLE&Signature=p0NZzJxdDefv7TCBBNx2W%2F65mT4%3D&content-type=text%2Fplain&x-amz-security-token=TOKEN%2F%2B%3D&Expires=1440938760 HTTP/1.1
content-type:text/plain
x-amz-security-token:TOKEN/+=
date:1440938760
host:127.0.0.1:8080

)x"},
};

HttpRequest Parse(std::string_view text) {
  HttpRequest request;
  const std::size_t line = text.find('\n');
  const std::string_view first = text.substr(0, line);
  const std::size_t blank = first.find(' ');
  request.method = first.substr(0, blank);
  request.target = first.substr(blank + 1, first.rfind(' ') - blank - 1);
  text.remove_prefix(line + 1);
  while (!text.starts_with('\n')) {
    const std::string_view field = text.substr(0, text.find('\n'));
    request.headers.Add(field.substr(0, field.find(':')), field.substr(field.find(':') + 1));
    text.remove_prefix(field.size() + 1);
  }
  request.body = text.substr(1);
  return request;
}

HttpRequest Named(std::string_view name) {
  for (const auto& fixture : kFixtures) {
    if (fixture.name == name) return Parse(fixture.text);
  }
  throw std::logic_error("no such fixture");
}

// The error that a check of `request` ends with; empty: none.
std::string CodeOf(const HttpRequest& request, Time now = kNow, std::string_view secret = kSecret) {
  try {
    const auto signature = ReadSignature(request);
    if (!signature) return "unsigned";
    CheckSignature(request, *signature, secret, now);
    return "";
  } catch (const Error& error) {
    return std::string(error.kind().code);
  }
}

std::string MessageOf(const HttpRequest& request, Time now = kNow) {
  try {
    CheckSignature(request, ReadSignature(request).value(), kSecret, now);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Signature, OfBotocoreHolds) {
  for (const auto& fixture : kFixtures) {
    const HttpRequest request = Parse(fixture.text);
    const auto signature = ReadSignature(request);
    ASSERT_TRUE(signature) << fixture.name;
    EXPECT_EQ(signature->service, fixture.service);
    EXPECT_EQ(signature->access_key_id, "AKIDEXAMPLE");
    EXPECT_EQ(signature->region, "us-east-1");
    EXPECT_NO_THROW(CheckSignature(request, *signature, kSecret, kNow)) << fixture.name;
  }
}

TEST(Signature, DoesNotHoldForAnotherSecretOrRequest) {
  for (const auto& fixture : kFixtures) {
    HttpRequest request = Parse(fixture.text);
    const bool json = fixture.service == "sagemaker" && request.headers.Get("x-amz-target");
    const bool query_or_s3 = fixture.service == "s3" || fixture.service == "sts" || fixture.service == "iam";
    const std::string code = query_or_s3 ? "SignatureDoesNotMatch" : "InvalidSignatureException";
    EXPECT_EQ(CodeOf(request, kNow, "other"), code) << fixture.name << json;
    request.method = "DELETE";
    EXPECT_EQ(CodeOf(request), code) << fixture.name;
  }
}

TEST(Signature, CoversTheBodyOfServicesOtherThanS3) {
  HttpRequest request = Named("json");
  request.body = R"({"MaxResults":2})";
  EXPECT_EQ(CodeOf(request), "InvalidSignatureException");
}

TEST(Signature, CoversEverySignedHeader) {
  HttpRequest request = Named("json");
  request.headers.Set("x-amz-target", "SageMaker.DeleteModel");
  EXPECT_EQ(CodeOf(request), "InvalidSignatureException");
}

TEST(Signature, IsReadWithItsSessionToken) {
  for (const char* name : {"query with token", "s3 presigned", "version 2 presigned"}) {
    EXPECT_EQ(ReadSignature(Named(name))->session_token, "TOKEN/+=") << name;
  }
}

TEST(Signature, ExpiresAfterFifteenMinutes) {
  const Milliseconds minute = std::chrono::minutes(1);
  EXPECT_EQ(CodeOf(Named("json"), kNow + 15 * minute), "");
  // Form of the message: aws-sdk-js issue 254, aws-cli issue 6676.
  EXPECT_EQ(MessageOf(Named("json"), kNow + 16 * minute),
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123700Z (20150830T125200Z - 15 min.)");
  EXPECT_EQ(CodeOf(Named("json"), kNow + 16 * minute), "InvalidSignatureException");
  EXPECT_EQ(CodeOf(Named("query with token"), kNow + 16 * minute), "SignatureDoesNotMatch");
  EXPECT_EQ(CodeOf(Named("s3 query"), kNow + 16 * minute), "RequestTimeTooSkewed");
  EXPECT_EQ(CodeOf(Named("s3 query"), kNow + -16 * minute), "RequestTimeTooSkewed");
}

TEST(PresignedUrl, HoldsForItsLifetimeOnly) {
  const Milliseconds second = std::chrono::seconds(1);
  for (const char* name : {"s3 presigned", "version 2 presigned"}) {
    EXPECT_EQ(CodeOf(Named(name), kNow + 600 * second), "") << name;
    EXPECT_EQ(MessageOf(Named(name), kNow + 601 * second), "Request has expired") << name;
  }
  EXPECT_EQ(CodeOf(Named("s3 presigned"), kNow + -301 * second), "AccessDenied");
  EXPECT_EQ(CodeOf(Named("sts presigned"), kNow + 61 * second), "SignatureDoesNotMatch");
}

TEST(PresignedUrl, LivesAWeekAtMost) {
  HttpRequest request = Named("s3 presigned");
  request.target.replace(request.target.find("Expires=600"), 11, "Expires=604801");
  EXPECT_EQ(CodeOf(request), "AuthorizationQueryParametersError");
}

TEST(PresignedUrl, IsRefusedWithAnAuthorizationHeaderBesides) {
  HttpRequest request = Named("s3 presigned");
  request.headers.Set("authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request");
  EXPECT_EQ(CodeOf(request), "InvalidArgument");
}

// A presigned URL of version 2 for `target`, which carries nothing of the signature yet, as botocore makes it.
HttpRequest PresignVersion2(const std::string& target, std::string_view host = "127.0.0.1:8080") {
  const std::int64_t expires = kNow.milliseconds / 1000 + 600;
  HttpRequest request;
  request.method = "GET";
  request.target = fmt::format("{}{}AWSAccessKeyId=AKIDEXAMPLE&Expires={}", target,
                               target.find('?') == std::string::npos ? '?' : '&', expires);
  request.headers.Set("host", host);
  request.target += "&Signature=" + UriEncode(SignVersion2(request, expires, kSecret));
  return request;
}

TEST(PresignedUrl, OfVersion2SaysWhatItIsForAltogether) {
  ASSERT_EQ(CodeOf(PresignVersion2("/b/k")), "");
  ASSERT_EQ(CodeOf(PresignVersion2("/b/k?versionId=7&response-content-type=text%2Fcsv")), "");
  ASSERT_EQ(CodeOf(PresignVersion2("/b?prefix=a%2F&max-keys=3&list-type=2")), "") << "SDKs presign listings so";
  struct Case {
    const char* added;
    const char* code;
  };
  for (const auto& [added, code] : {
           Case{"&tagging", "SignatureDoesNotMatch"}, Case{"&%74agging", "SignatureDoesNotMatch"},
           Case{"&acl=", "SignatureDoesNotMatch"}, Case{"&versionId=8", "SignatureDoesNotMatch"},
           Case{"&x-amz-acl=public-read", "SignatureDoesNotMatch"}, Case{"&encryption", "AccessDenied"},
           Case{"&attributes", "AccessDenied"}, Case{"&legal-hold", "AccessDenied"}, Case{"&retention", "AccessDenied"},
           Case{"&publicAccessBlock", "AccessDenied"}, Case{"&%70olicyStatus", "AccessDenied"},
           Case{"&X-Amz-Content%2DSha256=UNSIGNED-PAYLOAD", "InvalidArgument"},
           Case{"&%58-Amz-Expires=9", "InvalidArgument"}, Case{"&X-Amz-Signature=1", "InvalidArgument"},
           Case{"&Expires=99999999999", "AuthorizationQueryParametersError"},
           Case{"&%41WSAccessKeyId=x", "AuthorizationQueryParametersError"},
           Case{"&utm_source=mail", ""},  // No operation knows it; S3 ignores such too.
       }) {
    HttpRequest request = PresignVersion2("/b/k");
    request.target += added;
    EXPECT_EQ(CodeOf(request), code) << added;
  }
}

TEST(PresignedUrl, OfVersion2IsForItsBucketWhateverTheHostSays) {
  HttpRequest request = PresignVersion2("/b/k");
  request.headers.Set("host", "victim.localhost:8080");
  EXPECT_EQ(CodeOf(request), "SignatureDoesNotMatch");
  HttpRequest virtual_host = PresignVersion2("/k", "b.localhost:8080");
  EXPECT_EQ(CodeOf(virtual_host), "");
  virtual_host.headers.Set("host", "victim.localhost:8080");
  EXPECT_EQ(CodeOf(virtual_host), "SignatureDoesNotMatch");
}

TEST(PresignedUrl, OfServicesOtherThanS3IsForItsBodyToo) {
  HttpRequest request = Named("sts presigned");
  const auto signature = ReadSignature(request);
  ASSERT_TRUE(SignsBody(request, *signature));
  ASSERT_EQ(CodeOf(request), "");
  request.body = "Action=AssumeRole";
  EXPECT_EQ(CodeOf(request), "SignatureDoesNotMatch");
  for (const char* word : {"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", ""}) {
    request.headers.Set("x-amz-content-sha256", word);
    EXPECT_TRUE(SignsBody(request, *signature)) << word;
    EXPECT_EQ(CodeOf(request), "SignatureDoesNotMatch") << word;
  }
}

TEST(PresignedUrl, MayNotSayTheDigestUnderAnEncodedNameUnchecked) {
  HttpRequest request;
  request.method = "PUT";
  request.target = "/b/k?X-Amz-Content%2DSha256=" + std::string(kEmptySha256);
  request.body = "not empty";
  EXPECT_THROW(CheckBody(request), Error);
}

TEST(PresignedUrl, TakesNothingBesides) {
  for (const char* added : {"&tagging", "&%58-Amz-Expires=9", "&X-Amz-Content%2DSha256=UNSIGNED-PAYLOAD",
                            "&X-Amz-Signature=0", "&X-Amz-Date=20150830T123600Z", "&AWSAccessKeyId=x", "&x"}) {
    HttpRequest request = Named("s3 presigned");
    request.target += added;
    EXPECT_NE(CodeOf(request), "") << added;
  }
}

TEST(Signature, BearsAnyMoment) {
  // tests/fuzz met an overflow with moments far off; a sanitizer sees it here.
  for (const char* expires : {"9223372036854775807", "-9223372036854775808", "253402300800", "-1"}) {
    HttpRequest request = PresignVersion2("/b/k");
    const std::size_t at = request.target.find("Expires=") + 8;
    request.target.replace(at, request.target.find('&', at) - at, expires);
    EXPECT_EQ(CodeOf(request), "AccessDenied") << expires;
  }
  for (const char* date : {"99991231T235959Z", "00000101T000000Z", "13000000000000000", "-1e300", "nan"}) {
    HttpRequest request = Named("json");
    request.headers.Set("x-amz-date", date);
    EXPECT_NE(CodeOf(request), "") << date;
  }
}

TEST(S3Request, MayNotCarryUnsignedAmzHeaders) {
  HttpRequest request = Named("s3 query");
  request.headers.Set("x-amz-copy-source", "other/secret");
  EXPECT_EQ(CodeOf(request), "AccessDenied");
}

TEST(S3Request, NeedsAPayloadHash) {
  HttpRequest request = Named("s3 query");
  request.headers.Remove("x-amz-content-sha256");
  EXPECT_EQ(CodeOf(request), "InvalidRequest");
}

TEST(AuthorizationHeader, NamesWhatItLacks) {
  struct Case {
    const char* header;
    const char* code;
  };
  for (const auto& [header, code] : {
           Case{"AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/sagemaker/aws4_request, SignedHeaders=host",
                "IncompleteSignatureException"},
           Case{"AWS4-HMAC-SHA256 Credential=A/20150830, SignedHeaders=host, Signature=1",
                "IncompleteSignatureException"},
           Case{"AWS4-HMAC-SHA256", "IncompleteSignatureException"},
           Case{"Bearer x", "IncompleteSignatureException"},
           Case{"AWS AKID:signature", "InvalidRequest"},
           Case{"AWS4-HMAC-SHA256 Credential=A/20150829/us-east-1/sagemaker/aws4_request, SignedHeaders=host, "
                "Signature=1",
                "InvalidSignatureException"},
       }) {
    HttpRequest request = Named("json");
    request.headers.Set("authorization", header);
    EXPECT_EQ(CodeOf(request), code) << header;
  }
  HttpRequest request = Named("json");
  request.headers.Remove("authorization");
  EXPECT_EQ(CodeOf(request), "unsigned");
}

TEST(SignRequest, MakesWhatCheckSignatureAccepts) {
  for (const std::string service : {"sagemaker", "s3", "logs"}) {
    HttpRequest request;
    request.method = "POST";
    request.target = "/a%20b/c?x=1&b=%2F";
    request.headers.Set("host", "localhost:1");
    request.headers.Set("content-type", "text/plain");
    request.body = "hello";
    SignRequest(request, {"AKID", "secret", "token"}, "eu-west-1", service, kNow);
    EXPECT_EQ(CodeOf(request, kNow, "secret"), "") << service;
    EXPECT_NO_THROW(CheckBody(request));
    request.body = "hullo";
    EXPECT_THROW(CheckBody(request), Error);
  }
}

TEST(CheckBody, ComparesEveryDigestThatIsAnnounced) {
  struct Case {
    const char* header;
    const char* value;
    const char* code;
  };
  // Values of "hello": md5sum, sha1sum, sha256sum, and boto3's crc32 as captured in client-flows.md.
  for (const auto& [header, value, code] : {
           Case{"content-md5", "XUFAKrxLKna5cZ2REBfFkg==", ""},
           Case{"content-md5", "XUFAKrxLKna5cZ2REBfFkQ==", "BadDigest"},
           Case{"content-md5", "short", "InvalidDigest"},
           Case{"x-amz-checksum-crc32", "NhCmhg==", ""},
           Case{"x-amz-checksum-crc32", "NhCmhQ==", "BadDigest"},
           Case{"x-amz-checksum-crc32", "NhCmhgAA", "InvalidDigest"},
           Case{"x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00=", ""},
           Case{"x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", ""},
           Case{"x-amz-checksum-algorithm", "CRC32", ""},
           Case{"x-amz-checksum-xxhash64", "AAAAAAAAAAA=", "NotImplemented"},
           Case{"x-amz-content-sha256", "UNSIGNED-PAYLOAD", ""},
           Case{"x-amz-content-sha256", "nonsense", "InvalidArgument"},
           Case{"x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "XAmzContentSHA256Mismatch"},
       }) {
    HttpRequest request;
    request.method = "PUT";
    request.target = "/b/k";
    request.body = "hello";
    request.headers.Set(header, value);
    std::string got;
    try {
      CheckBody(request);
    } catch (const Error& error) {
      got = error.kind().code;
    }
    EXPECT_EQ(got, code) << header << ": " << value;
  }
}

}  // namespace
}  // namespace sagebrush::wire
