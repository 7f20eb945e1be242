#include "web/multipart_form.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
#include "objects/errors.h"

namespace sagebrush::web {

using objects::kInvalidArgument;

namespace {

constexpr ErrorKind kMalformedPost{"MalformedPOSTRequest", 400, Fault::kClient};
constexpr ErrorKind kTooMuchBefore{"MaxPostPreDataLengthExceeded", 400, Fault::kClient};
// docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html: 20 KB but for the file.
constexpr std::size_t kBeforeFileMax = 20 << 10;
constexpr std::size_t kBoundaryMax = 70;  // RFC 2046.
constexpr std::size_t kPiece = 64 << 10;

[[noreturn]] void Fail(std::string_view what) {
  throw Error(kMalformedPost,
              fmt::format("The body of your POST request is not well-formed multipart/form-data: {}.", what));
}

// The value of `name="..."` or `name=...` in a header.
std::string Parameter(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(';'), header.size());
    const std::string_view part = Trim(header.substr(0, end));
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos && Lower(Trim(part.substr(0, equals))) == name) {
      std::string_view value = Trim(header.substr(header.find('=') + 1));
      if (!value.starts_with('"')) return std::string(Trim(value.substr(0, value.find(';'))));
      value.remove_prefix(1);
      std::string text;  // Quoted: a semicolon may be in it, and \" is a quote.
      for (std::size_t i = 0; i < value.size() && value[i] != '"'; ++i) {
        if (value[i] == '\\' && i + 1 < value.size() && value[i + 1] == '"') ++i;
        text += value[i];
      }
      return text;
    }
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return "";
}

std::string_view LastPart(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// The Content-Disposition among a part's header lines.
std::string_view Disposition(std::string_view lines) {
  constexpr std::string_view kName = "content-disposition:";
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    if (Lower(line.substr(0, kName.size())) == kName) return line.substr(kName.size());
    lines.remove_prefix(std::min(end + 2, lines.size()));
  }
  Fail("a part has no Content-Disposition");
}

}  // namespace

MultipartForm::MultipartForm(std::string_view content_type, wire::BodyReader& body) : body_(body) {
  const std::string boundary = Parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > kBoundaryMax) Fail("its Content-Type names no boundary");
  boundary_ = "\r\n--" + boundary;
  buffer_ = "\r\n";  // So that the first boundary is as the others.
}

bool MultipartForm::Fill() {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kPiece);
  const std::size_t count = body_.Read(buffer_.data() + before, kPiece);
  buffer_.resize(before + count);
  return count > 0;
}

std::string MultipartForm::TakeUntil(std::string_view mark) {
  for (;;) {
    const std::size_t at = buffer_.find(mark);
    const std::size_t seen = at == std::string::npos ? buffer_.size() : at;
    if (before_file_ + seen > kBeforeFileMax) {
      throw Error(kTooMuchBefore, "Your POST request fields preceding the upload file were too large.");
    }
    if (at != std::string::npos) {
      std::string text = buffer_.substr(0, at);
      buffer_.erase(0, at + mark.size());
      before_file_ += at + mark.size();
      return text;
    }
    if (!Fill()) Fail("it ends in the middle of a part");
  }
}

std::map<std::string, std::string> MultipartForm::ReadFields() {
  std::map<std::string, std::string> fields;
  TakeUntil(boundary_);
  for (;;) {
    const std::string rest = TakeUntil("\r\n");  // Of the boundary's line.
    if (Trim(rest) == "--") throw Error(kInvalidArgument, "POST requires exactly one file upload per request.");
    if (!Trim(rest).empty()) Fail("a boundary is followed by text");
    const std::string lines = TakeUntil("\r\n\r\n");
    const std::string_view disposition = Disposition(lines);
    const std::string name = Lower(Parameter(disposition, "name"));
    if (name.empty()) Fail("a field has no name");
    if (name == "file") {
      filename_ = LastPart(Parameter(disposition, "filename"));
      return fields;
    }
    fields[name] = TakeUntil(boundary_);
  }
}

std::size_t MultipartForm::Read(char* buffer, std::size_t size) {
  while (!file_ended_) {
    const std::size_t at = buffer_.find(boundary_);
    file_ended_ = at == 0;
    if (file_ended_) break;
    // The last bytes may be the beginning of the boundary.
    const std::size_t kept = boundary_.size() - 1;
    const std::size_t ready = at != std::string::npos ? at : buffer_.size() > kept ? buffer_.size() - kept : 0;
    if (ready > 0) {
      const std::size_t count = std::min(size, ready);
      std::memcpy(buffer, buffer_.data(), count);
      buffer_.erase(0, count);
      return count;
    }
    if (!Fill()) Fail("it ends in the middle of the file");
  }
  return 0;
}

}  // namespace sagebrush::web
