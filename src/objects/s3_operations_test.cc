#include "objects/s3_operations.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/encoding.h"
#include "base/error.h"
#include "objects/access.h"
#include "objects/bucket_name.h"
#include "objects/byte_range.h"
#include "objects/fake_key_service.h"
#include "objects/local_object_store.h"
#include "objects/object_files.h"
#include "wire/protocol.h"

namespace sagebrush::objects {
namespace {

using testing::Test;

// Allows all but the actions it is told to deny.
class ListAuthorizer : public wire::Authorizer {
 public:
  void Check(const wire::Call& call, const std::vector<wire::Access>& accesses) const override {
    Check(call.principal, accesses);
  }
  std::string PinPolicy(std::string_view text) const override { return std::string(text); }
  std::string ShowPolicy(std::string_view pinned) const override { return std::string(pinned); }
  void Check(const wire::Principal&, const std::vector<wire::Access>& accesses) const override {
    for (const wire::Access& access : accesses) {
      if (denied.contains(access.action) || denied.contains(access.resource)) throw Error(kAccessDenied, "no");
    }
  }
  std::set<std::string> denied;
};

class StringReader : public wire::BodyReader {
 public:
  explicit StringReader(std::string_view bytes) : bytes_(bytes) {}
  std::size_t Read(char* buffer, std::size_t size) override {
    size = std::min(size, bytes_.size());
    bytes_.copy(buffer, size);
    bytes_.remove_prefix(size);
    return size;
  }
  std::optional<std::uint64_t> Length() const override { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

struct Reply {
  int status;
  wire::Headers headers;
  std::string body;
  std::string Header(std::string_view name) const { return std::string(headers.GetOr(name, "")); }
  bool Has(std::string_view text) const { return body.find(text) != std::string::npos; }
};

// Sends requests to the operations as the gateway does, without signatures.
class S3Test : public Test {
 protected:
  S3Test() {
    AddS3Operations(table_, store_, keys_, authorizer_, clock_);
    store_.CreateBucket({.name = "b", .account = account_, .region = region_});
  }

  using Fields = std::vector<std::pair<std::string, std::string>>;
  Reply Send(const std::string& method, const std::string& target, const Fields& headers = {},
             const std::string& body = "") {
    wire::HttpRequest request{.method = method, .target = target, .body = body};
    request.headers.Set("host", "127.0.0.1:9000");
    for (const auto& [name, value] : headers) request.headers.Add(name, value);
    const wire::Route route = wire::FindRouteAsSigned(request, "s3");
    StringReader reader(body);
    try {
      wire::Call call{.service = *route.service,
                      .operation = *route.operation,
                      .input = wire::ReadInput(route, request),
                      .principal = {.account = account_, .arn = "arn:aws:iam::" + account_ + ":root"},
                      .region = region_,
                      .request_id = "r",
                      .http = &request,
                      .body = &reader};
      wire::CheckInput(*route.operation, call.input);
      const wire::OperationEntry* entry = table_.Find("s3", route.operation->name);
      if (entry == nullptr) return {404, {}, "UnknownOperationException"};
      authorizer_.Check(call.principal, entry->access(call));
      const Json output = entry->handler(call);
      return ToReply(wire::WriteOutput(route, output, call));
    } catch (const Error& error) {
      return ToReply(wire::WriteError(route, request, error, "r"));
    }
  }

  static Reply ToReply(wire::HttpReply&& reply) {
    if (const auto* text = std::get_if<std::string>(&reply.body)) return {reply.status, reply.headers, *text};
    std::string body, piece;
    if (const auto* slice = std::get_if<wire::FileSlice>(&reply.body)) {
      ReadFileRange(slice->file->get(), slice->offset, slice->length, [&](std::string_view bytes) { body += bytes; });
      return {reply.status, reply.headers, body};
    }
    wire::BlockingBody& blocking = *std::get<std::shared_ptr<wire::BlockingBody>>(reply.body);
    for (blocking.Next(piece); !piece.empty(); blocking.Next(piece)) body += piece;
    EXPECT_EQ(body.size(), blocking.Length());
    return {reply.status, reply.headers, body};
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  LocalObjectStore store_{directory_.path(), clock_};
  FakeKeyService kms_;
  ObjectKeys keys_{kms_, SecretKey::Random(), ObjectKeys::OwnKey::kEncrypts};
  ListAuthorizer authorizer_;
  wire::OperationTable table_;
  std::string account_ = "123456789012";
  std::string region_ = "us-east-1";
};

// docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
TEST_F(S3Test, BlockPublicPolicyRefusesAPolicyForEverybody) {
  EXPECT_TRUE(Send("GET", "/b?publicAccessBlock").Has("<Code>NoSuchPublicAccessBlockConfiguration</Code>"));
  const std::string block =
      "<PublicAccessBlockConfiguration><BlockPublicPolicy>true</BlockPublicPolicy></PublicAccessBlockConfiguration>";
  EXPECT_EQ(Send("PUT", "/b?publicAccessBlock", {}, block).status, 200);
  EXPECT_TRUE(Send("GET", "/b?publicAccessBlock").Has("<BlockPublicPolicy>true</BlockPublicPolicy>"));
  EXPECT_TRUE(Send("GET", "/b?publicAccessBlock").Has("<IgnorePublicAcls>false</IgnorePublicAcls>"));
  const std::string open_to_all =
      R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}})";
  const Reply refused = Send("PUT", "/b?policy", {}, open_to_all);
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(refused.Has("BlockPublicPolicy"));
  EXPECT_EQ(Send("DELETE", "/b?publicAccessBlock").status, 204);
  EXPECT_EQ(Send("PUT", "/b?policy", {}, open_to_all).status, 204);
}

TEST_F(S3Test, GivesBackWhatWasPutWithItsHeaders) {
  const Reply put = Send("PUT", "/b/dir/k",
                         {{"content-type", "text/plain"},
                          {"cache-control", "no-cache"},
                          {"content-encoding", "aws-chunked,gzip"},
                          {"expires", "Wed, 21 Oct 2015 07:28:00 GMT"},
                          {"x-amz-meta-color", "blue"},
                          {"x-amz-tagging", "team=ml&a=b%20c"}},
                         "hello");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.Header("etag"), "\"5d41402abc4b2a76b9719d911017c592\"");
  const Reply got = Send("GET", "/b/dir/k", {{"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.Header("content-type"), "text/plain");
  EXPECT_EQ(got.Header("cache-control"), "no-cache");
  EXPECT_EQ(got.Header("content-encoding"), "gzip");
  EXPECT_EQ(got.Header("expires"), "Wed, 21 Oct 2015 07:28:00 GMT");
  EXPECT_EQ(got.Header("x-amz-meta-color"), "blue");
  EXPECT_EQ(got.Header("x-amz-tagging-count"), "2");
  EXPECT_EQ(got.Header("last-modified"), "Tue, 14 Nov 2023 22:13:20 GMT");
  EXPECT_EQ(got.Header("accept-ranges"), "bytes");
  EXPECT_FALSE(got.Header("x-amz-checksum-crc64nvme").empty());
  const Reply head = Send("HEAD", "/b/dir/k");
  EXPECT_EQ(head.Header("content-length"), "5");
  EXPECT_EQ(head.body, "");
}

TEST_F(S3Test, SendsLargeBodiesFromTheFile) {
  const std::string large(300'000, 'L');
  Send("PUT", "/b/k", {}, large);
  EXPECT_TRUE(Send("GET", "/b/k").body == large);
  const Reply part = Send("GET", "/b/k", {{"range", "bytes=100000-299998"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body.size(), 199'999u);
  EXPECT_EQ(part.Header("content-range"), "bytes 100000-299998/300000");
}

TEST_F(S3Test, AnswersRanges) {
  Send("PUT", "/b/k", {}, "0123456789");
  EXPECT_EQ(Send("GET", "/b/k", {{"range", "bytes=-3"}}).body, "789");
  EXPECT_EQ(Send("GET", "/b/k", {{"range", "bytes=8-"}}).Header("content-range"), "bytes 8-9/10");
  const Reply beyond = Send("GET", "/b/k", {{"range", "bytes=10-"}});
  EXPECT_EQ(beyond.status, 416);
  EXPECT_TRUE(beyond.Has("<Code>InvalidRange</Code>"));
  EXPECT_EQ(Send("GET", "/b/k", {{"range", "lines=1-2"}}).status, 200);
}

TEST_F(S3Test, OverridesResponseHeaders) {
  Send("PUT", "/b/k", {}, "x");
  const Reply got = Send("GET", "/b/k?response-content-type=text%2Fcsv&response-cache-control=no-store");
  EXPECT_EQ(got.Header("content-type"), "text/csv");
  EXPECT_EQ(got.Header("cache-control"), "no-store");
}

TEST_F(S3Test, MissingThingsHaveS3sErrors) {
  const Reply key = Send("GET", "/b/none");
  EXPECT_EQ(key.status, 404);
  EXPECT_TRUE(key.Has("<Code>NoSuchKey</Code>"));
  EXPECT_TRUE(key.Has("<Key>none</Key>"));
  EXPECT_TRUE(Send("GET", "/nobucket/k").Has("<Code>NoSuchBucket</Code>"));
  const Reply head = Send("HEAD", "/b/none");
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(Send("DELETE", "/b/none").status, 204);
}

TEST_F(S3Test, AMissingKeyIsForbiddenToWhoMayNotList) {
  authorizer_.denied = {"s3:ListBucket"};
  const Reply reply = Send("GET", "/b/none");
  EXPECT_EQ(reply.status, 403);
  EXPECT_TRUE(reply.Has("<Code>AccessDenied</Code>"));
}

TEST_F(S3Test, ConditionalReadsAnswer304And412) {
  const std::string etag = Send("PUT", "/b/k", {}, "x").Header("etag");
  const Reply same = Send("GET", "/b/k", {{"if-none-match", etag}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.Header("etag"), etag);
  EXPECT_EQ(Send("GET", "/b/k", {{"if-match", "\"other\""}}).status, 412);
  EXPECT_EQ(Send("GET", "/b/k", {{"if-modified-since", "Tue, 14 Nov 2023 22:13:20 GMT"}}).status, 304);
  EXPECT_EQ(Send("GET", "/b/k", {{"if-unmodified-since", "Tue, 14 Nov 2023 22:13:19 GMT"}}).status, 412);
}

TEST_F(S3Test, ConditionalWritesKeepWhatIsThere) {
  EXPECT_EQ(Send("PUT", "/b/k", {{"if-none-match", "*"}}, "1").status, 200);
  EXPECT_EQ(Send("PUT", "/b/k", {{"if-none-match", "*"}}, "2").status, 412);
  EXPECT_EQ(Send("GET", "/b/k").body, "1");
}

TEST_F(S3Test, ChecksTheChecksumThatCameWithTheBody) {
  EXPECT_EQ(Send("PUT", "/b/k", {{"x-amz-checksum-crc32", "NhCmhg=="}}, "hello").Header("x-amz-checksum-crc32"),
            "NhCmhg==");
  EXPECT_TRUE(Send("PUT", "/b/k", {{"x-amz-checksum-crc32", "AAAAAA=="}}, "hello").Has("<Code>BadDigest</Code>"));
  EXPECT_EQ(Send("GET", "/b/k", {{"x-amz-checksum-mode", "ENABLED"}}).Header("x-amz-checksum-crc32"), "NhCmhg==");
}

TEST_F(S3Test, RefusesWhatItCannotHonour) {
  for (const auto& [name, value] :
       Fields{{"x-amz-server-side-encryption", "aws:kms:dsse"}, {"x-amz-object-lock-event-hold", "ON"}}) {
    const Reply reply = Send("PUT", "/b/k", {{name, value}}, "x");
    EXPECT_EQ(reply.status, 501) << name;
    EXPECT_TRUE(reply.Has("<Code>NotImplemented</Code>")) << name;
    EXPECT_TRUE(reply.Has(name)) << reply.body;
  }
}

TEST_F(S3Test, MetadataOfAnyBytesComesBackAsItWasSent) {
  const std::string latin1 = "Hello World\xe9";
  ASSERT_EQ(Send("PUT", "/b/k", {{"x-amz-meta-a", latin1}, {"x-amz-meta-b", "ä"}}, "x").status, 200);
  const Reply reply = Send("HEAD", "/b/k");
  EXPECT_EQ(reply.Header("x-amz-meta-a"), latin1);
  EXPECT_EQ(reply.Header("x-amz-meta-b"), "ä");
}

TEST_F(S3Test, BucketsFollowTheRulesOfTheirRegion) {
  EXPECT_EQ(Send("PUT", "/east").status, 200);
  EXPECT_EQ(Send("PUT", "/east").status, 200);  // us-east-1: creating one's own bucket again is no error.
  EXPECT_EQ(Send("PUT", "/west", {},
                 "<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint>"
                 "</CreateBucketConfiguration>")
                .status,
            200);
  EXPECT_EQ(Send("HEAD", "/west").Header("x-amz-bucket-region"), "us-west-2");
  region_ = "eu-west-1";
  EXPECT_TRUE(Send("PUT", "/new").Has("<Code>IllegalLocationConstraintException</Code>"));
  const std::string ireland =
      "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
  EXPECT_EQ(Send("PUT", "/new", {}, ireland).status, 200);
  EXPECT_TRUE(Send("PUT", "/new", {}, ireland).Has("<Code>BucketAlreadyOwnedByYou</Code>"));
  account_ = "210987654321";
  EXPECT_TRUE(Send("PUT", "/new", {}, ireland).Has("<Code>BucketAlreadyExists</Code>"));
  EXPECT_EQ(Send("HEAD", "/new").status, 403);
}

// s3cmd signs its first request for the region "US" and goes on with the one that the answer names.
TEST_F(S3Test, NamesTheRegionToSignForWhenItIsWrong) {
  const Fields header = {{"authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260101/US/s3/aws4_request"}};
  for (const char* wrong : {"US", "us-west-2", "us_east_1", ""}) {
    region_ = wrong;
    const Reply reply = Send("GET", "/b", header);
    EXPECT_EQ(reply.status, 400) << wrong;
    EXPECT_TRUE(reply.Has("<Code>AuthorizationHeaderMalformed</Code>")) << reply.body;
    EXPECT_TRUE(reply.Has(fmt::format("the region '{}' is wrong; expecting 'us-east-1'</Message>", wrong)))
        << reply.body;
    EXPECT_TRUE(reply.Has("<Region>us-east-1</Region>")) << reply.body;
    EXPECT_EQ(Send("HEAD", "/b", header).Header("x-amz-bucket-region"), "us-east-1");
    EXPECT_EQ(Send("GET", "/b?location", header).status, 200);
    EXPECT_EQ(Send("GET", "/b").status, 200);  // Not signed, or by version 2: for no region.
  }
  region_ = "US";
  EXPECT_TRUE(Send("PUT", "/new", header).Has("<Region>us-east-1</Region>"));
  EXPECT_TRUE(Send("GET", "/", header).Has("<Region>us-east-1</Region>"));
  EXPECT_EQ(Send("GET", "/?X-Amz-Credential=AKID%2F20260101%2FUS%2Fs3%2Faws4_request").status, 400);
  region_ = "us-gov-west-1";
  EXPECT_EQ(Send("GET", "/", header).status, 200);  // Another region has buckets of its own.
}

TEST_F(S3Test, TellsABucketsRegionAsTheRootOfItsAnswer) {
  EXPECT_TRUE(Send("GET", "/b?location").Has("<LocationConstraint"));
}

TEST_F(S3Test, ChecksTheExpectedOwner) {
  EXPECT_EQ(Send("HEAD", "/b", {{"x-amz-expected-bucket-owner", "123456789012"}}).status, 200);
  EXPECT_EQ(Send("HEAD", "/b", {{"x-amz-expected-bucket-owner", "999999999999"}}).status, 403);
}

TEST_F(S3Test, DeletesEmptyBucketsOnly) {
  Send("PUT", "/b/k", {}, "x");
  EXPECT_EQ(Send("DELETE", "/b").status, 409);
  Send("DELETE", "/b/k");
  EXPECT_EQ(Send("DELETE", "/b").status, 204);
  EXPECT_EQ(Send("HEAD", "/b").status, 404);
}

TEST_F(S3Test, ListsWithEncodedNames) {
  Send("PUT", "/b/a%20b/c%2Bd", {}, "x");
  Send("PUT", "/b/top", {}, "x");
  const Reply all = Send("GET", "/b?list-type=2&encoding-type=url&fetch-owner=true");
  EXPECT_TRUE(all.Has("<Key>a%20b/c%2Bd</Key>"));  // reference/client-flows.md 3.4.
  EXPECT_TRUE(all.Has("<KeyCount>2</KeyCount>"));
  EXPECT_TRUE(all.Has("<Owner><ID>"));
  const Reply grouped = Send("GET", "/b?list-type=2&delimiter=%2F&max-keys=1");
  EXPECT_TRUE(grouped.Has("<CommonPrefixes><Prefix>a b/</Prefix></CommonPrefixes>"));
  EXPECT_TRUE(grouped.Has("<IsTruncated>true</IsTruncated>"));
  const std::size_t start = grouped.body.find("<NextContinuationToken>") + 23;
  const std::string token = grouped.body.substr(start, grouped.body.find('<', start) - start);
  const Reply rest = Send("GET", "/b?list-type=2&delimiter=%2F&continuation-token=" + UriEncode(token));
  EXPECT_TRUE(rest.Has("<Key>top</Key>"));
  EXPECT_FALSE(rest.Has("<CommonPrefixes>"));
  EXPECT_EQ(Send("GET", "/b?list-type=2&continuation-token=nonsense").status, 400);
  const Reply first = Send("GET", "/b?delimiter=%2F&max-keys=1");
  EXPECT_TRUE(first.Has("<NextMarker>a b/</NextMarker>"));
}

TEST_F(S3Test, DeletesManyAndTellsWhichItMayNot) {
  Send("PUT", "/b/1", {}, "x");
  Send("PUT", "/b/2", {}, "x");
  authorizer_.denied = {"arn:aws:s3:::b/2"};
  const Reply reply = Send("POST", "/b?delete", {},
                           "<Delete><Object><Key>1</Key></Object><Object><Key>2</Key></Object>"
                           "<Object><Key>none</Key></Object></Delete>");
  EXPECT_TRUE(reply.Has("<Deleted><Key>1</Key></Deleted>"));
  EXPECT_TRUE(reply.Has("<Deleted><Key>none</Key></Deleted>"));
  EXPECT_TRUE(reply.Has("<Code>AccessDenied</Code>"));
  EXPECT_FALSE(store_.Find("b", "1"));
  EXPECT_TRUE(store_.Find("b", "2"));
}

TEST_F(S3Test, CopiesWithOrWithoutItsMetadata) {
  Send("PUT", "/b/from%20here", {{"x-amz-meta-a", "1"}, {"x-amz-tagging", "t=1"}}, "x");
  const Reply copy = Send("PUT", "/b/to", {{"x-amz-copy-source", "b/from%20here"}});
  EXPECT_TRUE(copy.Has("<CopyObjectResult"));
  EXPECT_EQ(Send("HEAD", "/b/to").Header("x-amz-meta-a"), "1");
  EXPECT_EQ(Send("HEAD", "/b/to").Header("x-amz-tagging-count"), "1");
  Send("PUT", "/b/to",
       {{"x-amz-copy-source", "/b/from%20here"},
        {"x-amz-metadata-directive", "REPLACE"},
        {"x-amz-tagging-directive", "REPLACE"},
        {"x-amz-meta-b", "2"}});
  EXPECT_EQ(Send("HEAD", "/b/to").Header("x-amz-meta-a"), "");
  EXPECT_EQ(Send("HEAD", "/b/to").Header("x-amz-meta-b"), "2");
  EXPECT_EQ(Send("HEAD", "/b/to").Header("x-amz-tagging-count"), "");
  EXPECT_TRUE(Send("PUT", "/b/to", {{"x-amz-copy-source", "b/to"}}).Has("<Code>InvalidRequest</Code>"));
  EXPECT_TRUE(Send("PUT", "/b/to", {{"x-amz-copy-source", "b/none"}}).Has("<Code>NoSuchKey</Code>"));
  EXPECT_EQ(Send("PUT", "/b/to", {{"x-amz-copy-source", "b/from%20here"}, {"x-amz-copy-source-if-match", "x"}}).status,
            412);
}

TEST_F(S3Test, UploadsInParts) {
  const Reply begun = Send("POST", "/b/big?uploads", {{"x-amz-checksum-algorithm", "CRC32"}});
  const std::size_t start = begun.body.find("<UploadId>") + 10;
  const std::string id = begun.body.substr(start, begun.body.find('<', start) - start);
  const std::string part(5 << 20, 'p');
  const auto upload = [&](int number, const std::string& body) {
    const Reply sent = Send("PUT", fmt::format("/b/big?partNumber={}&uploadId={}", number, id), {}, body);
    return fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag><ChecksumCRC32>{}</ChecksumCRC32></Part>",
                       number, sent.Header("etag"), sent.Header("x-amz-checksum-crc32"));
  };
  const std::string one = upload(1, part), two = upload(2, "end");
  EXPECT_TRUE(Send("GET", "/b/big?uploadId=" + id).Has("<PartNumber>2</PartNumber>"));
  EXPECT_TRUE(Send("GET", "/b?uploads").Has("<UploadId>" + id + "</UploadId>"));
  const Reply done =
      Send("POST", "/b/big?uploadId=" + id, {}, "<CompleteMultipartUpload>" + one + two + "</CompleteMultipartUpload>");
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_TRUE(done.Has("<ChecksumType>COMPOSITE</ChecksumType>"));
  EXPECT_TRUE(done.Has("-2"));
  const Reply second = Send("GET", "/b/big?partNumber=2");
  EXPECT_EQ(second.body, "end");
  EXPECT_EQ(second.Header("x-amz-mp-parts-count"), "2");
  EXPECT_EQ(Send("GET", "/b/big?partNumber=3").status, 416);
  const Reply attributes =
      Send("GET", "/b/big?attributes", {{"x-amz-object-attributes", "ETag,ObjectParts,ObjectSize"}});
  EXPECT_TRUE(attributes.Has("<PartsCount>2</PartsCount>")) << attributes.body;
  EXPECT_TRUE(attributes.Has("<ObjectSize>5242883</ObjectSize>"));
  EXPECT_TRUE(Send("DELETE", "/b/big?uploadId=" + id).Has("NoSuchUpload"));
}

TEST_F(S3Test, TagsObjectsAndBuckets) {
  Send("PUT", "/b/k", {}, "x");
  const std::string tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
  EXPECT_EQ(Send("PUT", "/b/k?tagging", {}, tags).status, 200);
  EXPECT_TRUE(Send("GET", "/b/k?tagging").Has("<Tag><Key>a</Key><Value>1</Value></Tag>"));
  EXPECT_EQ(Send("DELETE", "/b/k?tagging").status, 204);
  EXPECT_FALSE(Send("GET", "/b/k?tagging").Has("<Tag>"));
  EXPECT_TRUE(Send("GET", "/b?tagging").Has("<Code>NoSuchTagSet</Code>"));
  EXPECT_EQ(Send("PUT", "/b?tagging", {}, tags).status, 204);
  EXPECT_TRUE(Send("GET", "/b?tagging").Has("<Value>1</Value>"));
  const std::string twice =
      "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>2</Value></Tag></TagSet></"
      "Tagging>";
  EXPECT_TRUE(Send("PUT", "/b/k?tagging", {}, twice).Has("<Code>InvalidTag</Code>"));
}

TEST_F(S3Test, KeepsABucketPolicy) {
  EXPECT_TRUE(Send("GET", "/b?policy").Has("<Code>NoSuchBucketPolicy</Code>"));
  const std::string policy = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",)"
                             R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]})";
  EXPECT_EQ(Send("PUT", "/b?policy", {}, policy).status, 204);
  EXPECT_EQ(Send("GET", "/b?policy").body, policy);
  EXPECT_TRUE(Send("GET", "/b?policyStatus").Has("<IsPublic>true</IsPublic>"));
  EXPECT_TRUE(Send("PUT", "/b?policy", {}, "{}").Has("<Code>MalformedPolicy</Code>"));
  EXPECT_EQ(Send("DELETE", "/b?policy").status, 204);
  EXPECT_EQ(Send("GET", "/b?policy").status, 404);
}

TEST_F(S3Test, AsksForTheAccessThatS3AsksFor) {
  Send("PUT", "/b/k", {{"x-amz-tagging", "sagemaker=true"}}, "x");
  const wire::Principal principal{.account = account_};
  const auto read = ToRead(store_, principal, "b", "k");
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].action, "s3:GetObject");
  EXPECT_EQ(read[0].resource, "arn:aws:s3:::b/k");
  EXPECT_EQ(read[0].context.at("s3:ExistingObjectTag/sagemaker"), "true");
  EXPECT_EQ(ToList(store_, principal, "b", "p")[0].context.at("s3:prefix"), "p");
  for (const auto& [denied, method, target] :
       std::vector<std::array<std::string, 3>>{{"s3:GetObject", "HEAD", "/b/k"},
                                               {"s3:ListBucket", "GET", "/b?list-type=2"},
                                               {"s3:ListBucket", "HEAD", "/b"},
                                               {"s3:PutObject", "POST", "/b/k?uploads"},
                                               {"s3:ListAllMyBuckets", "GET", "/"},
                                               {"s3:GetBucketLocation", "GET", "/b?location"}}) {
    authorizer_.denied = {denied};
    EXPECT_EQ(Send(method, target).status, 403) << denied;
  }
  // What names a version asks for the actions on versions.
  for (const auto& [denied, method] : std::vector<std::array<std::string, 2>>{
           {"s3:GetObjectVersion", "GET"}, {"s3:GetObjectVersion", "HEAD"}, {"s3:DeleteObjectVersion", "DELETE"}}) {
    authorizer_.denied = {denied};
    EXPECT_EQ(Send(method, "/b/k?versionId=null").status, 403) << denied;
  }
  authorizer_.denied = {"s3:GetObjectTagging"};
  EXPECT_EQ(Send("PUT", "/b/copy", {{"x-amz-copy-source", "b/k"}}).status, 403);
}

TEST_F(S3Test, ListsBucketsInPages) {
  Send("PUT", "/a-bucket");
  Send("PUT", "/c-bucket");
  const Reply first = Send("GET", "/?max-buckets=2");
  EXPECT_TRUE(first.Has("<Name>a-bucket</Name>"));
  EXPECT_TRUE(first.Has("<Name>b</Name>"));
  const std::size_t start = first.body.find("<ContinuationToken>") + 19;
  const std::string token = first.body.substr(start, first.body.find('<', start) - start);
  const Reply rest = Send("GET", "/?max-buckets=2&continuation-token=" + UriEncode(token));
  EXPECT_FALSE(rest.Has("<Name>b</Name>"));
  EXPECT_TRUE(rest.Has("<Name>c-bucket</Name>"));
  EXPECT_TRUE(Send("GET", "/?prefix=c-").Has("<Name>c-bucket</Name>"));
}

TEST(BucketNameTest, FollowsS3sRules) {
  for (const char* good : {"abc", "my-bucket.2", "sagemaker-us-east-1-123456789012"}) EXPECT_TRUE(IsBucketName(good));
  for (const char* bad :
       {"ab", "Abc", "-abc", "abc-", "a..b", "a.-b", "a-.b", "192.168.0.1", "a_b", "xn--abc", "abc-s3alias"}) {
    EXPECT_FALSE(IsBucketName(bad)) << bad;
  }
}

TEST(ByteRangeTest, ReadsOneRange) {
  EXPECT_EQ(ParseRange("bytes=0-0", 10), (ByteRange{0, 1}));
  EXPECT_EQ(ParseRange("bytes=5-", 10), (ByteRange{5, 5}));
  EXPECT_EQ(ParseRange("bytes=-20", 10), (ByteRange{0, 10}));
  EXPECT_EQ(ParseRange("bytes=5-100", 10), (ByteRange{5, 5}));
  for (const char* ignored : {"", "bytes=", "bytes=-", "bytes=3-2", "bytes=0-1,3-4", "bytes=a-b", "items=0-1"}) {
    EXPECT_EQ(ParseRange(ignored, 10), std::nullopt) << ignored;
  }
  EXPECT_THROW(ParseRange("bytes=-0", 10), Error);
  EXPECT_THROW(ParseRange("bytes=0-", 0), Error);
}

}  // namespace
}  // namespace sagebrush::objects
