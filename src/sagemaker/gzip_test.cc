#include "sagemaker/gzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "sagemaker/archive_entries.h"

namespace sagebrush::sagemaker {
namespace {

class GunzipTest : public testing::Test {
 protected:
  std::string Packed(const std::string& bytes) const {
    const Path path = directory_.path() / "made.gz";
    const ArchiveWriter out(archive_write_new(), archive_write_free);
    archive_write_add_filter_gzip(out.get());
    archive_write_set_format_raw(out.get());
    archive_write_open_filename(out.get(), path.c_str());
    const ArchiveEntry entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_write_header(out.get(), entry.get());
    archive_write_data(out.get(), bytes.data(), bytes.size());
    archive_write_close(out.get());
    return ReadFile(path);
  }
  // What `packed` unpacks to, or "refused".
  std::string Unpacked(const std::string& packed, std::int64_t bytes_max = 1 << 20) const {
    const Path in = directory_.path() / "in", out = directory_.path() / "out";
    WriteAll(OpenFile(in, O_WRONLY | O_CREAT | O_TRUNC).get(), packed);
    std::filesystem::remove(out);
    try {
      Gunzip(in, out, bytes_max, {});
      return ReadFile(out);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, kValidation.code) << error.what();
      return "refused";
    }
  }

  TemporaryDirectory directory_;
};

TEST_F(GunzipTest, GivesWhatWasPacked) {
  const std::string long_text(1 << 19, 'x');
  for (const std::string& bytes : {std::string(), std::string("1,2\n"), long_text}) {
    EXPECT_EQ(Unpacked(Packed(bytes)), bytes);
  }
  EXPECT_EQ(Unpacked(Packed("a") + Packed("b")), "ab");  // As `cat` joins such files.
}

TEST_F(GunzipTest, RefusesWhatIsNoGzip) {
  const std::string packed = Packed(std::string(1000, 'x') + "end");
  for (const std::string& bytes :
       {std::string("plain"), std::string("\x1f\x8b"), packed.substr(0, packed.size() / 2)}) {
    EXPECT_EQ(Unpacked(bytes), "refused");
  }
}

TEST_F(GunzipTest, RefusesMoreThanItMayHold) {
  EXPECT_EQ(Unpacked(Packed(std::string(1000, 'x')), 999), "refused");
  EXPECT_EQ(Unpacked(Packed(std::string(1000, 'x')), 1000).size(), 1000u);
}

}  // namespace
}  // namespace sagebrush::sagemaker
