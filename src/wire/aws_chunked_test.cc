#include "wire/aws_chunked.h"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/error.h"
#include "wire/sigv4.h"

namespace sagebrush::wire {
namespace {

// A raw body that arrives in pieces of `piece` bytes.
class Pieces : public BodyReader {
 public:
  Pieces(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  std::size_t Read(char* buffer, std::size_t size) override {
    const std::size_t n = std::min({size, piece_, bytes_.size() - at_});
    std::memcpy(buffer, bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  std::optional<std::uint64_t> Length() const override { return bytes_.size(); }

 private:
  const std::string bytes_;
  const std::size_t piece_;
  std::size_t at_ = 0;
};

struct Upload {
  HttpRequest request;
  std::optional<Signature> signature;
  std::string secret;
  std::string body;
};

// What the body decodes to, or "!" and the code of the error.
std::string Decode(const Upload& upload, std::size_t piece = 1000, std::size_t read = 3000) {
  std::string out;
  try {
    const auto reader = DecodeBody(upload.request, upload.signature ? &*upload.signature : nullptr, upload.secret,
                                   std::make_unique<Pieces>(upload.body, piece));
    std::string buffer(read, '\0');
    while (const std::size_t n = reader->Read(buffer.data(), buffer.size())) out.append(buffer, 0, n);
    return out;
  } catch (const Error& error) {
    return "!" + std::string(error.kind().code);
  }
}

Upload Unsigned(std::string body, std::string_view length, std::string_view trailer = "x-amz-checksum-crc32") {
  Upload upload;
  upload.request.method = "PUT";
  upload.request.target = "/bucket/key";
  upload.request.headers.Set("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  upload.request.headers.Set("x-amz-decoded-content-length", length);
  if (!trailer.empty()) upload.request.headers.Set("x-amz-trailer", trailer);
  upload.body = std::move(body);
  return upload;
}

// The example of the Amazon S3 API reference, "Signature Calculations for the Authorization Header: Transferring
// Payload in Multiple Chunks", with and without a trailer.
Upload Documented(bool with_trailer) {
  Upload upload;
  upload.secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  upload.request.method = "PUT";
  upload.request.target = "/examplebucket/chunkObject.txt";
  upload.request.headers.Set("x-amz-date", "20130524T000000Z");
  upload.request.headers.Set("x-amz-decoded-content-length", "66560");
  upload.request.headers.Set("x-amz-content-sha256", with_trailer ? "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
                                                                  : "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  if (with_trailer) upload.request.headers.Set("x-amz-trailer", "x-amz-checksum-crc32c");
  Signature signature;
  signature.date = "20130524";
  signature.region = "us-east-1";
  signature.service = "s3";
  signature.signed_at = ParseTime("2013-05-24T00:00:00Z");
  const char* const signatures[2][4] = {{"4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
                                         "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
                                         "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
                                         "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"},
                                        {"106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
                                         "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
                                         "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
                                         "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"}};
  const auto& row = signatures[with_trailer];
  signature.signature = row[0];
  upload.signature = signature;
  const auto chunk = [](const char* size, const char* value, std::size_t count) {
    return std::string(size) + ";chunk-signature=" + value + "\r\n" + std::string(count, 'a') + (count ? "\r\n" : "");
  };
  upload.body = chunk("10000", row[1], 65536) + chunk("400", row[2], 1024) + chunk("0", row[3], 0);
  if (with_trailer) {
    upload.body +=
        "x-amz-checksum-crc32c:sOO8/Q==\r\n"
        "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n";
  }
  upload.body += "\r\n";
  return upload;
}

TEST(AwsChunked, DecodesTheDocumentedExamples) {
  for (const bool with_trailer : {false, true}) {
    for (const std::size_t piece : {1u, 17u, 8192u, 1u << 20}) {
      EXPECT_EQ(Decode(Documented(with_trailer), piece, piece * 2 + 1), std::string(66560, 'a')) << with_trailer;
    }
  }
}

TEST(AwsChunked, RefusesAChangedByteAnywhere) {
  for (const bool with_trailer : {false, true}) {
    const Upload upload = Documented(with_trailer);
    for (std::size_t at = 0; at < upload.body.size(); at += at < 100 || at > 66000 ? 1 : 997) {
      Upload changed = upload;
      changed.body[at] = static_cast<char>(changed.body[at] ^ 1);
      EXPECT_TRUE(Decode(changed, 70000, 70000).starts_with("!")) << at;
    }
  }
}

TEST(AwsChunked, RefusesASignedBodyOfAnUnsignedRequest) {
  Upload upload = Documented(false);
  upload.signature.reset();
  EXPECT_EQ(Decode(upload), "!SignatureDoesNotMatch");
}

// As boto3 sends it over TLS: client-flows.md section 5.
TEST(AwsChunked, ReadsUnsignedChunksWithAChecksumTrailer) {
  EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "5")), "hello");
  EXPECT_EQ(Decode(Unsigned("3\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "5"), 1, 1), "hello");
  EXPECT_EQ(Decode(Unsigned("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "0")), "");
  EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n0\r\n\r\n", "5", "")), "hello");
}

TEST(AwsChunked, ChecksEveryAlgorithmInTheTrailer) {
  for (const auto& [name, value] : {std::pair{"crc32", "NhCmhg=="}, std::pair{"crc32c", "mnG7TA=="},
                                    std::pair{"sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="},
                                    std::pair{"sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}}) {
    const std::string header = std::string("x-amz-checksum-") + name;
    EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n0\r\n" + header + ":" + value + "\r\n\r\n", "5", header)), "hello")
        << name;
    EXPECT_EQ(Decode(Unsigned("5\r\nhullo\r\n0\r\n" + header + ":" + value + "\r\n\r\n", "5", header)), "!BadDigest");
  }
  const std::string crc64 = ToBase64(ComputeDigest(DigestAlgorithm::kCrc64Nvme, "hello"));
  EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n0\r\nx-amz-checksum-crc64nvme:" + crc64 + "\r\n\r\n", "5",
                            "x-amz-checksum-crc64nvme")),
            "hello");
}

TEST(AwsChunked, TakesNoTrailerThatWasNotAnnounced) {
  const std::string checksum = "x-amz-checksum-crc32:NhCmhg==\r\n";
  EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n0\r\n" + checksum + "\r\n", "5")), "hello");
  for (const std::string& more :
       {checksum, std::string("x-amz-acl:public-read\r\n"), std::string("x-amz-meta-a:b\r\n")}) {
    EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n0\r\n" + more + checksum + "\r\n", "5")), "!MalformedTrailerError")
        << more;
    EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n0\r\n" + checksum + more + "\r\n", "5")), "!MalformedTrailerError")
        << more;
  }
}

TEST(AwsChunked, NamesWhatIsWrongWithABody) {
  EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n0\r\n\r\n", "5")), "!MalformedTrailerError");
  EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n", "5")), "!IncompleteBody");
  EXPECT_EQ(Decode(Unsigned("5\r\nhel", "5")), "!IncompleteBody");
  EXPECT_EQ(Decode(Unsigned("", "5")), "!IncompleteBody");
  EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "4")), "!IncompleteBody");
  EXPECT_EQ(Decode(Unsigned("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "6")), "!IncompleteBody");
  EXPECT_EQ(Decode(Unsigned("5\r\nhello!\r\n0\r\n\r\n", "5")), "!InvalidRequest");
  EXPECT_EQ(Decode(Unsigned("x\r\nhello\r\n0\r\n\r\n", "5")), "!InvalidRequest");
  EXPECT_EQ(Decode(Unsigned("ffffffffffffffffff\r\nhello\r\n", "5")), "!InvalidRequest");
  EXPECT_EQ(Decode(Unsigned("0\r\n\r\nmore", "0", "")), "!InvalidRequest");
  EXPECT_EQ(Decode(Unsigned("0\r\n\r\n", "", "")), "!MissingContentLength");
  EXPECT_EQ(Decode(Unsigned(std::string(100'000, '1'), "5")), "!InvalidRequest");
  EXPECT_EQ(Decode(Unsigned("0\r\n\r\n", "0", "x-amz-meta-other")), "!InvalidRequest");
}

TEST(PlainBody, IsCheckedAsItPasses) {
  Upload upload;
  upload.request.method = "PUT";
  upload.body = "hello";
  upload.request.headers.Set("x-amz-checksum-crc32", "NhCmhg==");
  upload.request.headers.Set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  EXPECT_EQ(Decode(upload), "hello");
  upload.body = "hullo";
  EXPECT_EQ(Decode(upload), "!BadDigest");
}

}  // namespace
}  // namespace sagebrush::wire
