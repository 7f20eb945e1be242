// What LocalObjectStore makes of objects that are stored encrypted.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>

#include "base/error.h"
#include "objects/fake_key_service.h"
#include "objects/local_object_store.h"
#include "objects/object_keys.h"
#include "objects/segment_stream.h"

namespace sagebrush::objects {
namespace {

constexpr std::uint64_t kFirst = kSegmentSize - kStreamHeaderSize - GcmCipher::kTagSize;  // Text of the first segment.
constexpr std::uint64_t kOther = kSegmentSize - GcmCipher::kTagSize;                      // Of any other.
constexpr std::uint64_t kPart = 5 << 20;

std::string Text(std::uint64_t size, unsigned seed = 1) {
  std::string text(size, '\0');
  std::mt19937 random(seed);
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

class EncryptedObjects : public testing::Test {
 protected:
  EncryptedObjects() { store_.CreateBucket({.name = "b", .account = "1", .region = "us-east-1"}); }

  ObjectKey NewKey(const std::string& key, const EncryptionRequest& request = {}) {
    return keys_.Make(who_, "b", key, request);
  }
  Object Put(const std::string& key, std::string_view bytes, const EncryptionRequest& request = {}) {
    const auto writer = store_.Write("b", key, {}, {.key = NewKey(key, request)});
    writer->Append(bytes);
    return writer->Commit();
  }
  OpenedObject Open(const std::string& key, const std::optional<SecretKey>& customer_key = {}) {
    auto opened = store_.Open("b", key);
    opened->data_key = keys_.Open(who_, "b", key, opened->object.encryption, customer_key);
    return *std::move(opened);
  }
  // The error's code where there is one.
  std::string Read(const std::string& key, std::optional<ByteRange> range = {}) {
    try {
      const OpenedObject opened = Open(key);
      return Bytes(opened, range.value_or(ByteRange{0, opened.object.size}));
    } catch (const Error& error) {
      return std::string(error.kind().code);
    }
  }
  static std::string Bytes(const OpenedObject& opened, ByteRange range) {
    std::string bytes;
    opened.Read(range, [&](std::string_view piece) { bytes += piece; });
    return bytes;
  }
  Path FileOf(const std::string& key) {
    const std::string name = store_.Open("b", key)->location;
    return directory_.path() / "data" / name.substr(0, 2) / name;
  }
  // What is stored of an object becomes `bytes`.
  void Overwrite(const std::string& key, const std::string& bytes) {
    const Path path = FileOf(key);
    ::chmod(path.c_str(), 0600);
    WriteAll(OpenFile(path, O_WRONLY | O_TRUNC).get(), bytes);
  }
  void PutParts(const std::string& key, const std::vector<std::string>& parts) {
    const ObjectKey object_key = NewKey(key);
    const Upload upload = store_.CreateUpload({.bucket = "b", .key = key, .encryption = object_key.encryption});
    std::vector<CompletedPart> completed;
    for (const std::string& bytes : parts) {
      const int number = static_cast<int>(completed.size()) * 3 + 1;
      const auto writer = store_.WritePart(upload, number, {.key = object_key});
      writer->Append(bytes);
      completed.push_back({.number = number, .etag = writer->Commit().etag});
    }
    store_.CompleteUpload("b", key, upload.id, completed, {});
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  LocalObjectStore store_{directory_.path(), clock_};
  const FakeKeyService kms_;
  const ObjectKeys keys_{kms_, SecretKey::Random(), ObjectKeys::OwnKey::kEncrypts};
  const wire::Principal principal_{.account = "1", .arn = "arn:aws:iam::1:root"};
  const Requester who_{principal_, "us-east-1"};
};

TEST_F(EncryptedObjects, AreReadAsTheyWereWrittenAndStoredOtherwise) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{5}, kFirst, kFirst + 1, kFirst + 2 * kOther}) {
    const std::string text = Text(size);
    const Object object = Put("k", text);
    EXPECT_EQ(object.size, size);
    EXPECT_EQ(Read("k"), text) << size;
    const std::string stored = ReadFile(FileOf("k"));
    EXPECT_EQ(stored.size(), EncryptedSize(size));
    if (size > 0) EXPECT_EQ(stored.find(text.substr(0, 5)), std::string::npos);
  }
}

TEST_F(EncryptedObjects, GiveRangesAcrossSegments) {
  const std::string text = Text(kFirst + 3 * kOther + 17);
  Put("k", text);
  for (const std::uint64_t begin : {std::uint64_t{0}, kFirst - 1, kFirst, kFirst + kOther - 2, text.size() - 1}) {
    for (const std::uint64_t length :
         {std::uint64_t{1}, std::uint64_t{2}, kOther, kOther + 5, std::uint64_t{1 << 20}}) {
      const ByteRange range{begin, std::min<std::uint64_t>(length, text.size() - begin)};
      EXPECT_EQ(Read("k", range), text.substr(range.offset, range.length)) << begin << " " << length;
    }
  }
}

TEST_F(EncryptedObjects, GiveRangesAcrossParts) {
  const std::vector<std::string> parts{Text(kPart, 1), Text(kPart + kOther, 2), Text(3, 3)};
  PutParts("k", parts);
  const std::string text = parts[0] + parts[1] + parts[2];
  EXPECT_EQ(Read("k"), text);
  EXPECT_EQ(Read("k", ByteRange{kPart - 1, 2}), text.substr(kPart - 1, 2));
  EXPECT_EQ(Read("k", ByteRange{text.size() - 5, 5}), text.substr(text.size() - 5));
  EXPECT_EQ(store_.Open("b", "k")->object.size, text.size());
}

TEST_F(EncryptedObjects, SurviveARestartBeforeTheirFilesAreOnTheDisk) {
  const ObjectKey key = NewKey("k");
  TemporaryDirectory directory;
  {
    LocalObjectStore store(directory.path(), clock_);
    store.CreateBucket({.name = "b", .account = "1", .region = "us-east-1"});
    const auto writer = store.Write("b", "k", {}, {.key = key});
    writer->Append(Text(64 << 10));
    writer->Commit();
    const std::string name = store.Open("b", "k")->location;
    ASSERT_EQ(::truncate((directory.path() / "data" / name.substr(0, 2) / name).c_str(), 10), 0);
  }
  LocalObjectStore store(directory.path(), clock_);
  auto opened = store.Open("b", "k");
  opened->data_key = keys_.Open(who_, "b", "k", opened->object.encryption);
  EXPECT_EQ(Bytes(*opened, {0, opened->object.size}), Text(64 << 10));
}

TEST_F(EncryptedObjects, AreNotReadOnceAnyBitIsFlipped) {
  Put("k", Text(30));
  const std::string stored = ReadFile(FileOf("k"));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    std::string changed = stored;
    changed[i] = static_cast<char>(changed[i] ^ (1 << i % 8));
    Overwrite("k", changed);
    EXPECT_EQ(Read("k"), "InternalFailure") << i;
  }
  Overwrite("k", stored);
  EXPECT_EQ(Read("k"), Text(30));
}

TEST_F(EncryptedObjects, GiveWhatLiesBeforeADamagedSegmentOnly) {
  const std::string text = Text(kFirst + 8 * kOther);
  Put("k", text);
  std::string stored = ReadFile(FileOf("k"));
  stored[6 * kSegmentSize + 9] = static_cast<char>(stored[6 * kSegmentSize + 9] ^ 1);
  Overwrite("k", stored);
  EXPECT_EQ(Read("k", ByteRange{0, SegmentTextBegin(6)}), text.substr(0, SegmentTextBegin(6)));
  EXPECT_EQ(Read("k", ByteRange{SegmentTextBegin(6) - 1, 2}), "InternalFailure");
  EXPECT_EQ(Read("k", ByteRange{SegmentTextBegin(7), kOther}), text.substr(SegmentTextBegin(7), kOther));
  std::string got;
  const OpenedObject opened = Open("k");
  EXPECT_THROW(opened.Read({0, text.size()}, [&](std::string_view piece) { got += piece; }), Error);
  EXPECT_EQ(got, text.substr(0, got.size()));
  EXPECT_LE(got.size(), SegmentTextBegin(6));
}

TEST_F(EncryptedObjects, AreNotReadOnceSegmentsAreSwappedCutOffOrAdded) {
  Put("k", Text(kFirst + 3 * kOther));
  const std::string stored = ReadFile(FileOf("k"));
  const auto segment = [&](std::size_t i) { return stored.substr(i * kSegmentSize, kSegmentSize); };
  for (const std::string& changed : {segment(0) + segment(2) + segment(1) + segment(3), segment(0) + segment(1),
                                     stored + segment(3), stored + "x", std::string()}) {
    Overwrite("k", changed);
    EXPECT_EQ(Read("k"), "InternalFailure") << changed.size();
  }
}

TEST_F(EncryptedObjects, AreNotReadFromAnothersSegmentsOrFile) {
  Put("a", Text(kFirst + kOther, 1));
  Put("b", Text(kFirst + kOther, 2));
  const std::string a = ReadFile(FileOf("a")), b = ReadFile(FileOf("b"));
  Overwrite("a", a.substr(0, kSegmentSize) + b.substr(kSegmentSize));
  EXPECT_EQ(Read("a"), "InternalFailure");
  Overwrite("a", b);
  EXPECT_EQ(Read("a"), "InternalFailure");
}

TEST_F(EncryptedObjects, AreNotReadWithTheirPartsExchanged) {
  PutParts("k", {Text(kPart, 1), Text(kPart, 2), "end"});
  const std::string stored = ReadFile(FileOf("k"));
  const std::uint64_t size = EncryptedSize(kPart);
  Overwrite("k", stored.substr(size, size) + stored.substr(0, size) + stored.substr(2 * size));
  EXPECT_EQ(Read("k"), "InternalFailure");
}

TEST_F(EncryptedObjects, KeysAreForTheirOwnObjectOnly) {
  Put("a", "text");
  const Encryption of_a = store_.Open("b", "a")->object.encryption;
  EXPECT_EQ(keys_.Open(who_, "b", "a", of_a), Open("a").data_key);
  EXPECT_THROW(keys_.Open(who_, "b", "other", of_a), Error);
  EXPECT_THROW(keys_.Open(who_, "c", "a", of_a), Error);
  const ObjectKeys another(kms_, SecretKey::Random(), ObjectKeys::OwnKey::kEncrypts);
  EXPECT_THROW(another.Open(who_, "b", "a", of_a), Error);
}

TEST_F(EncryptedObjects, AreCopiedByReferenceUnderAKeyOfAnyForm) {
  const SecretKey customer = SecretKey::Random();
  Put("a", Text(200'000));
  const OpenedObject source = Open("a");
  for (const EncryptionRequest& request :
       {EncryptionRequest{}, EncryptionRequest{.form = EncryptionForm::kKms, .kms_key = "key"},
        EncryptionRequest{.form = EncryptionForm::kCustomer, .customer_key = customer}}) {
    const ObjectKey key = keys_.Make(who_, "b", "copy", request, source.data_key);
    const Object copy = store_.Copy(source, "b", "copy", {}, {.key = key});
    EXPECT_EQ(Bytes(Open("copy", request.customer_key), {0, copy.size}), Text(200'000));
    EXPECT_EQ(copy.etag == source.object.etag, request.form == EncryptionForm::kS3);
    store_.FinishRemovals();
    struct stat status{};
    ASSERT_EQ(::stat(FileOf("copy").c_str(), &status), 0);
    EXPECT_EQ(status.st_nlink, 2u);
  }
}

TEST_F(EncryptedObjects, AreCopiedFromAndToPlainOnes) {
  const auto writer = store_.Write("b", "plain", {}, {});
  writer->Append(Text(200'000));
  const Object plain = writer->Commit();
  const Object encrypted = store_.Copy(*store_.Open("b", "plain"), "b", "k", {}, {.key = NewKey("k")});
  EXPECT_EQ(encrypted.etag, plain.etag);
  EXPECT_EQ(encrypted.checksum, plain.checksum);
  EXPECT_EQ(Read("k"), Text(200'000));
  EXPECT_NE(ReadFile(FileOf("k")), Text(200'000));
  store_.Copy(Open("k"), "b", "plain again", {}, {});
  EXPECT_EQ(ReadFile(FileOf("plain again")), Text(200'000));
}

TEST_F(EncryptedObjects, BecomeOneStreamWhenTheirPartsAreCopied) {
  PutParts("parts", {Text(kPart, 1), Text(7, 2)});
  store_.Copy(Open("parts"), "b", "copy", {}, {.key = NewKey("copy")});
  EXPECT_EQ(Read("copy"), Text(kPart, 1) + Text(7, 2));
  const ObjectKey key = NewKey("k");
  const Upload upload = store_.CreateUpload({.bucket = "b", .key = "k", .encryption = key.encryption});
  const Part part = store_.CopyPart(upload, 1, Open("parts"), {kPart - 2, 5}, key);
  store_.CompleteUpload("b", "k", upload.id, {{.number = 1, .etag = part.etag}}, {});
  EXPECT_EQ(Read("k"), (Text(kPart, 1) + Text(7, 2)).substr(kPart - 2, 5));
}

TEST_F(EncryptedObjects, AreDecryptedIntoAFileOfItsOwn) {
  Put("k", Text(200'000));
  EXPECT_FALSE(store_.Export(Open("k"), directory_.path() / "out", {}));
  EXPECT_EQ(ReadFile(directory_.path() / "out"), Text(200'000));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(store_.Export(Open("k"), directory_.path() / "other", stop.get_token()), Error);
}

TEST_F(EncryptedObjects, AreMadeOfFilesThatStayWhatTheyAre) {
  const Path path = directory_.path() / "output";
  WriteFileDurably(path, Text(200'000), 0640);
  store_.PutFile("b", "k", OpenFile(path, O_RDONLY), {}, {.key = NewKey("k")}, {});
  EXPECT_EQ(Read("k"), Text(200'000));
  EXPECT_NE(ReadFile(FileOf("k")), Text(200'000));
  EXPECT_EQ(ReadFile(path), Text(200'000));
}

TEST_F(EncryptedObjects, HaveAnEntityTagThatTellsNothingUnlessTheKeyIsTheServers) {
  const std::string md5 = "1cb251ec0d568de6a929b520c4aed8d1";  // Of "text".
  EXPECT_EQ(Put("k", "text").etag, md5);
  const Object kms = Put("k", "text", {.form = EncryptionForm::kKms});
  EXPECT_EQ(kms.etag.size(), 32u);
  EXPECT_NE(kms.etag, md5);
  EXPECT_NE(Put("k", "text", {.form = EncryptionForm::kCustomer, .customer_key = SecretKey::Random()}).etag, md5);
}

TEST_F(EncryptedObjects, OfADiskThatIsEncryptedArePlain) {
  const ObjectKeys keys(kms_, SecretKey::Random(), ObjectKeys::OwnKey::kNotNeeded);
  const ObjectKey key = keys.Make(who_, "b", "k", {});
  EXPECT_EQ(key.encryption.form, EncryptionForm::kS3);
  EXPECT_FALSE(key.data_key);
  EXPECT_TRUE(keys.Make(who_, "b", "k", {.form = EncryptionForm::kKms}).data_key);
  Put("before", "text");
  EXPECT_EQ(keys_.Open(who_, "b", "before", store_.Open("b", "before")->object.encryption), Open("before").data_key);
}

}  // namespace
}  // namespace sagebrush::objects
