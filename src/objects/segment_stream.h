#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/aead.h"

// How bytes lie encrypted: AES-GCM-HKDF Streaming AEAD as Tink defines it
// (developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming) with SHA-256, derived keys of 256 bits and
// segments of 64 KiB. A header with a random salt and nonce prefix, then segments, each with a tag of its own: every
// stream has a key derived for it, and every segment's nonce has its number and whether it is the last. So any segment
// can be decrypted alone, and none can be changed, cut off, moved, or put into another stream.
namespace sagebrush::objects {

// As they are stored. 64 KiB decrypt as fast as 1 MiB do (bench/objects_bench.cc), and a read of a few bytes costs
// less.
inline constexpr std::uint64_t kSegmentSize = 64 << 10;
inline constexpr std::uint64_t kStreamHeaderSize = 1 + SecretKey::kSize + 7;

// What `size` bytes take when they are stored.
std::uint64_t EncryptedSize(std::uint64_t size);

// The segment with the byte at `offset` of the text.
std::uint64_t SegmentAt(std::uint64_t offset);
// Where the text of a segment begins in the text, and its stored bytes in the stream.
std::uint64_t SegmentTextBegin(std::uint64_t segment);
std::uint64_t SegmentStoredBegin(std::uint64_t segment);

// Encrypts a stream from its beginning to its end. Used by one thread.
class SegmentEncryptor {
 public:
  using Sink = std::function<void(std::string_view stored)>;

  // `associated` says what the stream is: it must be the same to decrypt it. `sink` gets what is to be stored.
  SegmentEncryptor(const SecretKey& key, std::string_view associated, Sink sink);
  void Append(std::string_view text);
  // Call once, last.
  void Finish();

 private:
  SegmentEncryptor(const SecretKey& key, std::string_view associated, Sink sink, const std::string& header);
  void Encrypt(std::string_view text, bool last);
  std::size_t Room() const;  // Text that the segment begun holds.
  void Flush();

  const Sink sink_;
  const std::string nonce_prefix_;
  GcmCipher cipher_;
  std::uint64_t segment_ = 0;
  std::string pending_;  // Text of the segment begun: whether it is the last is not known before more text comes.
  std::string output_;
};

// Decrypts segments of a stream whose text has `size` bytes, in any order. Used by one thread.
class SegmentDecryptor {
 public:
  // `header`: the first kStreamHeaderSize bytes of the stream.
  SegmentDecryptor(const SecretKey& key, std::string_view associated, std::string_view header, std::uint64_t size);

  std::uint64_t segments() const { return segments_; }
  std::size_t TextSize(std::uint64_t segment) const;
  // Writes TextSize bytes to `text`. `stored`: TextSize + GcmCipher::kTagSize bytes from SegmentStoredBegin on. False:
  // they, or the header, are not those that were written, and what is in `text` must not be used.
  bool Decrypt(std::uint64_t segment, std::string_view stored, char* text);

 private:
  const bool whole_;  // The header is one.
  const std::string nonce_prefix_;
  GcmCipher cipher_;
  const std::uint64_t size_;
  const std::uint64_t segments_;
};

}  // namespace sagebrush::objects
