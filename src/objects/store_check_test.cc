#include "objects/store_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/error.h"
#include "objects/fake_key_service.h"
#include "objects/local_object_store.h"
#include "objects/object_keys.h"

namespace sagebrush::objects {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreCheckTest : public testing::Test {
 protected:
  StoreCheckTest() {
    Open();
    store_->CreateBucket({.name = "b", .account = "1"});
  }
  void Open() { store_ = std::make_unique<LocalObjectStore>(directory_.path(), clock_); }
  Object Put(const std::string& key, std::size_t size = 100'000) {
    auto writer = store_->Write("b", key, {}, {});
    writer->Append(std::string(size, 'x'));
    return writer->Commit();
  }
  void PutEncrypted(const std::string& key, EncryptionForm form = EncryptionForm::kS3) {
    const wire::Principal principal;
    auto writer = store_->Write("b", key, {}, {.key = keys_.Make({principal, "us-east-1"}, "b", key, {.form = form})});
    writer->Append(std::string(100'000, 'x'));
    writer->Commit();
  }
  void PutPart() {
    const Upload upload = store_->CreateUpload({.bucket = "b", .key = "u"});
    auto part = store_->WritePart(upload, 1, {});
    part->Append("part");
    part->Commit();
  }
  Path FileOf(const std::string& key, const std::string& version = {}) {
    const std::string name = store_->Open("b", key, version)->location;
    return directory_.path() / "data" / name.substr(0, 2) / name;
  }
  void Overwrite(const Path& file, std::string_view bytes) {
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    std::ofstream(file, std::ios::in | std::ios::out | std::ios::binary) << bytes;
  }
  // What is found while no server runs.
  std::vector<std::string> Check(StoreCheck::Mode mode = StoreCheck::Mode::kLook) {
    store_.reset();
    std::vector<std::string> found;
    report_ = StoreCheck(directory_.path(), mode).Run([&](const StoreFinding& finding) {
      found.push_back(finding.what + (finding.done.empty() ? "" : " -> " + finding.done));
    });
    return found;
  }
  std::vector<std::string> Repair() { return Check(StoreCheck::Mode::kRepair); }
  void Execute(const std::string& sql) {
    store_.reset();
    IndexTables(directory_.path() / "index.db", store::SqliteConnection::Mode::kReadWrite).database().Execute(sql);
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<LocalObjectStore> store_;
  StoreReport report_;
  const FakeKeyService kms_;
  const ObjectKeys keys_{kms_, SecretKey::Random(), ObjectKeys::OwnKey::kEncrypts};
};

TEST_F(StoreCheckTest, FindsNothingInAWholeStore) {
  Put("large");
  Put("small", 10);
  store_->SetBucketVersioning("b", Versioning::kEnabled);
  Put("large");
  store_->Delete("b", "small");
  PutPart();
  EXPECT_THAT(Check(), IsEmpty());
  EXPECT_EQ(report_.objects, 4u);
  EXPECT_THAT(Repair(), IsEmpty());
  Open();
  EXPECT_EQ(store_->Versions("b", {}).versions.size(), 4u);
}

TEST_F(StoreCheckTest, FindsBytesThatAreNotThoseWritten) {
  Put("good");
  Put("bad");
  Overwrite(FileOf("bad"), "y");
  for (const auto mode : {StoreCheck::Mode::kLook, StoreCheck::Mode::kRepair}) {
    EXPECT_THAT(Check(mode),
                ElementsAre(HasSubstr("Object bad of bucket b is damaged: bytes 0 to 100000 of its file are not")));
  }
  Open();
  EXPECT_TRUE(store_->Find("b", "bad"));  // What is damaged is not thrown away.
}

TEST_F(StoreCheckTest, ReadsWhatIsEncryptedWithoutItsKey) {
  PutEncrypted("own");
  PutEncrypted("kms", EncryptionForm::kKms);
  EXPECT_THAT(Check(), IsEmpty());
  Open();
  Overwrite(FileOf("own"), "y");
  Overwrite(FileOf("kms"), "y");
  EXPECT_THAT(Check(), ElementsAre(HasSubstr("Object kms of bucket b is damaged: bytes 0 to"),
                                   HasSubstr("Object own of bucket b is damaged: bytes 0 to")));
}

TEST_F(StoreCheckTest, FindsAFileThatWasCut) {
  Put("k");
  const Path file = FileOf("k");
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  std::filesystem::resize_file(file, 10);
  EXPECT_THAT(Check(), ElementsAre(HasSubstr("its file has 10 bytes where it should have 100000.")));
}

TEST_F(StoreCheckTest, TakesAwayARowWhoseFileIsLostAndKeepsWhatItSaid) {
  store_->SetBucketVersioning("b", Versioning::kEnabled);
  const Object first = Put("k");
  Put("k");
  std::filesystem::remove(FileOf("k"));
  EXPECT_THAT(Check(), ElementsAre(HasSubstr("has lost its file")));
  EXPECT_THAT(Repair(), ElementsAre(HasSubstr("-> its row is in lost+found/rows.jsonl")));
  EXPECT_THAT(ReadFile(directory_.path() / "lost+found" / "rows.jsonl"), HasSubstr(R"("Key":"aw==")"));
  EXPECT_THAT(Check(), IsEmpty());
  Open();
  EXPECT_EQ(store_->Find("b", "k")->version, first.version);
}

TEST_F(StoreCheckTest, MovesAsideAFileThatNothingRefersTo) {
  Put("k");
  const Path file = FileOf("k");
  const std::string name = "00000000000000000000000000000000";
  std::filesystem::copy_file(file, directory_.path() / "data" / "00" / name);
  EXPECT_THAT(Check(), ElementsAre(HasSubstr("Nothing refers to the file")));
  EXPECT_THAT(Repair(), ElementsAre(HasSubstr("-> it is in lost+found")));
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "lost+found" / name));
  EXPECT_THAT(Check(), IsEmpty());
}

TEST_F(StoreCheckTest, BringsBackAVersionThatIsHiddenByNothing) {
  store_->SetBucketVersioning("b", Versioning::kEnabled);
  Put("k");
  store_->Delete("b", "k");
  Execute("DELETE FROM versions WHERE delete_marker");
  EXPECT_THAT(Check(), ElementsAre(HasSubstr("has versions and no current one")));
  EXPECT_THAT(Repair(), ElementsAre(HasSubstr("-> the newest is current again")));
  Open();
  EXPECT_TRUE(store_->Find("b", "k"));
}

TEST_F(StoreCheckTest, MovesAsidePartsOfAnUploadThatIsGone) {
  PutPart();
  Execute("DELETE FROM uploads");
  EXPECT_THAT(Repair(), ElementsAre(HasSubstr("belongs to an upload")));
  EXPECT_THAT(Check(), IsEmpty());
  EXPECT_FALSE(std::filesystem::is_empty(directory_.path() / "lost+found"));
}

// The journal has its bytes: the next start writes them to its file.
TEST_F(StoreCheckTest, TakesAJournalledObjectForWhole) {
  store_.reset();
  Open();
  Put("small", 10);
  const Path file = FileOf("small");
  const TemporaryDirectory copy;  // What a killed server leaves.
  std::filesystem::copy(directory_.path(), copy.path(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  std::filesystem::remove(copy.path() / std::filesystem::relative(file, directory_.path()));
  std::size_t found = 0;
  StoreCheck(copy.path(), StoreCheck::Mode::kLook).Run([&](const StoreFinding&) { ++found; });
  EXPECT_EQ(found, 0u);
}

TEST_F(StoreCheckTest, SaysThatThereIsNoStore) {
  const TemporaryDirectory empty;
  EXPECT_THROW(StoreCheck(empty.path(), StoreCheck::Mode::kLook), Error);
}

}  // namespace
}  // namespace sagebrush::objects
