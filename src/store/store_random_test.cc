#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/error.h"
#include "store/sqlite_store.h"

namespace sagebrush::store {
namespace {

// The simplest thing that a store could be: what the real one is compared with.
class ModelStore {
 public:
  std::map<Key, Resource> resources;

  std::vector<std::string> List(const ListQuery& query) const {
    std::vector<const Resource*> found;
    for (const auto& [key, resource] : resources) {
      if (Matches(resource, query)) found.push_back(&resource);
    }
    std::sort(found.begin(), found.end(), [&](const Resource* a, const Resource* b) {
      return query.descending ? Rank(*b, query) < Rank(*a, query) : Rank(*a, query) < Rank(*b, query);
    });
    std::vector<std::string> names;
    for (const Resource* resource : found) names.push_back(resource->key.name);
    return names;
  }

 private:
  static std::string Lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
  }
  static bool Matches(const Resource& r, const ListQuery& q) {
    return r.key.kind == q.kind && r.key.account == q.account && r.key.region == q.region &&
           Lower(r.key.name).find(Lower(q.name_contains)) != std::string::npos &&
           r.key.name.starts_with(q.name_prefix) &&
           (q.states.empty() || std::find(q.states.begin(), q.states.end(), r.state) != q.states.end()) &&
           (!q.created_after || r.created >= *q.created_after) &&
           (!q.created_before || r.created < *q.created_before) &&
           (!q.modified_after || r.modified >= *q.modified_after) &&
           (!q.modified_before || r.modified < *q.modified_before);
  }
  static std::tuple<std::int64_t, std::string, std::string> Rank(const Resource& r, const ListQuery& q) {
    switch (q.sort_by) {
      case ListQuery::SortBy::kCreated:
        return {r.created.milliseconds, "", r.key.name};
      case ListQuery::SortBy::kModified:
        return {r.modified.milliseconds, "", r.key.name};
      case ListQuery::SortBy::kState:
        return {0, r.state, r.key.name};
      case ListQuery::SortBy::kName:
        break;
    }
    return {0, "", r.key.name};
  }
};

// Does the same random operations on a store and on the model, and compares every answer.
class RandomOperations {
 public:
  explicit RandomOperations(unsigned seed) : random_(seed) { Reopen(); }

  void Step() {
    switch (Number(20)) {
      case 0:
        return Reopen();
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
        return Insert();
      case 6:
      case 7:
      case 8:
      case 9:
      case 10:
        return Update();
      case 11:
      case 12:
        return Delete();
      case 13:
      case 14:
        return List();
      default:
        return Get();
    }
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
    resource.spec = JsonObject{{"N", Number(1000)}, {"X", 0.1 + Number(100)}};
    resource.status = Number(2) == 0 ? Json(nullptr) : Json(JsonArray{State()});
    resource.state = State();
    resource.modified = {Number(10)};
  }
  void Reopen() {
    store_.reset();
    store_ = std::make_unique<SqliteStore>(directory_.path(), SqliteStore::Options{.cache_bytes_max = 64 * 1500});
  }
  void Insert() {
    Resource resource;
    resource.key = AnyKey();
    resource.created = {Number(10)};
    Fill(resource);
    ASSERT_EQ(store_->Insert(resource), !model_.resources.contains(resource.key));
    model_.resources.emplace(resource.key, resource);
  }
  // What the writer holds: mostly the newest version, sometimes a stale one.
  Resource Held(const Key& key) {
    const auto found = model_.resources.find(key);
    Resource resource;
    if (found != model_.resources.end()) resource = found->second;
    resource.key = key;
    if (Number(4) == 0) resource.version -= static_cast<std::uint64_t>(Number(2));
    return resource;
  }
  bool IsCurrent(const Resource& resource) {
    const auto found = model_.resources.find(resource.key);
    return found != model_.resources.end() && found->second.version == resource.version;
  }
  void Update() {
    Resource resource = Held(AnyKey());
    Fill(resource);
    const bool expected = IsCurrent(resource);
    ASSERT_EQ(store_->Update(resource), expected);
    if (expected) model_.resources[resource.key] = resource;
  }
  void Delete() {
    const Resource resource = Held(AnyKey());
    const bool expected = IsCurrent(resource);
    ASSERT_EQ(store_->Delete(resource), expected);
    if (expected) model_.resources.erase(resource.key);
  }
  void Get() {
    const Key key = AnyKey();
    const auto read = store_->Get(key);
    const auto found = model_.resources.find(key);
    ASSERT_EQ(read != nullptr, found != model_.resources.end());
    if (read == nullptr) return;
    ASSERT_EQ(read->uid, found->second.uid);
    ASSERT_EQ(read->version, found->second.version);
    ASSERT_EQ(read->spec, found->second.spec);
    ASSERT_EQ(read->status, found->second.status);
    ASSERT_EQ(read->state, found->second.state);
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
    query.sort_by = static_cast<ListQuery::SortBy>(Number(4));
    query.descending = Number(2) == 0;
    query.limit = 1 + Number(5);
    std::vector<std::string> names;
    do {
      const Page page = store_->List(query);
      for (const auto& resource : page.resources) names.push_back(resource->key.name);
      query.page_token = page.next_token;
    } while (!query.page_token.empty());
    ASSERT_EQ(names, model_.List(query));
  }

  std::mt19937 random_;
  TemporaryDirectory directory_;
  std::unique_ptr<SqliteStore> store_;
  ModelStore model_;
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
