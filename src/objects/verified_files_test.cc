#include "objects/verified_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "objects/local_object_store.h"

namespace sagebrush::objects {
namespace {

std::string CodeOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error.kind().code);
  }
  return "";
}

class DamagedObject : public testing::Test {
 protected:
  DamagedObject() { store_->CreateBucket({.name = "b", .account = "1", .region = "us-east-1"}); }

  void Reopen() {
    store_.reset();
    store_ = std::make_unique<LocalObjectStore>(directory_.path(), clock_);
  }
  void Put(const std::string& key, std::string_view bytes, const WriteOptions& options = {}) {
    auto writer = store_->Write("b", key, {}, options);
    writer->Append(bytes);
    writer->Commit();
  }
  Path FileOf(const std::string& key) const {
    return directory_.path() / "data" / store_->Open("b", key)->location.substr(0, 2) /
           store_->Open("b", key)->location;
  }
  void Flip(const std::string& key, std::uint64_t offset, bool keep_time = false) const {
    const Path file = FileOf(key);
    const auto time = std::filesystem::last_write_time(file);
    std::filesystem::permissions(file, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
    const FileDescriptor opened = OpenFile(file, O_RDWR);
    char byte = 0;
    ASSERT_EQ(::pread(opened.get(), &byte, 1, static_cast<off_t>(offset)), 1);
    byte = static_cast<char>(byte ^ 1);
    ASSERT_EQ(::pwrite(opened.get(), &byte, 1, static_cast<off_t>(offset)), 1);
    std::filesystem::last_write_time(file, keep_time ? time : time + std::chrono::seconds(1));
  }
  std::string CodeOfReading(const std::string& key, ByteRange range = {0, UINT64_MAX / 2}) const {
    return CodeOf([&] { store_->Verify(*store_->Open("b", key), range); });
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<ObjectStore> store_ = std::make_unique<LocalObjectStore>(directory_.path(), clock_);
};

TEST_F(DamagedObject, IsNotReadExportedOrCopiedWhateverItsChecksum) {
  for (const DigestAlgorithm algorithm : {DigestAlgorithm::kCrc32, DigestAlgorithm::kCrc64Nvme,
                                          DigestAlgorithm::kCrc32c, DigestAlgorithm::kSha1, DigestAlgorithm::kSha256}) {
    for (const std::size_t size : {1, 70'000, 3'000'000}) {
      Put("k", std::string(size, 'x'), {.checksum = algorithm});
      EXPECT_EQ(CodeOfReading("k"), "");
      Flip("k", size / 2);
      EXPECT_EQ(CodeOfReading("k"), "InternalFailure") << size;
      EXPECT_EQ(CodeOf([&] { store_->Export(*store_->Open("b", "k"), directory_.path() / "out", {}); }),
                "InternalFailure");
      EXPECT_FALSE(std::filesystem::exists(directory_.path() / "out"));
      EXPECT_EQ(CodeOf([&] { store_->Copy(*store_->Open("b", "k"), "b", "copy", {}, {}); }), "InternalFailure");
      EXPECT_FALSE(store_->Find("b", "copy"));
    }
  }
}

TEST_F(DamagedObject, IsFoundAfterARestart) {
  Put("k", std::string(100'000, 'x'));  // Small ones are made good from the index's journal.
  Flip("k", 2, /*keep_time=*/true);
  Reopen();
  EXPECT_EQ(CodeOfReading("k"), "InternalFailure");
}

// A disk that loses bits changes no time of the file: what was found intact is looked at again after a day.
TEST_F(DamagedObject, IsFoundWithinADay) {
  Put("k", "hello");
  Flip("k", 2, /*keep_time=*/true);
  EXPECT_EQ(CodeOfReading("k"), "");
  clock_.Advance(std::chrono::hours(25));
  EXPECT_EQ(CodeOfReading("k"), "InternalFailure");
}

TEST_F(DamagedObject, OfPartsIsReadWhereItIsIntact) {
  constexpr std::size_t kPart = 5 << 20;
  const Upload upload = store_->CreateUpload({.bucket = "b", .key = "k"});
  std::vector<CompletedPart> parts;
  for (int number = 1; number <= 3; ++number) {
    auto writer = store_->WritePart(upload, number, {});
    writer->Append(std::string(kPart, static_cast<char>('0' + number)));
    parts.push_back({number, writer->Commit().etag, {}});
  }
  store_->CompleteUpload("b", "k", upload.id, parts, {});
  EXPECT_EQ(CodeOfReading("k"), "");
  Flip("k", kPart + 7);
  EXPECT_EQ(CodeOfReading("k"), "InternalFailure");
  EXPECT_EQ(CodeOfReading("k", {0, kPart}), "");
  EXPECT_EQ(CodeOfReading("k", {kPart - 1, 1}), "");
  EXPECT_EQ(CodeOfReading("k", {kPart - 1, 2}), "InternalFailure");
  EXPECT_EQ(CodeOfReading("k", {2 * kPart - 1, 1}), "InternalFailure");
  EXPECT_EQ(CodeOfReading("k", {2 * kPart, 10}), "");
}

TEST_F(DamagedObject, IndexIsRefusedAtTheStartWhenItsLogWasCut) {
  Put("k", "hello");
  const TemporaryDirectory copy;  // What a killed server leaves.
  std::filesystem::copy(directory_.path(), copy.path(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(copy.path() / "index.db-wal", 0);
  EXPECT_EQ(CodeOf([&] { const LocalObjectStore store(copy.path(), clock_); }), "InternalFailure");
}

}  // namespace
}  // namespace sagebrush::objects
