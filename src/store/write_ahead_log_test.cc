#include "store/write_ahead_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "base/error.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_store.h"
#include "store/store_conformance.h"

namespace sagebrush::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kHeader = 32, kFrame = 24 + 4096;
constexpr int kCommits = 5;

// The files that a killed process leaves: those of a database that is still open, copied.
class WriteAheadLog : public testing::Test {
 protected:
  WriteAheadLog() {
    const TemporaryDirectory live;
    const Path database = live.path() / "t.db";
    SqliteConnection connection(database, SqliteConnection::Mode::kReadWrite);
    connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t(x)");
    for (int i = 0; i < kCommits; ++i) connection.Execute("INSERT INTO t VALUES(zeroblob(100))");
    for (const char* suffix : {"", "-wal", "-shm"}) {
      fs::copy_file(database.string() + suffix, file_.string() + suffix, fs::copy_options::overwrite_existing);
    }
  }

  std::uint64_t LogSize() const { return fs::file_size(file_.string() + "-wal"); }
  std::uint64_t Frames() const { return (LogSize() - kHeader) / kFrame; }

  static void Flip(const Path& file, std::uint64_t offset) {
    const FileDescriptor opened = OpenFile(file, O_RDWR);
    char byte = 0;
    ASSERT_EQ(::pread(opened.get(), &byte, 1, static_cast<off_t>(offset)), 1);
    byte = static_cast<char>(byte ^ 0x10);
    ASSERT_EQ(::pwrite(opened.get(), &byte, 1, static_cast<off_t>(offset)), 1);
  }
  void FlipInLog(std::uint64_t offset) const { Flip(file_.string() + "-wal", offset); }
  void CutLog(std::uint64_t size) const { fs::resize_file(file_.string() + "-wal", size); }
  void LoseIndex() const { fs::remove(file_.string() + "-shm"); }

  // What RequireIntactLog says; empty: nothing.
  std::string Complaint() const {
    try {
      RequireIntactLog(file_);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind().code, kInternalFailure.code);
      return error.what();
    }
  }

  // How many commits SQLite itself finds.
  std::int64_t Rows() const {
    SqliteConnection connection(file_, SqliteConnection::Mode::kReadWrite);
    SqliteQuery query = connection.Query("SELECT count(*) FROM t");
    query.Step();
    return query.Int(0);
  }

  TemporaryDirectory directory_;
  const Path file_ = directory_.path() / "t.db";
};

TEST_F(WriteAheadLog, OfAKilledProcessIsTakenAsItIs) {
  EXPECT_EQ(Complaint(), "");
  LoseIndex();
  EXPECT_EQ(Complaint(), "");
  EXPECT_EQ(Rows(), kCommits);
  EXPECT_EQ(Complaint(), "");  // There is none any more.
}

// SQLite goes on without a word: what these tests are for.
TEST_F(WriteAheadLog, IsCutByDamageInSilenceWithoutUs) {
  FlipInLog(kHeader + (Frames() - 2) * kFrame + 1000);
  EXPECT_LT(Rows(), kCommits);
}

TEST_F(WriteAheadLog, WithAFlippedByteIsRefusedWhereverItIs) {
  for (std::uint64_t frame = 0; frame < Frames(); ++frame) {
    for (const std::uint64_t within : {0, 5, 9, 17, 24, 2000, 4119}) {
      const std::uint64_t offset = kHeader + frame * kFrame + within;
      FlipInLog(offset);
      EXPECT_THAT(Complaint(), testing::HasSubstr(file_.string() + "-wal")) << "frame " << frame << " byte " << within;
      FlipInLog(offset);
      ASSERT_EQ(Complaint(), "");
    }
  }
  for (const std::uint64_t offset : {0, 8, 16, 20, 24}) {
    FlipInLog(offset);
    EXPECT_NE(Complaint(), "") << offset;
    FlipInLog(offset);
  }
}

TEST_F(WriteAheadLog, WithAFlippedByteBeforeTheLastCommitsIsRefusedWithoutItsIndexToo) {
  LoseIndex();
  for (std::uint64_t frame = 0; frame + 2 < Frames(); ++frame) {
    const std::uint64_t offset = kHeader + frame * kFrame + 2000;
    FlipInLog(offset);
    EXPECT_THAT(Complaint(), testing::HasSubstr("is damaged behind its frame")) << frame;
    FlipInLog(offset);
  }
}

TEST_F(WriteAheadLog, ThatIsCutOrGoneIsRefused) {
  for (std::uint64_t size = 0; size < LogSize(); size += 1001) {
    const std::uint64_t whole = LogSize();
    const std::string bytes = ReadFile(file_.string() + "-wal");
    CutLog(size);
    EXPECT_NE(Complaint(), "") << size << " of " << whole;
    WriteFileDurably(file_.string() + "-wal", bytes);
  }
  fs::remove(file_.string() + "-wal");
  EXPECT_THAT(Complaint(), testing::HasSubstr("is gone or empty"));
}

// The commit that a power cut caught was not acknowledged, and is all that may be missing.
TEST_F(WriteAheadLog, TornInItsLastCommitByAPowerCutIsTaken) {
  LoseIndex();  // It is as old as the last time the system wrote it back, or gone.
  CutLog(LogSize() - 100);
  EXPECT_EQ(Complaint(), "");
  EXPECT_EQ(Rows(), kCommits - 1);
}

TEST_F(WriteAheadLog, BehindWhichFramesOfAnEarlierUseStandIsTaken) {
  const Path database = directory_.path() / "again.db";
  SqliteConnection connection(database, SqliteConnection::Mode::kReadWrite);
  connection.Execute("PRAGMA journal_mode = WAL; CREATE TABLE t(x)");
  for (int i = 0; i < 20; ++i) connection.Execute("INSERT INTO t VALUES(zeroblob(100))");
  connection.Execute("PRAGMA wal_checkpoint(RESTART)");
  connection.Execute("INSERT INTO t VALUES(1)");
  fs::copy_file(database, file_, fs::copy_options::overwrite_existing);
  fs::copy_file(database.string() + "-wal", file_.string() + "-wal", fs::copy_options::overwrite_existing);
  LoseIndex();
  EXPECT_EQ(Complaint(), "");
  EXPECT_EQ(Rows(), 21);
}

TEST_F(WriteAheadLog, CanBeGivenUpAsTheMessageSays) {
  FlipInLog(kHeader + (Frames() - 2) * kFrame + 1000);
  ASSERT_THAT(Complaint(), testing::HasSubstr("PRAGMA wal_checkpoint(TRUNCATE)"));
  {
    SqliteConnection connection(file_, SqliteConnection::Mode::kReadWrite);
    connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  EXPECT_EQ(Complaint(), "");
}

TEST(SqliteStoreLog, DamagedIsRefusedByServerAndReader) {
  const TemporaryDirectory live, copy;
  SqliteStore store(live.path());
  for (int i = 0; i < 3; ++i) {
    Resource resource;
    resource.key = {"model", "1", "us-east-1", std::to_string(i)};
    resource.spec = JsonObject();
    ASSERT_TRUE(store.Insert(resource));
  }
  fs::copy(live.path(), copy.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fs::resize_file(SqliteReader::File(copy.path()).string() + "-wal", 0);
  EXPECT_THROW(SqliteStore{copy.path()}, Error);
  EXPECT_THROW(OpenReadOnly(copy.path()), Error);
  EXPECT_THROW(SqliteStore{copy.path()}, Error);  // Looking at it has not taken the traces away.
}

}  // namespace
}  // namespace sagebrush::store
