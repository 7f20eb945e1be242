#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/digest.h"
#include "wire/http.h"
#include "wire/sigv4_payload.h"

namespace sagebrush::wire {

// What each chunk's signature is made with. `previous` starts as the request's signature and then chains.
struct ChunkSigning {
  HmacSha256Key key;
  std::string time;
  std::string scope;
  std::string previous;
};

// Undoes the aws-chunked form: chunks of "<hex size>[;chunk-signature=<hex>]\r\n<bytes>\r\n", a last one of size 0,
// then trailer lines. Bytes are handed over before their chunk's signature was checked: only after Read returned 0 have
// all of them held.
class AwsChunkedReader : public BodyReader {
 public:
  AwsChunkedReader(std::unique_ptr<BodyReader> raw, std::optional<ChunkSigning> signing, bool has_trailer,
                   PayloadCheck check, std::uint64_t decoded_length);

  std::size_t Read(char* buffer, std::size_t size) override;
  std::optional<std::uint64_t> Length() const override { return decoded_length_; }

 private:
  bool Fill();  // False: the raw body is at its end.
  std::size_t TakeRaw(char* buffer, std::size_t size);
  std::optional<std::string> ReadLine();  // Without its line end; nullopt: the raw body is at its end.
  void BeginChunk();
  void EndChunk();
  void CheckChunkSignature();
  void ReadTrailers();
  void CheckTrailerSignature(const Headers& trailers);
  void Finish();

  const std::unique_ptr<BodyReader> raw_;
  std::optional<ChunkSigning> signing_;
  const bool has_trailer_;
  PayloadCheck check_;
  const std::uint64_t decoded_length_;

  std::string buffer_;  // Raw bytes read ahead, from at_ on.
  std::size_t at_ = 0;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t total_ = 0;
  Digest chunk_digest_{DigestAlgorithm::kSha256};
  std::string chunk_signature_;
  bool done_ = false;
};

}  // namespace sagebrush::wire
