#include "wire/gzip.h"

#include <zlib.h>

#include <memory>

#include "wire/json_protocol.h"

namespace sagebrush::wire {

std::string Gunzip(std::string_view bytes, std::size_t bytes_max) {
  constexpr int kGzip = 16 + MAX_WBITS;
  z_stream stream{};
  if (::inflateInit2(&stream, kGzip) != Z_OK) throw Error(kInternalFailure, "zlib could not be started.");
  const std::unique_ptr<z_stream, decltype(&::inflateEnd)> end(&stream, ::inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  char piece[64 << 10];
  for (int code = Z_OK; code != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    code = ::inflate(&stream, Z_NO_FLUSH);
    out.append(piece, sizeof piece - stream.avail_out);
    // Z_BUF_ERROR: the input is over before its end.
    if (code != Z_OK && code != Z_STREAM_END) throw Error(kSerialization, "The body is not valid gzip.");
    if (out.size() > bytes_max) throw Error(kSerialization, "The body is too large when it is decompressed.");
  }
  return out;
}

}  // namespace sagebrush::wire
