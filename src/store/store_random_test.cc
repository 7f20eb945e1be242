#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "base/error.h"
#include "store/memory_store.h"
#include "store/sqlite_store.h"

namespace sagebrush::store {
namespace {

// Does the same random operations on a store and on one in memory, and compares every answer.
class RandomOperations {
 public:
  explicit RandomOperations(unsigned seed) : random_(seed) { Reopen(); }

  void Step() {
    const int what = Number(20);
    if (what == 0) return Reopen();
    if (what <= 10) return Commit(1);
    if (what <= 12) return Commit(2 + Number(3));
    if (what <= 14) return List();
    Get();
  }

 private:
  int Number(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  template <std::size_t N>
  std::string One(const std::array<const char*, N>& texts) {
    return texts[static_cast<std::size_t>(Number(N))];
  }
  std::string State() { return One(std::array{"", "InProgress", "Completed", "Failed"}); }
  Key AnyKey() {
    return {One(std::array{"model", "training-job"}), One(std::array{"1", "2"}), One(std::array{"", "us-east-1"}),
            One(std::array{"a", "A", "ab", "Abc", "b-1", "\xc3\xa9"}) + std::to_string(Number(6))};
  }
  void Fill(Resource& resource) {
    resource.spec = JsonObject{{"N", Number(1000)}, {"X", 0.1 + Number(100)}, {"Word", State()}};
    resource.status = Number(2) == 0 ? Json(nullptr) : Json(JsonArray{State()});
    resource.state = State();
    resource.modified = {Number(10)};
  }
  static Store::Options OptionsOf(std::size_t cache_bytes_max) {
    return {.cache_bytes_max = cache_bytes_max,
            .attributes = [](const Resource& r) { return std::vector<Attribute>{{"Word", GetString(r.spec, "Word")}}; },
            .attributes_version = "1"};
  }
  void Reopen() {
    store_.reset();
    store_ = std::make_unique<SqliteStore>(directory_.path(), OptionsOf(64 * 1500));
  }
  // The same write for both, each of which numbers its versions in its own way: mostly of the newest version, sometimes
  // of a stale one.
  void AddWrite(std::vector<Write>& ours, std::vector<Write>& models) {
    Resource& resource = given_.emplace_back();
    resource.key = AnyKey();
    resource.created = {Number(10)};
    resource.uid = fmt::format("uid-{}", given_.size());
    Fill(resource);
    Resource& same = given_.emplace_back(resource);
    const auto what = static_cast<Write::What>(Number(3));
    if (what == Write::What::kInsert) {
      ours.push_back(Write::Insert(resource));
      models.push_back(Write::Insert(same));
      return;
    }
    const std::uint64_t age = Number(4) == 0 ? 1'000'000'000 : 0;
    resource.version = VersionIn(*store_, resource.key) + age;
    same.version = VersionIn(model_, same.key) + age;
    const bool update = what == Write::What::kUpdate;
    ours.push_back(update ? Write::Update(resource) : Write::Delete(resource));
    models.push_back(update ? Write::Update(same) : Write::Delete(same));
  }
  static std::uint64_t VersionIn(const Store& store, const Key& key) {
    const auto read = store.Get(key);
    return read == nullptr ? 0 : read->version;
  }
  void Commit(int count) {
    given_.clear();
    std::vector<Write> ours, models;
    for (int i = 0; i < count; ++i) AddWrite(ours, models);
    const bool made = !store_->Commit(ours);
    ASSERT_EQ(made, !model_.Commit(models));
  }
  void Get() {
    const Key key = AnyKey();
    const auto read = store_->Get(key), expected = model_.Get(key);
    ASSERT_EQ(read != nullptr, expected != nullptr);
    if (read == nullptr) return;
    ASSERT_EQ(read->uid, expected->uid);
    ASSERT_EQ(read->generation, expected->generation);
    ASSERT_EQ(read->spec, expected->spec);
    ASSERT_EQ(read->status, expected->status);
    ASSERT_EQ(read->state, expected->state);
    ASSERT_EQ(read->created, expected->created);
  }
  void List() {
    const Key key = AnyKey();
    ListQuery query;
    query.kind = key.kind;
    query.account = key.account;
    query.region = key.region;
    if (Number(3) == 0) query.name_contains = One(std::array{"a", "B", "1", "bc"});
    if (Number(3) == 0) query.name_prefix = One(std::array{"a", "A", "ab", "\xc3"});
    if (Number(3) == 0) query.states = {State(), State()};
    if (Number(4) == 0) query.created_after = Time{Number(10)};
    if (Number(4) == 0) query.created_before = Time{Number(10)};
    if (Number(4) == 0) query.modified_after = Time{Number(10)};
    if (Number(4) == 0) query.modified_before = Time{Number(10)};
    if (Number(3) == 0) {
      query.where_text = State();
      query.where = [word = query.where_text](const Outline& outline) { return outline.ValueOf("Word") == word; };
    }
    query.sort_by = static_cast<ListQuery::SortBy>(Number(5));
    query.sort_attribute = "Word";
    query.descending = Number(2) == 0;
    query.limit = 1 + Number(5);
    const std::vector<std::string> names = Walk(*store_, query);
    ASSERT_EQ(names, Walk(model_, query));
  }
  static std::vector<std::string> Walk(const Store& store, ListQuery query) {
    std::vector<std::string> names;
    do {
      const Page page = store.List(query);
      for (const auto& resource : page.resources) names.push_back(resource->key.name);
      query.page_token = page.next_token;
    } while (!query.page_token.empty());
    return names;
  }

  std::mt19937 random_;
  TemporaryDirectory directory_;
  std::unique_ptr<SqliteStore> store_;
  MemoryStore model_{std::make_shared<MemoryContent>(), OptionsOf(0)};
  std::deque<Resource> given_;  // Of the commit under way.
};

TEST(SqliteStore, AnswersAsASimpleModelDoesOnRandomOperations) {
  const char* given = std::getenv("SAGEBRUSH_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
  SCOPED_TRACE("SAGEBRUSH_TEST_SEED=" + std::to_string(seed));
  RandomOperations operations(seed);
  for (int i = 0; i < 3000 && !testing::Test::HasFatalFailure(); ++i) operations.Step();
}

}  // namespace
}  // namespace sagebrush::store
