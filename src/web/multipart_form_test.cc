#include "web/multipart_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::web {
namespace {

using testing::ElementsAre;
using testing::Pair;

// Gives `step` bytes at a time.
class Pieces : public wire::BodyReader {
 public:
  Pieces(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}
  std::size_t Read(char* buffer, std::size_t size) override {
    size = std::min({size, step_, text_.size()});
    text_.copy(buffer, size);
    text_.erase(0, size);
    return size;
  }
  std::optional<std::uint64_t> Length() const override { return std::nullopt; }

 private:
  std::string text_;
  std::size_t step_;
};

constexpr std::string_view kType = "multipart/form-data; boundary=b";

std::string Field(std::string_view name, std::string_view value) {
  return fmt::format("--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name, value);
}

std::string File(std::string_view bytes, std::string_view filename = "f") {
  return fmt::format(
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n"
      "Content-Type: text/plain\r\n\r\n{}\r\n--b--\r\n",
      filename, bytes);
}

std::string ReadFile(MultipartForm& form, std::size_t step) {
  std::string bytes, piece(step, '\0');
  while (const std::size_t count = form.Read(piece.data(), piece.size())) bytes.append(piece, 0, count);
  return bytes;
}

std::string CodeOf(const std::string& body, std::string_view type = kType) {
  try {
    Pieces pieces(body, 100'000);
    MultipartForm form(type, pieces);
    form.ReadFields();
    ReadFile(form, 1000);
    return "";
  } catch (const Error& error) {
    return std::string(error.kind().code);
  }
}

TEST(MultipartForm, GivesFieldsThenTheFileHoweverItComes) {
  const std::string bytes = "line\r\n--c\r\n--\r\n-b" + std::string(200'000, 'x') + "\r\n--";
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
    Pieces pieces(Field("Key", "a b") + Field("x-amz-meta-a", "\r\n") + File(bytes) + Field("late", "1"), step);
    MultipartForm form(kType, pieces);
    EXPECT_THAT(form.ReadFields(), ElementsAre(Pair("key", "a b"), Pair("x-amz-meta-a", "\r\n")));
    EXPECT_EQ(ReadFile(form, step), bytes);
  }
}

TEST(MultipartForm, FilesAreCalledWithoutTheirDirectories) {
  for (const auto& [sent, name] : {std::pair{"C:\\dir\\a.txt", "a.txt"}, std::pair{"../../etc/p", "p"},
                                   std::pair{"a;b=\\\"c\\\".txt", "a;b=\"c\".txt"}, std::pair{"", ""}}) {
    Pieces pieces(File("x", sent), 1000);
    MultipartForm form("multipart/form-data; charset=x; boundary=\"b\"", pieces);
    form.ReadFields();
    EXPECT_EQ(form.filename(), name);
  }
}

TEST(MultipartForm, RefusesWhatIsNone) {
  EXPECT_EQ(CodeOf(File("x"), "multipart/form-data"), "MalformedPOSTRequest");
  EXPECT_EQ(CodeOf(File("x"), "multipart/form-data; boundary=" + std::string(71, 'b')), "MalformedPOSTRequest");
  EXPECT_EQ(CodeOf(""), "MalformedPOSTRequest");
  EXPECT_EQ(CodeOf("--b\r\n\r\n\r\n"), "MalformedPOSTRequest");
  EXPECT_EQ(CodeOf(Field("", "x") + File("x")), "MalformedPOSTRequest");
  EXPECT_EQ(CodeOf(Field("key", "x") + "--b--\r\n"), "InvalidArgument");
  const std::string whole = Field("key", "k") + File("bytes");
  EXPECT_EQ(CodeOf(whole), "");
  for (std::size_t size = 0; size + 10 < whole.size(); ++size) {
    EXPECT_EQ(CodeOf(whole.substr(0, size)), "MalformedPOSTRequest") << size;
  }
}

TEST(MultipartForm, FieldsAreBounded) {
  EXPECT_EQ(CodeOf(Field("key", std::string(21 << 10, 'k')) + File("x")), "MaxPostPreDataLengthExceeded");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += Field(fmt::format("f{}", i), "");
  EXPECT_EQ(CodeOf(many + File("x")), "MaxPostPreDataLengthExceeded");
}

}  // namespace
}  // namespace sagebrush::web
