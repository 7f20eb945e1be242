// links: wire
// A body in aws-chunked form from the fuzzer, in each of its forms: decoding ends, in at most as many bytes as came in.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "wire/sigv4.h"

using namespace sagebrush;

namespace {
class Bytes : public wire::BodyReader {
 public:
  Bytes(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  std::size_t Read(char* buffer, std::size_t size) override {
    const std::size_t n = std::min({size, piece_, bytes_.size()});
    std::memcpy(buffer, bytes_.data(), n);
    bytes_.remove_prefix(n);
    return n;
  }
  std::optional<std::uint64_t> Length() const override { return std::nullopt; }

 private:
  std::string_view bytes_;
  const std::size_t piece_;
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static constexpr const char* kForms[] = {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                                           "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"};
  wire::HttpRequest request;
  request.headers.Set("x-amz-content-sha256", kForms[data[0] % 3]);
  request.headers.Set("x-amz-decoded-content-length", std::to_string(data[0] / 3));
  if (data[1] % 2) request.headers.Set("x-amz-trailer", "x-amz-checksum-crc32");
  wire::Signature signature;
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  std::size_t total = 0;
  try {
    const auto reader = wire::DecodeBody(request, &signature, "secret", std::make_unique<Bytes>(body, 1 + data[1] / 2));
    char buffer[64];
    while (const std::size_t n = reader->Read(buffer, sizeof buffer)) total += n;
  } catch (const Error&) {
  }
  if (total > body.size()) std::abort();
  return 0;
}
