#include "wire/aws_chunked.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/error.h"
#include "wire/sigv4.h"
#include "wire/sigv4_canonical.h"
#include "wire/sigv4_key.h"

namespace sagebrush::wire {
namespace {

constexpr ErrorKind kInvalidRequest{"InvalidRequest", 400, Fault::kClient};
constexpr ErrorKind kIncompleteBody{"IncompleteBody", 400, Fault::kClient};
constexpr ErrorKind kMalformedTrailer{"MalformedTrailerError", 400, Fault::kClient};
constexpr ErrorKind kMissingContentLength{"MissingContentLength", 411, Fault::kClient};
constexpr ErrorKind kSignatureDoesNotMatch{"SignatureDoesNotMatch", 403, Fault::kClient};
constexpr ErrorKind kNotImplemented{"NotImplemented", 501, Fault::kServer};

constexpr std::size_t kReadAhead = 64 << 10;
constexpr std::size_t kLineMax = 8 << 10;
constexpr std::size_t kTrailersMax = 16;
constexpr std::string_view kChunkSignature = "chunk-signature=";

[[noreturn]] void ThrowEnded() { throw Error(kIncompleteBody, "The request body terminated unexpectedly"); }

[[noreturn]] void ThrowMismatch() {
  throw Error(kSignatureDoesNotMatch,
              "The request signature we calculated does not match the signature you provided. Check your key and "
              "signing method.");
}

// A body that is sent as it is.
class PlainReader : public BodyReader {
 public:
  PlainReader(std::unique_ptr<BodyReader> raw, PayloadCheck check) : raw_(std::move(raw)), check_(std::move(check)) {}

  std::size_t Read(char* buffer, std::size_t size) override {
    if (done_) return 0;
    const std::size_t n = raw_->Read(buffer, size);
    check_.Update({buffer, n});
    if (n == 0 && size > 0) {
      done_ = true;
      check_.Finish();
    }
    return n;
  }
  std::optional<std::uint64_t> Length() const override { return raw_->Length(); }

 private:
  const std::unique_ptr<BodyReader> raw_;
  PayloadCheck check_;
  bool done_ = false;
};

std::uint64_t DecodedLength(const HttpRequest& request) {
  const std::string_view text = request.headers.GetOr("x-amz-decoded-content-length", "");
  std::uint64_t length = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || result.ec != std::errc() || result.ptr != text.data() + text.size()) {
    throw Error(kMissingContentLength,
                "You must provide the length of the decoded body in the x-amz-decoded-content-length HTTP header.");
  }
  return length;
}

}  // namespace

AwsChunkedReader::AwsChunkedReader(std::unique_ptr<BodyReader> raw, std::optional<ChunkSigning> signing,
                                   bool has_trailer, PayloadCheck check, std::uint64_t decoded_length)
    : raw_(std::move(raw)),
      signing_(std::move(signing)),
      has_trailer_(has_trailer),
      check_(std::move(check)),
      decoded_length_(decoded_length) {}

bool AwsChunkedReader::Fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadAhead);
  const std::size_t n = raw_->Read(buffer_.data() + before, kReadAhead);
  buffer_.resize(before + n);
  return n > 0;
}

std::size_t AwsChunkedReader::TakeRaw(char* buffer, std::size_t size) {
  if (at_ == buffer_.size()) {
    // Large reads go past the buffer: no second copy of the data.
    if (size >= kReadAhead) return raw_->Read(buffer, size);
    if (!Fill()) return 0;
  }
  const std::size_t n = std::min(size, buffer_.size() - at_);
  std::memcpy(buffer, buffer_.data() + at_, n);
  at_ += n;
  return n;
}

std::optional<std::string> AwsChunkedReader::ReadLine() {
  for (;;) {
    const std::size_t end = buffer_.find("\r\n", at_);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(at_, end - at_);
      at_ = end + 2;
      return line;
    }
    if (buffer_.size() - at_ > kLineMax) {
      throw Error(kInvalidRequest, "A line between the chunks of the aws-chunked body is longer than 8 KiB.");
    }
    if (!Fill()) {
      if (at_ < buffer_.size()) ThrowEnded();
      return std::nullopt;
    }
  }
}

void AwsChunkedReader::BeginChunk() {
  const auto line = ReadLine();
  if (!line) ThrowEnded();
  const std::size_t semicolon = std::min(line->find(';'), line->size());
  const auto result = std::from_chars(line->data(), line->data() + semicolon, chunk_left_, 16);
  if (semicolon == 0 || result.ec != std::errc() || result.ptr != line->data() + semicolon) {
    throw Error(kInvalidRequest, fmt::format("'{}' is not the size of an aws-chunked chunk.", line->substr(0, 64)));
  }
  const std::string_view extension = std::string_view(*line).substr(std::min(semicolon + 1, line->size()));
  if (signing_ && !extension.starts_with(kChunkSignature)) ThrowMismatch();
  chunk_signature_ = signing_ ? extension.substr(kChunkSignature.size()) : std::string_view();
  if (chunk_left_ > decoded_length_ - total_) {
    throw Error(kIncompleteBody, "The body is longer than the x-amz-decoded-content-length HTTP header says.");
  }
}

void AwsChunkedReader::CheckChunkSignature() {
  if (!signing_) return;
  const std::string text = fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}", signing_->time, signing_->scope,
                                       signing_->previous, kEmptySha256, ToHex(chunk_digest_.Finish()));
  const std::string expected = ToHex(AsText(signing_->key.Sign(text)));
  if (!EqualInConstantTime(expected, chunk_signature_)) ThrowMismatch();
  signing_->previous = expected;
  chunk_digest_ = Digest(DigestAlgorithm::kSha256);
}

void AwsChunkedReader::EndChunk() {
  const auto line = ReadLine();
  if (!line) ThrowEnded();
  if (!line->empty()) throw Error(kInvalidRequest, "A chunk of the aws-chunked body is longer than its size says.");
  CheckChunkSignature();
}

void AwsChunkedReader::ReadTrailers() {
  Headers trailers;
  // The empty line that ends the trailers is left out by some clients.
  for (auto line = ReadLine(); line && !line->empty(); line = ReadLine()) {
    const std::size_t colon = line->find(':');
    if (colon == std::string::npos || colon == 0 || !has_trailer_ || trailers.size() == kTrailersMax) {
      throw Error(kMalformedTrailer,
                  "The request contained trailing data that was not well-formed or did not conform to our published "
                  "schema.");
    }
    std::string_view value = std::string_view(*line).substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\n')) value.remove_suffix(1);
    trailers.Add(std::string_view(*line).substr(0, colon), value);
  }
  if (at_ < buffer_.size() || Fill()) {
    throw Error(kInvalidRequest, "There are bytes behind the end of the aws-chunked body.");
  }
  if (signing_ && has_trailer_) CheckTrailerSignature(trailers);
  check_.Finish(trailers);
}

void AwsChunkedReader::CheckTrailerSignature(const Headers& trailers) {
  std::string lines;
  for (const auto& [name, value] : trailers) {
    if (name != "x-amz-trailer-signature") lines.append(name).append(":").append(value).append("\n");
  }
  const std::string text = fmt::format("AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{}", signing_->time, signing_->scope,
                                       signing_->previous, ToHex(AsText(Sha256(lines))));
  const std::string expected = ToHex(AsText(signing_->key.Sign(text)));
  if (!EqualInConstantTime(expected, trailers.GetOr("x-amz-trailer-signature", ""))) ThrowMismatch();
}

void AwsChunkedReader::Finish() {
  CheckChunkSignature();
  if (total_ != decoded_length_) {
    throw Error(kIncompleteBody,
                "You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header");
  }
  ReadTrailers();
  done_ = true;
}

std::size_t AwsChunkedReader::Read(char* buffer, std::size_t size) {
  if (done_ || size == 0) return 0;
  if (chunk_left_ == 0) BeginChunk();
  if (chunk_left_ == 0) {
    Finish();
    return 0;
  }
  const std::size_t n = TakeRaw(buffer, static_cast<std::size_t>(std::min<std::uint64_t>(size, chunk_left_)));
  if (n == 0) ThrowEnded();
  const std::string_view bytes(buffer, n);
  if (signing_) chunk_digest_.Update(bytes);
  check_.Update(bytes);
  total_ += n;
  chunk_left_ -= n;
  if (chunk_left_ == 0) EndChunk();
  return n;
}

std::unique_ptr<BodyReader> DecodeBody(const HttpRequest& request, const Signature* signature,
                                       std::string_view secret_key, std::unique_ptr<BodyReader> raw) {
  const std::string payload = AnnouncedPayload(request).value_or("");
  PayloadCheck check(request);
  if (!payload.starts_with("STREAMING-")) return std::make_unique<PlainReader>(std::move(raw), std::move(check));
  const bool is_signed = payload.starts_with("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  const bool has_trailer = payload.ends_with("-TRAILER");
  if (!is_signed && payload != "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
    throw Error(kNotImplemented, fmt::format("The payload form {} is not implemented.", payload));
  }
  std::optional<ChunkSigning> signing;
  if (is_signed) {
    if (signature == nullptr || signature->version != 4) ThrowMismatch();
    signing = ChunkSigning{SigningKey(secret_key, signature->date, signature->region, signature->service),
                           SigningTime(request, *signature), CredentialScope(*signature), signature->signature};
  }
  return std::make_unique<AwsChunkedReader>(std::move(raw), std::move(signing), has_trailer, std::move(check),
                                            DecodedLength(request));
}

}  // namespace sagebrush::wire
