#include "objects/scrubber.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "objects/fake_key_service.h"
#include "objects/local_object_store.h"
#include "objects/object_keys.h"

namespace sagebrush::objects {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ScrubberTest : public testing::Test {
 protected:
  ScrubberTest() {
    store_.CreateBucket({.name = "b", .account = "1"});
    store_.SetBucketVersioning("b", Versioning::kEnabled);
  }
  Object Put(const std::string& key) {
    auto writer = store_.Write("b", key, {}, {});
    writer->Append(std::string(100'000, 'x'));
    return writer->Commit();
  }
  void Damage(const std::string& key, const std::string& version) {
    const std::string name = store_.Open("b", key, version)->location;
    const Path file = directory_.path() / "objects" / "data" / name.substr(0, 2) / name;
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    std::ofstream(file, std::ios::in | std::ios::out | std::ios::binary) << "y";
  }
  std::size_t Run(const std::stop_token& stop = {}) {
    Scrubber scrubber(store_, clock_, progress_, {.bytes_per_second = 0});
    scrubber.Run(stop);
    return scrubber.Damaged();
  }
  std::vector<std::string> Damaged() const {
    std::vector<std::string> names;
    for (const DamagedVersion& damaged : ReadDamaged(progress_)) names.push_back(damaged.key + " " + damaged.what);
    return names;
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  LocalObjectStore store_{directory_.path() / "objects", clock_};
  const FakeKeyService kms_;
  const ObjectKeys keys_{kms_, SecretKey::Random(), ObjectKeys::OwnKey::kEncrypts};
  const Path progress_ = directory_.path() / "scrub.json";
};

TEST_F(ScrubberTest, FindsEveryDamagedVersion) {
  const Object old = Put("k");
  Put("k");
  Put("good");
  store_.Delete("b", "good");
  Damage("k", old.version);
  EXPECT_EQ(Run(), 1u);
  EXPECT_THAT(Damaged(),
              ElementsAre(HasSubstr("k bytes 0 to 100000 of its file are not those that were written. Its file is ")));
}

TEST_F(ScrubberTest, ReadsWhatIsEncryptedWithoutItsKey) {
  const wire::Principal principal;
  auto writer = store_.Write("b", "k", {}, {.key = keys_.Make({principal, "us-east-1"}, "b", "k", {})});
  writer->Append(std::string(100'000, 'x'));
  Damage("k", writer->Commit().version);
  EXPECT_EQ(Run(), 1u);
  EXPECT_THAT(Damaged(), ElementsAre(HasSubstr("of its file are not those that were written")));
}

TEST_F(ScrubberTest, FindsAFileThatIsGone) {
  const Object object = Put("k");
  const std::string name = store_.Open("b", "k")->location;
  std::filesystem::remove(directory_.path() / "objects" / "data" / name.substr(0, 2) / name);
  EXPECT_EQ(Run(), 1u);
  EXPECT_THAT(Damaged(), ElementsAre(HasSubstr("is missing")));
}

TEST_F(ScrubberTest, BeginsANewRoundAfterAWeek) {
  const Object object = Put("k");
  EXPECT_EQ(Run(), 0u);
  Damage("k", object.version);
  clock_.Advance(std::chrono::hours(24));
  EXPECT_EQ(Run(), 0u);
  clock_.Advance(std::chrono::hours(7 * 24));
  EXPECT_EQ(Run(), 1u);
  store_.Delete("b", "k", {.version = object.version});
  clock_.Advance(std::chrono::hours(7 * 24));
  EXPECT_EQ(Run(), 0u);
  EXPECT_TRUE(Damaged().empty());
}

TEST_F(ScrubberTest, GoesOnWhereItWasStopped) {
  Damage("a", Put("a").version);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Run(stop.get_token()), 0u);
  EXPECT_EQ(Run(), 1u);
  EXPECT_EQ(Run(), 1u);  // What it found is known after a restart.
}

TEST_F(ScrubberTest, TakesAFileThatItCannotReadForNone) {
  WriteFileDurably(progress_, "{odd");
  Damage("a", Put("a").version);
  EXPECT_EQ(Run(), 1u);
}

}  // namespace
}  // namespace sagebrush::objects
