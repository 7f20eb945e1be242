#include "runtime/object_stream.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

std::string Gzip(std::string_view text) {
  z_stream stream{};
  ::deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(::deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  ::deflateEnd(&stream);
  return out;
}

class ObjectStream : public testing::Test {
 protected:
  std::string Stream(std::string_view bytes, const ObjectForm& form) {
    WriteFileDurably(path_, bytes);
    std::string out;
    StreamObject(OpenFile(path_, O_RDONLY), form, [&](std::string_view piece) { return out += piece, true; });
    return out;
  }
  std::string Failure(std::string_view bytes, const ObjectForm& form) {
    try {
      Stream(bytes, form);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, kValidation.code);
      return error.what();
    }
    return "";
  }

  TemporaryDirectory directory_;
  const Path path_ = directory_.path() / "object";
};

TEST_F(ObjectStream, GivesAFileAsItIs) {
  const std::string large(1'000'000, 'x');
  EXPECT_EQ(Stream("", {}), "");
  EXPECT_EQ(Stream(large, {}), large);
}

TEST_F(ObjectStream, UnpacksGzipOfSeveralMembers) {
  const std::string large(3'000'000, 'y');
  EXPECT_EQ(Stream(Gzip("a\n"), {.gzip = true}), "a\n");
  EXPECT_EQ(Stream(Gzip("a\n") + Gzip("") + Gzip(large), {.gzip = true}), "a\n" + large);
}

TEST_F(ObjectStream, SaysWhatIsNoGzip) {
  EXPECT_THAT(Failure("label,x\n", {.gzip = true}), testing::StartsWith("is no gzip file: "));
  EXPECT_THAT(Failure(Gzip("a") + "rest", {.gzip = true}), testing::StartsWith("is no gzip file: "));
  EXPECT_EQ(Failure("", {.gzip = true}), "is no whole gzip file: it ends too early");
  const std::string packed = Gzip(std::string(9999, 'z'));
  EXPECT_EQ(Failure(packed.substr(0, packed.size() - 4), {.gzip = true}), "is no whole gzip file: it ends too early");
}

// What MXNet's and SageMaker's readers of RecordIO take: magic, length, the bytes, zeros up to a multiple of four.
TEST_F(ObjectStream, WrapsAnObjectInARecord) {
  EXPECT_EQ(Stream("hello", {.record_io = true}), std::string("\x0a\x23\xd7\xce\5\0\0\0hello\0\0\0", 16));
  EXPECT_EQ(Stream("four", {.record_io = true}), std::string("\x0a\x23\xd7\xce\4\0\0\0four", 12));
  EXPECT_EQ(Stream(Gzip("hello"), {.gzip = true, .record_io = true}), Stream("hello", {.record_io = true}));
}

TEST_F(ObjectStream, RefusesWhatNoRecordCanHold) {
  WriteFileDurably(path_, "");
  std::filesystem::resize_file(path_, 1 << 29);
  EXPECT_THROW(StreamObject(OpenFile(path_, O_RDONLY), {.record_io = true}, [](std::string_view) { return true; }),
               Error);
}

TEST_F(ObjectStream, EndsWhenNobodyWantsMore) {
  WriteFileDurably(path_, std::string(1'000'000, 'x'));
  int calls = 0;
  EXPECT_FALSE(StreamObject(OpenFile(path_, O_RDONLY), {}, [&](std::string_view) { return ++calls < 2; }));
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace sagebrush::runtime
