#pragma once

#include <map>
#include <string>
#include <string_view>

#include "wire/http.h"

namespace sagebrush::web {

// Reads a form of multipart/form-data (RFC 7578) as it comes: the fields before the field "file", then that file's
// bytes. What comes behind the file is not read. Used by one thread.
class MultipartForm : public wire::BodyReader {
 public:
  // Throws Error(MalformedPOSTRequest) when the content type names no boundary. `body` outlives it.
  MultipartForm(std::string_view content_type, wire::BodyReader& body);

  // The fields, by their names in lower case; of one that comes twice the last counts. Call once, first. Throws Error:
  // MalformedPOSTRequest, MaxPostPreDataLengthExceeded, and InvalidArgument when no file follows.
  std::map<std::string, std::string> ReadFields();
  // As the client called the file, without directories.
  const std::string& filename() const { return filename_; }
  // The file's bytes.
  std::size_t Read(char* buffer, std::size_t size) override;
  std::optional<std::uint64_t> Length() const override { return std::nullopt; }

 private:
  bool Fill();  // False: the body has ended.
  // Up to `mark`, which is taken too.
  std::string TakeUntil(std::string_view mark);
  std::string TakeField();

  wire::BodyReader& body_;
  std::string boundary_;  // With the line end and dashes before it.
  std::string buffer_;    // What was read of the body and not yet given out.
  std::size_t before_file_ = 0;
  std::string filename_;
  bool file_ended_ = false;
};

}  // namespace sagebrush::web
