#include "select/record_stream.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "base/error.h"
#include "select/record_writer.h"

namespace sagebrush::select {
namespace {

// Gives its text in pieces of a size.
class Pieces : public ByteSource {
 public:
  Pieces(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
  std::size_t Read(char* buffer, std::size_t size) override {
    const std::size_t n = std::min({size, piece_, text_.size() - at_});
    std::memcpy(buffer, text_.data() + at_, n);
    at_ += n;
    return n;
  }

 private:
  const std::string text_;
  const std::size_t piece_;
  std::size_t at_ = 0;
};

std::string Written(RecordStream& stream) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const FileDescriptor out(ends[0]);
  std::string text;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t n; (n = ::read(out.get(), buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(n));
  });
  std::exception_ptr failure;
  {
    const FileDescriptor in(ends[1]);
    try {
      stream.WriteTo(in);
    } catch (...) {
      failure = std::current_exception();
    }
  }
  reader.join();
  if (failure) std::rethrow_exception(failure);
  return text;
}

std::string Through(const std::string& text, std::size_t piece, const Input& input,
                    std::optional<ScanRange> range = {}) {
  Pieces source(text, piece);
  RecordStream stream(source, input, range, 0);
  if (input.format == SourceFormat::kCsv) stream.First();
  return Written(stream);
}

// Whatever way the text is cut, and whatever the range: exactly the records whose first byte lies in it.
TEST(RecordStream, HasTheRecordsThatBeginInTheRange) {
  const std::string text = "ab\nc\n\ndefg\nh";
  for (const std::size_t piece : {1, 2, 3, 100}) {
    for (std::uint64_t begin = 0; begin < text.size(); ++begin) {
      for (std::uint64_t end = begin; end < text.size() + 2; ++end) {
        std::string expected;
        for (std::size_t at = 0; at < text.size();) {
          const std::size_t next = std::min(text.find('\n', at), text.size() - 1) + 1;
          if (at >= begin && at <= end) expected += text.substr(at, next - at);
          at = next;
        }
        EXPECT_EQ(Through(text, piece, {.format = SourceFormat::kJson, .json_lines = true}, ScanRange{begin, end}),
                  expected)
            << begin << " to " << end << " in pieces of " << piece;
      }
    }
  }
}

TEST(RecordStream, TakesTheHeaderAndTheByteOrderMarkAway) {
  Input input;
  input.csv.header = CsvInput::Header::kUse;
  for (const std::size_t piece : {1, 3, 100}) {
    Pieces source("\xef\xbb\xbf\na,\"b\"\"c\"\r\n1,2\r\n", piece);
    RecordStream stream(source, input, {}, 0);
    EXPECT_EQ(stream.First(), (std::vector<std::string>{"a", "b\"c"})) << piece;
    EXPECT_EQ(Written(stream), "1,2\r\n");
  }
}

TEST(RecordStream, HasLineEndsForOtherDelimiters) {
  Input input;
  input.csv.record_delimiter = '|';
  EXPECT_EQ(Through("a|b|", 2, input), "a\nb\n");
  EXPECT_THROW(Through("a\nb|", 2, input), Error);
}

TEST(RecordStream, RefusesRecordsThatAreTooLong) {
  const Input lines{.format = SourceFormat::kJson, .json_lines = true};
  const std::string longest(kRecordBytesMax, 'x');
  EXPECT_EQ(Through(longest + "\n", 1 << 20, lines).size(), longest.size() + 1);
  EXPECT_THROW(Through(longest + "x\n", 1 << 20, lines), Error);
}

}  // namespace
}  // namespace sagebrush::select
