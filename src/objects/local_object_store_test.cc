#include "objects/local_object_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "base/encoding.h"
#include "base/error.h"
#include "objects/checksums.h"
#include "objects/errors.h"
#include "objects/multipart.h"

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

Object Put(ObjectStore& store, const std::string& bucket, const std::string& key, std::string_view bytes,
           const WriteOptions& options = {}, const Properties& properties = {}) {
  auto writer = store.Write(bucket, key, properties, options);
  writer->Append(bytes);
  return writer->Commit();
}

std::optional<std::string> Get(const ObjectStore& store, const std::string& bucket, const std::string& key) {
  const auto opened = store.Open(bucket, key);
  if (!opened) return std::nullopt;
  std::string bytes;
  opened->Read({0, opened->object.size}, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

std::size_t CountFiles(const Path& directory) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) count += entry.is_regular_file();
  return count;
}

class LocalObjectStoreTest : public testing::Test {
 protected:
  LocalObjectStoreTest() { store_->CreateBucket({.name = "b", .account = "1", .region = "us-east-1"}); }

  void Reopen() {
    store_.reset();
    store_ = std::make_unique<LocalObjectStore>(directory_.path(), clock_);
  }
  std::size_t Files() const {
    store_->FinishRemovals();
    return CountFiles(directory_.path() / "data");
  }
  std::vector<std::string> Keys(const ListQuery& query) const {
    std::vector<std::string> keys;
    for (const Object& object : store_->List("b", query).objects) keys.push_back(object.key);
    return keys;
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<LocalObjectStore> store_ = std::make_unique<LocalObjectStore>(directory_.path(), clock_);
};

TEST_F(LocalObjectStoreTest, AWriteThatWaitsForNoDiskOutlivesTheStore) {
  store_.reset();
  store_ = std::make_unique<LocalObjectStore>(directory_.path(), clock_, Durability::kCrash);
  Put(*store_, "b", "small", "1");
  const std::string large(3'000'000, 'l');
  Put(*store_, "b", "large", large);
  Reopen();
  EXPECT_EQ(Get(*store_, "b", "small"), "1");
  EXPECT_EQ(Get(*store_, "b", "large"), large);
}

TEST_F(LocalObjectStoreTest, KeepsBytesDigestsAndPropertiesOverARestart) {
  Properties properties;
  properties.headers["ContentType"] = "text/plain";
  properties.metadata["who"] = "me";
  properties.tags = {{"a", "b"}};
  Put(*store_, "b", "k", "hello", {.checksum = DigestAlgorithm::kCrc32}, properties);
  Reopen();
  const auto object = store_->Find("b", "k");
  ASSERT_TRUE(object);
  EXPECT_EQ(object->etag, "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(ToBase64(object->checksum->value), "NhCmhg==");  // reference/client-flows.md 3.4: CRC32 of "hello".
  EXPECT_EQ(object->properties.headers.at("ContentType"), "text/plain");
  EXPECT_EQ(object->properties.metadata.at("who"), "me");
  EXPECT_EQ(object->properties.tags, properties.tags);
  EXPECT_EQ(object->modified, clock_.Now());
  EXPECT_EQ(Get(*store_, "b", "k"), "hello");
}

TEST_F(LocalObjectStoreTest, ReplacedAndDeletedObjectsLeaveNoFile) {
  Put(*store_, "b", "k", "one");
  Put(*store_, "b", "k", std::string(100'000, 'x'));
  EXPECT_EQ(Files(), 1u);
  EXPECT_TRUE(store_->Delete("b", "k").found);
  EXPECT_FALSE(store_->Delete("b", "k").found);
  EXPECT_EQ(Files(), 0u);
  EXPECT_FALSE(store_->Find("b", "k"));
}

TEST_F(LocalObjectStoreTest, AReaderKeepsTheBytesOfAReplacedObject) {
  Put(*store_, "b", "k", "old");
  const auto opened = store_->Open("b", "k");
  Put(*store_, "b", "k", "new");
  std::string bytes;
  opened->Read({0, 3}, [&](std::string_view piece) { bytes += piece; });
  EXPECT_EQ(bytes, "old");
}

TEST_F(LocalObjectStoreTest, AWriterThatIsDroppedLeavesNothing) {
  {
    auto writer = store_->Write("b", "k", {}, {});
    writer->Append("half");
  }
  EXPECT_FALSE(store_->Find("b", "k"));
  EXPECT_EQ(CountFiles(directory_.path() / "new"), 0u);
  EXPECT_EQ(Files(), 0u);
}

TEST_F(LocalObjectStoreTest, AWrongChecksumChangesNothing) {
  Put(*store_, "b", "k", "old");
  EXPECT_EQ(CodeOf([&] { Put(*store_, "b", "k", "new", {.expected_checksum = "12345678"}); }), "BadDigest");
  EXPECT_EQ(Get(*store_, "b", "k"), "old");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(LocalObjectStoreTest, ChecksConditionsWithTheWrite) {
  WriteOptions absent{.condition = {.if_absent = true}};
  const Object first = Put(*store_, "b", "k", "1", absent);
  EXPECT_EQ(CodeOf([&] { Put(*store_, "b", "k", "2", absent); }), "PreconditionFailed");
  EXPECT_EQ(CodeOf([&] { Put(*store_, "b", "k", "2", {.condition = {.if_etag = "nope"}}); }), "PreconditionFailed");
  EXPECT_EQ(CodeOf([&] { Put(*store_, "b", "z", "2", {.condition = {.if_etag = "nope"}}); }), "NoSuchKey");
  Put(*store_, "b", "k", "2", {.condition = {.if_etag = first.etag}});
  EXPECT_EQ(Get(*store_, "b", "k"), "2");
  EXPECT_EQ(CodeOf([&] { store_->Delete("b", "k", {.condition = {.if_etag = first.etag}}); }), "PreconditionFailed");
}

TEST_F(LocalObjectStoreTest, ObjectFilesAreReadOnly) {
  Put(*store_, "b", "k", "bytes");
  const Path target = directory_.path() / "channel";
  ASSERT_TRUE(store_->Export(*store_->Open("b", "k"), target, {}));
  store_->FinishRemovals();
  struct stat status{};
  ASSERT_EQ(::stat(target.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0400u);
  EXPECT_EQ(status.st_nlink, 2u);
  EXPECT_EQ(ReadFile(target), "bytes");
  const auto replaced = store_->Open("b", "k");
  Put(*store_, "b", "k", "newer");
  store_->FinishRemovals();
  EXPECT_FALSE(store_->Export(*replaced, directory_.path() / "other", {}));
  EXPECT_EQ(ReadFile(directory_.path() / "other"), "bytes");
}

TEST_F(LocalObjectStoreTest, TakesOverAFileWithoutCopying) {
  const Path path = directory_.path() / "output.tar.gz";
  WriteFileDurably(path, std::string(200'000, 'm'));
  ::chmod(path.c_str(), 04755);
  const Object object = store_->PutFile("b", "out/model.tar.gz", OpenFile(path, O_RDONLY), {}, {}, {});
  store_->FinishRemovals();
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777 & ~0044, 0400u);  // The job's setuid bit is gone.
  EXPECT_EQ(status.st_nlink, 2u);
  EXPECT_EQ(object.size, 200'000u);
  EXPECT_EQ(object.etag, ToHex(ComputeDigest(DigestAlgorithm::kMd5, std::string(200'000, 'm'))));
  std::filesystem::remove(path);
  Reopen();
  EXPECT_EQ(Get(*store_, "b", "out/model.tar.gz"), std::string(200'000, 'm'));
}

// By its other name it could be changed.
TEST_F(LocalObjectStoreTest, CopiesAFileThatHasAnotherName) {
  const Path path = directory_.path() / "file", other = directory_.path() / "other";
  WriteFileDurably(path, "bytes", 0640);
  std::filesystem::create_hard_link(path, other);
  store_->PutFile("b", "k", OpenFile(path, O_RDONLY), {}, {}, {});
  struct stat status{};
  ASSERT_EQ(::stat(other.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
  WriteAll(OpenFile(other, O_WRONLY | O_TRUNC).get(), "other");
  EXPECT_EQ(Get(*store_, "b", "k"), "bytes");
}

TEST_F(LocalObjectStoreTest, StopsTakingOverAFile) {
  WriteFileDurably(directory_.path() / "file", "bytes");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(CodeOf([&] {
              store_->PutFile("b", "k", OpenFile(directory_.path() / "file", O_RDONLY), {}, {}, stop.get_token());
            }),
            "ServiceUnavailable");
  EXPECT_FALSE(store_->Find("b", "k"));
}

TEST_F(LocalObjectStoreTest, CopiesByReferenceAndKeepsTheCopyWhenTheSourceGoes) {
  Put(*store_, "b", "from", std::string(100'000, 'c'));
  const Object copy = store_->Copy(*store_->Open("b", "from"), "b", "to", {}, {});
  store_->Delete("b", "from");
  EXPECT_EQ(copy.etag, store_->Find("b", "to")->etag);
  EXPECT_EQ(Get(*store_, "b", "to"), std::string(100'000, 'c'));
}

TEST_F(LocalObjectStoreTest, DeletesOnlyEmptyBuckets) {
  Put(*store_, "b", "k", "1");
  EXPECT_EQ(CodeOf([&] { store_->DeleteBucket("b"); }), "BucketNotEmpty");
  store_->Delete("b", "k");
  const Upload upload = store_->CreateUpload({.bucket = "b", .key = "left"});
  auto part = store_->WritePart(upload, 1, {});
  part->Append("bytes");
  part->Commit();
  auto late = store_->Write("b", "late", {}, {});
  store_->DeleteBucket("b");
  EXPECT_EQ(store_->FindBucket("b"), nullptr);
  EXPECT_EQ(CodeOf([&] { late->Commit(); }), "NoSuchBucket");
  late.reset();
  EXPECT_EQ(Files(), 0u);
  EXPECT_EQ(CodeOf([&] { Put(*store_, "b", "k", "1"); }), "NoSuchBucket");
}

TEST_F(LocalObjectStoreTest, KeepsWhatABucketIsConfiguredWithOverARestart) {
  store_->SetBucketConfiguration("b", "CORSConfiguration", JsonObject{{"CORSRules", JsonArray{}}});
  store_->SetBucketConfiguration("b", "OwnershipControls", JsonObject{{"Rules", JsonArray{}}});
  store_->SetBucketConfiguration("b", "CORSConfiguration", nullptr);
  Reopen();
  EXPECT_EQ(ConfigurationOf(*store_->FindBucket("b"), "CORSConfiguration"), nullptr);
  EXPECT_EQ(*ConfigurationOf(*store_->FindBucket("b"), "OwnershipControls"), (JsonObject{{"Rules", JsonArray{}}}));
  store_->DeleteBucket("b");
  store_->CreateBucket({.name = "b"});
  EXPECT_TRUE(store_->FindBucket("b")->configurations.empty());
}

TEST_F(LocalObjectStoreTest, KeepsBucketTagsAndPolicyOverARestart) {
  store_->SetBucketTags("b", {{"team", "ml"}});
  store_->SetBucketPolicy("b", R"({"Statement":[]})");
  Reopen();
  EXPECT_EQ(store_->FindBucket("b")->tags, (Tags{{"team", "ml"}}));
  EXPECT_TRUE(store_->FindBucket("b")->policy_document.is_object());
  EXPECT_FALSE(store_->CreateBucket({.name = "b"}));
}

TEST_F(LocalObjectStoreTest, ListsByPrefixAndDelimiterInPages) {
  for (const char* key : {"a", "p/1", "p/2", "p/q/3", "p0", "z"}) Put(*store_, "b", key, "x");
  EXPECT_EQ(Keys({.prefix = "p/"}), (std::vector<std::string>{"p/1", "p/2", "p/q/3"}));
  const Listing first = store_->List("b", {.delimiter = "/", .limit = 2});
  EXPECT_EQ(first.objects.size(), 1u);
  EXPECT_EQ(first.common_prefixes, std::vector<std::string>{"p/"});
  EXPECT_TRUE(first.truncated);
  EXPECT_EQ(first.last, "p/");
  EXPECT_EQ(Keys({.delimiter = "/", .start_after = first.last}), (std::vector<std::string>{"p0", "z"}));
  EXPECT_EQ(Keys({.start_after = "p/2"}), (std::vector<std::string>{"p/q/3", "p0", "z"}));
}

class MultipartTest : public LocalObjectStoreTest {
 protected:
  Part PutPart(const Upload& upload, int number, std::string_view bytes) {
    auto writer = store_->WritePart(upload, number, {.checksum = DigestAlgorithm::kCrc32});
    writer->Append(bytes);
    return writer->Commit();
  }
  Upload Begin(bool composite) {
    return store_->CreateUpload(
        {.bucket = "b", .key = "big", .checksum_algorithm = DigestAlgorithm::kCrc32, .checksum_composite = composite});
  }
  const std::string large_ = std::string(kPartSizeMin, 'l');
};

TEST_F(MultipartTest, JoinsPartsInOrderOfTheirNumbers) {
  const Upload upload = Begin(false);
  const Part second = PutPart(upload, 7, "tail");
  const Part first = PutPart(upload, 2, large_);
  const Object object = store_->CompleteUpload("b", "big", upload.id, {{2, first.etag}, {7, second.etag}}, {});
  EXPECT_EQ(Get(*store_, "b", "big"), large_ + "tail");
  std::string md5s = ComputeDigest(DigestAlgorithm::kMd5, large_) + ComputeDigest(DigestAlgorithm::kMd5, "tail");
  EXPECT_EQ(object.etag, ToHex(ComputeDigest(DigestAlgorithm::kMd5, md5s)) + "-2");
  EXPECT_EQ(object.checksum->value, ComputeDigest(DigestAlgorithm::kCrc32, large_ + "tail"));
  EXPECT_EQ(Files(), 1u);
  EXPECT_FALSE(store_->FindUpload("b", "big", upload.id));
}

TEST_F(MultipartTest, CompletingAgainAnswersTheSame) {
  const Upload upload = Begin(true);
  const Part part = PutPart(upload, 1, "only");
  const Object first = store_->CompleteUpload("b", "big", upload.id, {{1, part.etag}}, {});
  Reopen();
  const Object again = store_->CompleteUpload("b", "big", upload.id, {{1, part.etag}}, {});
  EXPECT_EQ(again.etag, first.etag);
  EXPECT_EQ(again.checksum, first.checksum);
  EXPECT_EQ(first.checksum->parts, 1);
}

TEST_F(MultipartTest, RefusesWhatWasNotUploaded) {
  const Upload upload = Begin(false);
  const Part one = PutPart(upload, 1, "small"), two = PutPart(upload, 2, "small");
  const auto complete = [&](std::vector<CompletedPart> parts) {
    return CodeOf([&] { store_->CompleteUpload("b", "big", upload.id, parts, {}); });
  };
  EXPECT_EQ(complete({}), "MalformedXML");
  EXPECT_EQ(complete({{1, one.etag}, {2, two.etag}}), "EntityTooSmall");
  EXPECT_EQ(complete({{2, two.etag}, {1, one.etag}}), "InvalidPartOrder");
  EXPECT_EQ(complete({{1, "\"bad\""}}), "InvalidPart");
  EXPECT_EQ(complete({{3, one.etag}}), "InvalidPart");
  EXPECT_EQ(CodeOf([&] { store_->CompleteUpload("b", "big", "nope", {{1, one.etag}}, {}); }), "NoSuchUpload");
  EXPECT_TRUE(store_->FindUpload("b", "big", upload.id));
}

TEST_F(MultipartTest, AbortTakesThePartsAway) {
  const Upload upload = Begin(false);
  PutPart(upload, 1, large_);
  PutPart(upload, 1, "again");
  EXPECT_EQ(store_->Parts(upload, 0, 10).size(), 1u);
  auto late = store_->WritePart(upload, 2, {});
  EXPECT_TRUE(store_->AbortUpload("b", "big", upload.id));
  EXPECT_FALSE(store_->AbortUpload("b", "big", upload.id));
  EXPECT_EQ(CodeOf([&] { late->Commit(); }), "NoSuchUpload");
  late.reset();
  EXPECT_EQ(Files(), 0u);
}

TEST_F(MultipartTest, CopiesARangeAsAPart) {
  Put(*store_, "b", "source", "0123456789");
  const Upload upload = Begin(false);
  const Part part = store_->CopyPart(upload, 1, *store_->Open("b", "source"), {2, 5}, {});
  store_->CompleteUpload("b", "big", upload.id, {{1, part.etag}}, {});
  EXPECT_EQ(Get(*store_, "b", "big"), "23456");
}

TEST_F(MultipartTest, ListsOpenUploadsInPages) {
  std::vector<std::string> ids;
  for (const char* key : {"a", "d/1", "d/2", "d/2", "e"}) {
    clock_.Advance(Milliseconds(1));
    ids.push_back(store_->CreateUpload({.bucket = "b", .key = key}).id);
  }
  const UploadListing first = store_->Uploads("b", {.limit = 3});
  ASSERT_EQ(first.uploads.size(), 3u);
  EXPECT_TRUE(first.truncated);
  const UploadListing rest =
      store_->Uploads("b", {.key_marker = first.next_key_marker, .upload_id_marker = first.next_upload_id_marker});
  ASSERT_EQ(rest.uploads.size(), 2u);
  EXPECT_EQ(rest.uploads[0].id, ids[3]);
  const UploadListing grouped = store_->Uploads("b", {.delimiter = "/", .limit = 2});
  EXPECT_EQ(grouped.common_prefixes, std::vector<std::string>{"d/"});
  EXPECT_EQ(store_->Uploads("b", {.delimiter = "/", .key_marker = "d/"}).uploads.size(), 1u);
}

// Random operations, compared with maps. The seed is in the failure message.
TEST_F(LocalObjectStoreTest, BehavesAsAMapUnderRandomOperations) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto key = [&] {
    static constexpr const char* kDirectories[] = {"", "a/", "a/b/", "a0", "c//", "\xc3\xa9/"};
    return kDirectories[pick(6)] + std::to_string(pick(8));
  };
  std::map<std::string, std::string> model;
  for (int step = 0; step < 1200; ++step) {
    const std::string k = key();
    const int action = pick(100);
    if (action < 40) {
      const std::string bytes(pick(20) == 0 ? 70'000 : pick(50), static_cast<char>('a' + pick(26)));
      Put(*store_, "b", k, bytes);
      model[k] = bytes;
    } else if (action < 55) {
      EXPECT_EQ(store_->Delete("b", k).found, model.erase(k) == 1);
    } else if (action < 65) {
      const std::string target = key();
      if (const auto source = store_->Open("b", k)) {
        store_->Copy(*source, "b", target, {}, {});
        model[target] = model.at(k);
      }
    } else if (action < 80) {
      const auto expected = model.find(k);
      EXPECT_EQ(Get(*store_, "b", k), expected == model.end() ? std::nullopt : std::optional(expected->second));
    } else if (action < 81) {
      Reopen();
    } else {
      const std::string prefix = std::vector<std::string>{"", "a", "a/", "c/"}[pick(4)];
      const std::string delimiter = pick(2) == 0 ? "/" : "";
      std::vector<std::string> expected, seen;
      for (const auto& [name, bytes] : model) {
        if (!name.starts_with(prefix)) continue;
        const auto end = delimiter.empty() ? std::string::npos : name.find('/', prefix.size());
        const std::string entry = end == std::string::npos ? name : name.substr(0, end + 1);
        if (expected.empty() || expected.back() != entry) expected.push_back(entry);
      }
      ListQuery query{.prefix = prefix, .delimiter = delimiter, .limit = 1 + pick(5)};
      for (bool more = true; more;) {
        const Listing page = store_->List("b", query);
        std::vector<std::string> entries = page.common_prefixes;
        for (const Object& object : page.objects) entries.push_back(object.key);
        std::sort(entries.begin(), entries.end());
        seen.insert(seen.end(), entries.begin(), entries.end());
        query.start_after = page.last;
        more = page.truncated;
      }
      EXPECT_EQ(seen, expected);
    }
    if (HasFailure()) return;
  }
  EXPECT_EQ(Files(), model.size());
}

// A child writes and reports each acknowledged object through a pipe until it is killed; all reported must be there.
class CrashTest : public testing::Test {
 protected:
  static std::string BytesFor(int number) {
    return std::string(number % 7 == 0 ? 80'000 : 10 + number % 100, static_cast<char>('a' + number % 26)) +
           std::to_string(number);
  }

  [[noreturn]] static void WriteUntilKilled(const Path& directory, int pipe, int first) {
    const SystemClock clock;
    LocalObjectStore store(directory, clock);
    store.CreateBucket({.name = "b", .account = "1"});
    std::vector<std::thread> writers;
    for (int t = 0; t < 3; ++t) {
      writers.emplace_back([&store, pipe, number = first + t]() mutable {
        for (;; number += 3) {
          Put(store, "b", "k" + std::to_string(number % 50), BytesFor(number));
          if (::write(pipe, &number, sizeof number) != sizeof number) ::_exit(1);
        }
      });
    }
    ::pause();
    ::_exit(0);
  }
};

TEST_F(CrashTest, AcknowledgedObjectsSurviveKillAtAnyMoment) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  std::map<std::string, int> acknowledged;  // Key to the highest number reported for it.
  int first = 0;
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) WriteUntilKilled(directory.path(), ends[1], first);
    ::close(ends[1]);
    int number = 0;
    const unsigned kill_after = 1 + random() % 60;
    unsigned seen = 0;
    while (::read(ends[0], &number, sizeof number) == sizeof number) {
      int& latest = acknowledged["k" + std::to_string(number % 50)];
      latest = std::max(latest, number);
      first = std::max(first, number + 1);
      if (++seen == kill_after) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);

    const SystemClock clock;
    LocalObjectStore store(directory.path(), clock);
    for (const auto& [key, latest] : acknowledged) {
      const auto bytes = Get(store, "b", key);
      ASSERT_TRUE(bytes) << key;
      // Writes of one key by different threads may have been committed, but not reported, after `latest`.
      const int found = std::stoi(bytes->substr(bytes->find_first_of("0123456789")));
      EXPECT_EQ(*bytes, BytesFor(found)) << key;
      EXPECT_EQ("k" + std::to_string(found % 50), key);
      first = std::max(first, found + 1);
    }
    store.FinishRemovals();
    EXPECT_EQ(CountFiles(directory.path() / "data"), store.List("b", {}).objects.size());
    EXPECT_EQ(CountFiles(directory.path() / "new"), 0u);
  }
}

}  // namespace
}  // namespace sagebrush::objects
