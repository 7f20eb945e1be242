// links: web
// The first line of the input is the Content-Type, its first byte how many bytes come at once; the rest is the body.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "try.h"
#include "web/multipart_form.h"

namespace {

class Pieces : public sagebrush::wire::BodyReader {
 public:
  Pieces(std::string_view text, std::size_t step) : text_(text), step_(step) {}
  std::size_t Read(char* buffer, std::size_t size) override {
    size = std::min({size, step_, text_.size()});
    text_.copy(buffer, size);
    text_.remove_prefix(size);
    return size;
  }
  std::optional<std::uint64_t> Length() const override { return std::nullopt; }

 private:
  std::string_view text_;
  std::size_t step_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t line = std::min(text.find('\n'), text.size());
  Pieces pieces(text.substr(std::min(line + 1, text.size())), data[0] + 1u);
  Try([&] {
    sagebrush::web::MultipartForm form(text.substr(0, line), pieces);
    form.ReadFields();
    char buffer[97];
    while (form.Read(buffer, sizeof buffer) > 0) {
    }
  });
  return 0;
}
