#include "sagemaker/gzip.h"

#include <archive.h>
#include <fcntl.h>

#include <fmt/format.h>

#include "base/error.h"
#include "base/write_pacer.h"
#include "sagemaker/archive_entries.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kPiece = 1 << 18;

[[noreturn]] void Refuse(archive* in) {
  const char* const text = archive_error_string(in);
  throw Error(kValidation, fmt::format("It is no gzip file, or a damaged one{}{}.", text == nullptr ? "" : ": ",
                                       text == nullptr ? "" : text));
}

}  // namespace

void Gunzip(const Path& packed, const Path& file, std::int64_t bytes_max, const std::stop_token& stop) {
  const ArchiveReader in(archive_read_new(), archive_read_free);
  archive_read_support_filter_gzip(in.get());
  archive_read_support_format_raw(in.get());
  archive_read_support_format_empty(in.get());
  if (archive_read_open_filename(in.get(), packed.c_str(), kPiece) != ARCHIVE_OK) Refuse(in.get());
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(in.get(), &entry);
  const FileDescriptor out = OpenFile(file, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (result == ARCHIVE_EOF && archive_filter_count(in.get()) > 1) return;  // A gzip of nothing.
  // Bytes that are not compressed would pass as they are.
  if (result != ARCHIVE_OK || archive_filter_code(in.get(), 0) != ARCHIVE_FILTER_GZIP) Refuse(in.get());
  WritePacer pacer;
  std::string piece(kPiece, '\0');
  for (std::int64_t written = 0;;) {
    if (stop.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
    const la_ssize_t n = archive_read_data(in.get(), piece.data(), piece.size());
    if (n < 0) Refuse(in.get());
    if (n == 0) return;
    written += n;
    if (written > bytes_max) {
      throw Error(kValidation,
                  fmt::format("Unpacked, it has more than the {} bytes that the volume holds.", bytes_max));
    }
    WriteAll(out.get(), std::string_view(piece.data(), static_cast<std::size_t>(n)));
    pacer.Reached(out.get(), static_cast<std::uint64_t>(written));
  }
}

}  // namespace sagebrush::sagemaker
