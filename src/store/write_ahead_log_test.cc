#include "store/write_ahead_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <set>

#include <gmock/gmock.h>

#include "base/error.h"
#include "store/log_room.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_store.h"
#include "store/store_conformance.h"

namespace sagebrush::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kHeader = 32, kFrame = 24 + 4096;
constexpr int kCommits = 5;

// The files that a killed process leaves: those of a database that is still open, copied. The parameter: the log has
// room behind its commits.
class WriteAheadLog : public testing::TestWithParam<bool> {
 protected:
  WriteAheadLog() {
    const TemporaryDirectory live;
    const Path database = live.path() / "t.db";
    SqliteConnection connection(database, SqliteConnection::Mode::kReadWrite);
    connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t(x)");
    std::optional<LogRoom> room;
    if (GetParam()) room.emplace(connection.handle(), database);
    for (int i = 0; i < kCommits; ++i) connection.Execute("INSERT INTO t VALUES(zeroblob(100))");
    for (const char* suffix : {"", "-wal", "-shm"}) {
      fs::copy_file(database.string() + suffix, file_.string() + suffix, fs::copy_options::overwrite_existing);
    }
    const std::string log = ReadFile(file_.string() + "-wal");
    while (LogEnd() < log.size() && log.compare(LogEnd() + 8, 8, log, 16, 8) == 0) ++frames_;
  }

  std::uint64_t Frames() const { return frames_; }
  std::uint64_t LogEnd() const { return kHeader + frames_ * kFrame; }

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

 private:
  std::uint64_t frames_ = 0;
};

INSTANTIATE_TEST_SUITE_P(, WriteAheadLog, testing::Bool(),
                         [](const auto& info) { return info.param ? "WithRoom" : "WithoutRoom"; });

TEST_P(WriteAheadLog, OfAKilledProcessIsTakenAsItIs) {
  EXPECT_EQ(Complaint(), "");
  LoseIndex();
  EXPECT_EQ(Complaint(), "");
  EXPECT_EQ(Rows(), kCommits);
  EXPECT_EQ(Complaint(), "");  // There is none any more.
}

// SQLite goes on without a word: what these tests are for.
TEST_P(WriteAheadLog, IsCutByDamageInSilenceWithoutUs) {
  FlipInLog(kHeader + (Frames() - 2) * kFrame + 1000);
  EXPECT_LT(Rows(), kCommits);
}

TEST_P(WriteAheadLog, WithAFlippedByteIsRefusedWhereverItIs) {
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

TEST_P(WriteAheadLog, WithAFlippedByteBeforeTheLastCommitsIsRefusedWithoutItsIndexToo) {
  LoseIndex();
  for (std::uint64_t frame = 0; frame + 2 < Frames(); ++frame) {
    const std::uint64_t offset = kHeader + frame * kFrame + 2000;
    FlipInLog(offset);
    EXPECT_THAT(Complaint(), testing::HasSubstr("is damaged behind its frame")) << frame;
    FlipInLog(offset);
  }
}

TEST_P(WriteAheadLog, ThatIsCutOrGoneIsRefused) {
  for (std::uint64_t size = 0; size < LogEnd(); size += 1001) {
    const std::string bytes = ReadFile(file_.string() + "-wal");
    CutLog(size);
    EXPECT_NE(Complaint(), "") << size << " of " << LogEnd();
    WriteFileDurably(file_.string() + "-wal", bytes);
  }
  fs::remove(file_.string() + "-wal");
  EXPECT_THAT(Complaint(), testing::HasSubstr("is gone or empty"));
}

// The commit that a power cut caught was not acknowledged, and is all that may be missing.
TEST_P(WriteAheadLog, TornInItsLastCommitByAPowerCutIsTaken) {
  LoseIndex();  // It is as old as the last time the system wrote it back, or gone.
  CutLog(LogEnd() - 100);
  EXPECT_EQ(Complaint(), "");
  EXPECT_EQ(Rows(), kCommits - 1);
}

TEST_P(WriteAheadLog, BehindWhichFramesOfAnEarlierUseStandIsTaken) {
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

// Half of its pages came to the disk, and where the others belong is still what the room held.
TEST_P(WriteAheadLog, WhoseLastCommitIsPartlyRoomIsTaken) {
  LoseIndex();
  const FileDescriptor log = OpenFile(file_.string() + "-wal", O_WRONLY);
  const std::string zeros(4000, '\0');
  ASSERT_EQ(::pwrite(log.get(), zeros.data(), zeros.size(), static_cast<off_t>(LogEnd() - zeros.size())), 4000);
  EXPECT_EQ(Complaint(), "");
  EXPECT_EQ(Rows(), kCommits - 1);
}

TEST_P(WriteAheadLog, CanBeGivenUpAsTheMessageSays) {
  FlipInLog(kHeader + (Frames() - 2) * kFrame + 1000);
  ASSERT_THAT(Complaint(), testing::HasSubstr("PRAGMA wal_checkpoint(TRUNCATE)"));
  {
    SqliteConnection connection(file_, SqliteConnection::Mode::kReadWrite);
    connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  EXPECT_EQ(Complaint(), "");
}

TEST(SqliteStoreLog, DamagedIsRefusedByEveryServer) {
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
  EXPECT_THROW(SqliteStore{copy.path()}, Error);  // Looking at it has not taken the traces away.
}

TEST(LogRoomTest, IsThereForEachCommitWhateverItsSize) {
  const TemporaryDirectory directory;
  const Path file = directory.path() / "t.db", log = file.string() + "-wal";
  SqliteConnection connection(file, SqliteConnection::Mode::kReadWrite);
  connection.Execute("PRAGMA journal_mode = WAL; CREATE TABLE t(x)");
  const LogRoom room(connection.handle(), file);
  std::set<std::uint64_t> sizes;
  for (int i = 0; i < 200; ++i) {
    connection.Execute("INSERT INTO t VALUES(zeroblob(100))");
    sizes.insert(fs::file_size(log));
  }
  EXPECT_EQ(sizes.size(), 2U);  // 200 commits take 1.6 MB, and it grows by one.
  connection.Execute("INSERT INTO t VALUES(zeroblob(5000000))");
  EXPECT_GT(fs::file_size(log), 5'000'000U + 200 * 2 * kFrame);
  SqliteConnection reader(file, SqliteConnection::Mode::kReadOnly);
  SqliteQuery query = reader.Query("SELECT count(*), max(length(x)) FROM t");
  ASSERT_TRUE(query.Step());
  EXPECT_EQ(query.Int(0), 201);
  EXPECT_EQ(query.Int(1), 5'000'000);
}

// As SQLite's own checkpoints, which it takes the place of.
TEST(LogRoomTest, StartsTheLogAnewWhenEnoughIsInTheDatabase) {
  const TemporaryDirectory directory;
  const Path file = directory.path() / "t.db";
  SqliteConnection connection(file, SqliteConnection::Mode::kReadWrite);
  connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE t(x)");
  const LogRoom room(connection.handle(), file);
  for (int i = 0; i < 160; ++i) connection.Execute("INSERT INTO t VALUES(zeroblob(1000000))");
  EXPECT_GT(fs::file_size(file), 90'000'000U);  // However slow the thread is that does it aside.
  EXPECT_LT(fs::file_size(file.string() + "-wal"), 70'000'000U);
}

TEST(LogFolderTest, PutsIntoTheDatabaseWhatIsCommitted) {
  const TemporaryDirectory directory;
  const Path file = directory.path() / "t.db";
  SqliteConnection connection(file, SqliteConnection::Mode::kReadWrite);
  connection.Execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(x)");
  connection.Execute("INSERT INTO t VALUES(zeroblob(1000000))");
  EXPECT_LT(fs::file_size(file), 100'000U);
  {
    LogFolder folder(file);
    EXPECT_FALSE(folder.TakeFolded());
    folder.Begin();
  }  // Ends what it has begun.
  EXPECT_GT(fs::file_size(file), 1'000'000U);
  connection.Execute("INSERT INTO t VALUES(1)");  // Begins the log anew.
  LogFolder folder(file);
  folder.Begin();
  folder.Wait();
  EXPECT_FALSE(folder.Busy());
  const std::optional<int> folded = folder.TakeFolded();
  ASSERT_TRUE(folded);
  EXPECT_LT(*folded, 10);
}

}  // namespace
}  // namespace sagebrush::store
