#include "store/sqlite_store.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>

#include "base/memory_only.h"
#include "store/store_conformance.h"

namespace sagebrush::store {
namespace {

struct SqliteOpener {
  std::unique_ptr<Store> Open(const Path& directory, Store::Options options) {
    return store::Open("sqlite:" + directory.string(), std::move(options));
  }
};
template <std::size_t kBytes>
struct SqliteCachingOpener : SqliteOpener {
  std::unique_ptr<Store> Open(const Path& directory, Store::Options options) {
    options.cache_bytes_max = kBytes;
    return SqliteOpener::Open(directory, std::move(options));
  }
};
using SqliteWithoutCacheOpener = SqliteCachingOpener<0>;
using SqliteWithTinyCacheOpener = SqliteCachingOpener<64UL * 2048>;
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreConformance, SqliteOpener);
INSTANTIATE_TYPED_TEST_SUITE_P(SqliteWithoutCache, StoreConformance, SqliteWithoutCacheOpener);
INSTANTIATE_TYPED_TEST_SUITE_P(SqliteWithTinyCache, StoreConformance, SqliteWithTinyCacheOpener);

Resource Job(const std::string& name) {
  Resource job;
  job.key = {"training-job", "123456789012", "us-east-1", name};
  job.spec = JsonObject{{"Name", name}, {"Text", std::string(800, 'x')}};
  return job;
}

std::string MessageOf(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

TEST(SqliteStore, RefusesADirectoryThatIsInUse) {
  const TemporaryDirectory directory;
  const SqliteStore store(directory.path());
  EXPECT_THAT(MessageOf([&] { const SqliteStore second(directory.path()); }),
              testing::AllOf(testing::HasSubstr("Another server (process " + std::to_string(::getpid()) + ")"),
                             testing::HasSubstr(directory.path().string())));
}

TEST(SqliteStore, IsOpenedByItsUrl) {
  EXPECT_THAT(MessageOf([] { Open("postgresql://host/db"); }), testing::HasSubstr("postgresql://host/db"));
}

// A disk that refuses to grow the files stands for a full one: SQLite sees the same failing write calls.
TEST(SqliteStore, GoesOnWhenTheDiskTakesWritesAgain) {
  const TemporaryDirectory directory;
  SqliteStore store(directory.path());
  Resource before = Job("before");
  ASSERT_TRUE(store.Insert(before));
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlim_t usual = limit.rlim_cur;
  limit.rlim_cur = 4096;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  Resource refused = Job("refused");
  const std::string message = MessageOf([&] { store.Insert(refused); });
  Resource changed = before;
  const std::string second_message = MessageOf([&] { store.Update(changed); });
  limit.rlim_cur = usual;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(message, testing::HasSubstr("disk"));
  EXPECT_THAT(second_message, testing::HasSubstr("disk"));
  EXPECT_EQ(store.Get(refused.key), nullptr);
  EXPECT_EQ(store.Get(before.key)->version, before.version);
  EXPECT_TRUE(store.Insert(refused));
  EXPECT_TRUE(store.Update(changed));
}

TEST(SqliteMigrations, RefuseADatabaseOfANewerProgram) {
  const TemporaryDirectory directory;
  {
    const SqliteStore store(directory.path());
  }
  const Path file = SqliteReader::File(directory.path());
  {
    SqliteConnection connection(file, SqliteConnection::Mode::kReadWrite);
    connection.Execute("PRAGMA user_version = 99");
  }
  EXPECT_THAT(MessageOf([&] { const SqliteStore store(directory.path()); }), testing::HasSubstr("newer Sagebrush"));
}

std::vector<std::string> ListedBy(const Store& store, const std::string& word) {
  const ListQuery query{.kind = "training-job",
                        .account = "123456789012",
                        .region = "us-east-1",
                        .where = [&](const Outline& outline) { return outline.ValueOf("Word") == word; },
                        .where_text = word};
  std::vector<std::string> names;
  for (const auto& resource : store.List(query).resources) names.push_back(resource->key.name);
  return names;
}

Store::Options WithWord(const std::string& version, const std::function<std::string(const Resource&)>& word) {
  return {.attributes = [word](const Resource& r) { return std::vector<Attribute>{{"Word", word(r)}}; },
          .attributes_version = version};
}

// As after an upgrade: what older servers stored is found by new attributes, and its documents are as they were.
TEST(SqliteStore, MakesAttributesAnewWhenTheirFunctionIsAnother) {
  const TemporaryDirectory directory;
  Resource a = Job("a"), b = Job("b");
  {
    SqliteStore store(directory.path());
    ASSERT_TRUE(store.Insert(a));
    ASSERT_TRUE(store.Insert(b));
    EXPECT_EQ(ListedBy(store, "a").size(), 0U);
  }
  {
    const SqliteStore store(directory.path(), WithWord("1", [](const Resource& r) { return r.key.name; }));
    EXPECT_THAT(ListedBy(store, "a"), testing::ElementsAre("a"));
    EXPECT_EQ(store.Get(a.key)->spec, a.spec);
    EXPECT_EQ(store.Get(a.key)->generation, 1U);
  }
  {
    const SqliteStore same(directory.path(), WithWord("1", [](const Resource&) { return "not asked"; }));
    EXPECT_THAT(ListedBy(same, "b"), testing::ElementsAre("b"));
  }
  const SqliteStore store(directory.path(), WithWord("2", [](const Resource&) { return "all"; }));
  EXPECT_THAT(ListedBy(store, "all"), testing::ElementsAre("a", "b"));
}

// The first list of a kind reads it while others write: none of what they wrote is missing from it, or from the next.
TEST(SqliteStore, AListMissesNothingThatIsWrittenWhileItIsFirstMade) {
  for (int round = 0; round < 10; ++round) {
    const TemporaryDirectory directory;
    SqliteStore store(directory.path());
    std::atomic<int> written = 0;
    std::thread writer([&] {
      for (int i = 0; i < 60; ++i) {
        Resource job = Job(fmt::format("job-{:02}", i));
        store.Insert(job);
        if (i % 3 == 0) store.Delete(job);
        written = i + 1;
      }
    });
    const ListQuery query{.kind = "training-job", .account = "123456789012", .region = "us-east-1"};
    while (written < 60) {
      const int before = written;
      const std::size_t least = static_cast<std::size_t>(before - (before + 2) / 3);
      ASSERT_GE(store.List(query).resources.size(), least);
    }
    writer.join();
    EXPECT_EQ(store.List(query).resources.size(), 40U);
  }
}

TEST(SqliteStore, SaysWhereItWouldHaveToReadTheDisk) {
  const TemporaryDirectory directory;
  Resource job = Job("a");
  SqliteStore(directory.path()).Insert(job);
  const SqliteStore store(directory.path());
  {
    const MemoryOnly only;
    EXPECT_THROW(store.Get(job.key), MustWait);
  }
  EXPECT_NE(store.Get(job.key), nullptr);
  const MemoryOnly only;
  EXPECT_NE(store.Get(job.key), nullptr);
}

// Damage is not the client's fault, nor is it passed over: what cannot be read, and what can be but is not what was
// written.
TEST(SqliteStore, FindsADamagedDocument) {
  for (const char* damage : {"spec = '{\"Name\":'", "spec = replace(spec, 'xxxx', 'xxXx')", "status = ''",
                             "state = 'Completed'", "created = created + 1", "uid = 'other'"}) {
    const TemporaryDirectory directory;
    {
      SqliteStore store(directory.path());
      for (const char* name : {"a", "b", "c"}) {
        Resource job = Job(name);
        ASSERT_TRUE(store.Insert(job));
      }
    }
    {
      SqliteConnection connection(SqliteReader::File(directory.path()), SqliteConnection::Mode::kReadWrite);
      connection.Execute(fmt::format("UPDATE resource SET {} WHERE name = 'b'", damage));
    }
    testing::internal::CaptureStderr();
    const SqliteStore store(directory.path());
    const std::string message = MessageOf([&] { store.Get(Job("b").key); });
    EXPECT_EQ(message, "The stored document of training-job b is damaged; the server's log tells where.") << damage;
    ListQuery all{.kind = "training-job", .account = "123456789012", .region = "us-east-1"};
    EXPECT_EQ(MessageOf([&] { store.List(all); }), message);
    EXPECT_EQ(store.All("training-job").size(), 2u);
    EXPECT_NE(store.Get(Job("c").key), nullptr);
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                testing::AllOf(testing::HasSubstr("training-job b (account 123456789012, region us-east-1)"),
                               testing::HasSubstr(SqliteReader::File(directory.path()).string())));
  }
}

TEST(SqliteStore, ReadsWhatAnOlderServerStoredThatIsNotUtf8) {
  const TemporaryDirectory directory;
  Resource job = Job("a");
  SqliteStore(directory.path()).Insert(job);
  SqliteConnection(SqliteReader::File(directory.path()), SqliteConnection::Mode::kReadWrite)
      .Execute("UPDATE resource SET sum = NULL, status = CAST(x'7B2241223A22636166E9227D' AS TEXT)");
  EXPECT_EQ(GetString(SqliteStore(directory.path()).Get(job.key)->status, "A"), "caf\ufffd");
}

TEST(SqliteStore, FindsADamagedPageAtItsStart) {
  const TemporaryDirectory directory;
  const Path file = SqliteReader::File(directory.path());
  {
    SqliteStore store(directory.path());
    for (int i = 0; i < 50; ++i) {
      Resource job = Job(std::to_string(i));
      ASSERT_TRUE(store.Insert(job));
    }
  }
  const FileDescriptor opened = OpenFile(file, O_RDWR);
  const std::string junk(64, '\xA5');
  const auto pages = static_cast<off_t>(std::filesystem::file_size(file) / 4096);
  ASSERT_GT(pages, 8);
  for (off_t page = 1; page < pages; page += 3) {
    ASSERT_EQ(::pwrite(opened.get(), junk.data(), junk.size(), page * 4096), static_cast<ssize_t>(junk.size()));
  }
  EXPECT_THAT(MessageOf([&] { const SqliteStore store(directory.path()); }),
              testing::AllOf(testing::HasSubstr("is damaged"), testing::HasSubstr(file.string())));
}

TEST(SqliteStore, SaysThatADatabaseIsDamaged) {
  const TemporaryDirectory directory;
  std::ofstream(SqliteReader::File(directory.path())) << std::string(8192, 'x');
  EXPECT_THAT(MessageOf([&] { const SqliteStore store(directory.path()); }), testing::HasSubstr("is damaged"));
}

// Inserts in four threads and writes each acknowledged name to `pipe`, until it is killed.
[[noreturn]] void InsertUntilKilled(const Path& directory, int pipe, int round) {
  SqliteStore store(directory);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        Resource job = Job(std::to_string(round) + "-" + std::to_string(t) + "-" + std::to_string(i));
        if (!store.Insert(job)) ::_exit(1);
        std::string line = job.key.name;
        line.resize(31, ' ');
        line += '\n';
        if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(1);
      }
    });
  }
  for (;;) ::pause();
}

TEST(SqliteStore, KeepsEveryAcknowledgedWriteThroughKill) {
  const TemporaryDirectory directory;
  std::set<std::string> acknowledged;
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) InsertUntilKilled(directory.path(), ends[1], round);
    ::close(ends[1]);
    const std::size_t enough = acknowledged.size() + 40 + 7 * static_cast<std::size_t>(round);
    std::string line(32, ' ');
    const auto read_name = [&] {
      std::size_t have = 0;
      while (have < line.size()) {
        const ssize_t n = ::read(ends[0], line.data() + have, line.size() - have);
        if (n <= 0) return false;
        have += static_cast<std::size_t>(n);
      }
      acknowledged.insert(line.substr(0, line.find(' ')));
      return true;
    };
    while (acknowledged.size() < enough && read_name()) {
    }
    ::kill(child, SIGKILL);
    while (read_name()) {
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    const SqliteStore store(directory.path());
    for (const std::string& name : acknowledged) ASSERT_NE(store.Get(Job(name).key), nullptr) << name;
  }
}

}  // namespace
}  // namespace sagebrush::store
