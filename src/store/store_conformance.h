#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "store/store.h"

namespace sagebrush::store {

// What every Store must do. An implementation's test instantiates the suite with a type that has
//   std::unique_ptr<Store> Open(const Path& directory, Store::Options);  // Opens what an earlier Open of it left.
template <typename Opener>
class StoreConformance : public testing::Test {
 protected:
  StoreConformance() { Reopen(); }

  void Reopen() {
    store_.reset();
    store_ = opener_.Open(directory_.path(), {.attributes = AttributesOf, .attributes_version = "1"});
  }

  // What a job's spec has under Words.
  static std::vector<Attribute> AttributesOf(const Resource& resource) {
    std::vector<Attribute> attributes;
    const Json* words = Find(resource.spec, "Words");
    if (words == nullptr || !words->is_object()) return attributes;
    for (const auto& [name, value] : words->get_object()) {
      attributes.push_back({name, std::string(value.as_string())});
    }
    return attributes;
  }
  Resource InsertedWithWord(const std::string& name, const std::string& word) {
    Resource job = Job(name);
    job.spec.as_object()["Words"] = {{"Word", word}};
    EXPECT_TRUE(store_->Insert(job)) << name;
    return job;
  }
  static ListQuery JobsWhoseWordIs(const std::string& word) {
    ListQuery query = Jobs();
    query.where = [word](const Outline& outline) { return outline.ValueOf("Word") == word; };
    query.where_text = word;
    return query;
  }
  static Resource Job(const std::string& name, std::int64_t created = 1000, const std::string& state = "InProgress") {
    Resource job;
    job.key = {"training-job", "123456789012", "us-east-1", name};
    job.spec = JsonObject{{"Name", name}, {"Nested", JsonObject{{"Value", 0.1}}}};
    job.status = JsonObject{{"State", state}};
    job.state = state;
    job.created = {created};
    job.modified = {created};
    return job;
  }
  Resource Inserted(const std::string& name, std::int64_t created = 1000, const std::string& state = "InProgress") {
    Resource job = Job(name, created, state);
    EXPECT_TRUE(store_->Insert(job)) << name;
    return job;
  }
  static ListQuery Jobs() {
    ListQuery query;
    query.kind = "training-job";
    query.account = "123456789012";
    query.region = "us-east-1";
    return query;
  }
  static std::vector<std::string> Names(const Page& page) {
    std::vector<std::string> names;
    for (const auto& resource : page.resources) names.push_back(resource->key.name);
    return names;
  }
  // The names of all pages.
  std::vector<std::string> Walk(ListQuery query) {
    std::vector<std::string> names;
    for (int page_count = 0; page_count < 10'000; ++page_count) {
      const Page page = store_->List(query);
      EXPECT_LE(page.resources.size(), static_cast<std::size_t>(query.limit));
      for (const std::string& name : Names(page)) names.push_back(name);
      if (page.next_token.empty()) return names;
      query.page_token = page.next_token;
    }
    ADD_FAILURE() << "The pages never end.";
    return names;
  }

  TemporaryDirectory directory_;
  Opener opener_;
  std::unique_ptr<Store> store_;
};

TYPED_TEST_SUITE_P(StoreConformance);

TYPED_TEST_P(StoreConformance, GetReturnsWhatWasInserted) {
  Resource job = this->Job("a");
  ASSERT_TRUE(this->store_->Insert(job));
  EXPECT_FALSE(job.uid.empty());
  const auto read = this->store_->Get(job.key);
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->uid, job.uid);
  EXPECT_EQ(read->version, job.version);
  EXPECT_EQ(read->spec, job.spec);
  EXPECT_EQ(read->status, job.status);
  EXPECT_EQ(read->state, "InProgress");
  EXPECT_EQ(read->created, job.created);
}

TYPED_TEST_P(StoreConformance, GetOfAMissingKeyIsNull) {
  this->Inserted("a");
  for (Key key :
       {Key{"model", "123456789012", "us-east-1", "a"}, Key{"training-job", "1", "us-east-1", "a"},
        Key{"training-job", "123456789012", "eu-west-1", "a"}, Key{"training-job", "123456789012", "us-east-1", "A"}}) {
    EXPECT_EQ(this->store_->Get(key), nullptr);
  }
}

TYPED_TEST_P(StoreConformance, EverythingIsThereAfterAReopen) {
  const Resource job = this->Inserted("a");
  this->Reopen();
  const auto read = this->store_->Get(job.key);
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->spec, job.spec);
  EXPECT_EQ(read->version, job.version);
}

TYPED_TEST_P(StoreConformance, InsertRefusesAKeyThatExists) {
  const Resource first = this->Inserted("a");
  Resource second = this->Job("a", 2000);
  EXPECT_FALSE(this->store_->Insert(second));
  EXPECT_EQ(this->store_->Get(first.key)->uid, first.uid);
}

TYPED_TEST_P(StoreConformance, UpdateRefusesAStaleVersion) {
  Resource job = this->Inserted("a");
  Resource stale = job;
  job.state = "Completed";
  ASSERT_TRUE(this->store_->Update(job));
  EXPECT_NE(job.version, stale.version);
  stale.state = "Failed";
  EXPECT_FALSE(this->store_->Update(stale));
  EXPECT_EQ(this->store_->Get(job.key)->state, "Completed");
}

TYPED_TEST_P(StoreConformance, DeleteRefusesAStaleVersion) {
  Resource job = this->Inserted("a");
  const Resource stale = job;
  ASSERT_TRUE(this->store_->Update(job));
  EXPECT_FALSE(this->store_->Delete(stale));
  EXPECT_TRUE(this->store_->Delete(job));
  EXPECT_EQ(this->store_->Get(job.key), nullptr);
  EXPECT_FALSE(this->store_->Delete(job));
}

TYPED_TEST_P(StoreConformance, ARecreatedResourceIsAnotherOne) {
  Resource first = this->Inserted("a");
  ASSERT_TRUE(this->store_->Delete(first));
  this->Reopen();
  const Resource second = this->Inserted("a");
  EXPECT_NE(second.uid, first.uid);
  EXPECT_GT(second.version, first.version);
  EXPECT_FALSE(this->store_->Update(first));
}

TYPED_TEST_P(StoreConformance, ListFindsOnlyItsKindAccountAndRegion) {
  this->Inserted("a");
  for (const Key& key : {Key{"model", "123456789012", "us-east-1", "b"}, Key{"training-job", "1", "us-east-1", "c"},
                         Key{"training-job", "123456789012", "eu-west-1", "d"}}) {
    Resource other = this->Job("x");
    other.key = key;
    ASSERT_TRUE(this->store_->Insert(other));
  }
  EXPECT_THAT(this->Walk(this->Jobs()), testing::ElementsAre("a"));
  EXPECT_EQ(this->store_->All("training-job").size(), 3u);
}

TYPED_TEST_P(StoreConformance, ListFiltersByNameIgnoringCase) {
  for (const char* name : {"Churn-1", "my-churn", "other"}) this->Inserted(name);
  ListQuery query = this->Jobs();
  query.name_contains = "CHURN";
  EXPECT_THAT(this->Walk(query), testing::ElementsAre("Churn-1", "my-churn"));
}

TYPED_TEST_P(StoreConformance, ListFiltersByPrefix) {
  for (const char* name : {"a", "ab", "abc", "ac", "b", "ab%"}) this->Inserted(name);
  ListQuery query = this->Jobs();
  query.name_prefix = "ab";
  EXPECT_THAT(this->Walk(query), testing::ElementsAre("ab", "ab%", "abc"));
}

TYPED_TEST_P(StoreConformance, ListTimesAreFromTheLowerBoundToBeforeTheUpper) {
  for (int i = 1; i <= 4; ++i) this->Inserted("job-" + std::to_string(i), i);
  ListQuery query = this->Jobs();
  query.created_after = Time{1};
  query.created_before = Time{4};
  EXPECT_THAT(this->Walk(query), testing::ElementsAre("job-1", "job-2", "job-3"));
}

TYPED_TEST_P(StoreConformance, ListFiltersByAnyOfSeveralStates) {
  this->Inserted("a", 1, "InProgress");
  this->Inserted("b", 1, "Completed");
  this->Inserted("c", 1, "Failed");
  ListQuery query = this->Jobs();
  query.states = {"Completed", "Failed"};
  EXPECT_THAT(this->Walk(query), testing::ElementsAre("b", "c"));
}

TYPED_TEST_P(StoreConformance, ListFiltersByAttributes) {
  const std::string odd("\"[\0\x1f\n", 5);
  Resource changed = this->InsertedWithWord("a", "red");
  this->InsertedWithWord("b", "blue");
  this->InsertedWithWord("c", "red");
  this->InsertedWithWord("d", odd);
  this->Inserted("none");
  EXPECT_EQ(changed.attributes, (std::vector<Attribute>{{"Word", "red"}}));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(this->Walk(this->JobsWhoseWordIs("red")), testing::ElementsAre("a", "c"));
    EXPECT_THAT(this->Walk(this->JobsWhoseWordIs(odd)), testing::ElementsAre("d"));
    EXPECT_THAT(this->Walk(this->JobsWhoseWordIs("")), testing::ElementsAre("none"));
    this->Reopen();
  }
  changed.spec.as_object()["Words"] = {{"Word", "blue"}};
  ASSERT_TRUE(this->store_->Update(changed));
  EXPECT_THAT(this->Walk(this->JobsWhoseWordIs("red")), testing::ElementsAre("c"));
  EXPECT_THAT(this->Walk(this->JobsWhoseWordIs("blue")), testing::ElementsAre("a", "b"));
}

TYPED_TEST_P(StoreConformance, APageBelongsToItsAttributes) {
  for (const char* name : {"a", "b", "c"}) this->InsertedWithWord(name, "red");
  ListQuery query = this->JobsWhoseWordIs("red");
  query.limit = 1;
  ListQuery other = this->JobsWhoseWordIs("blue");
  other.page_token = this->store_->List(query).next_token;
  EXPECT_THROW(this->store_->List(other), Error);
}

TYPED_TEST_P(StoreConformance, ListOrdersByAnAttribute) {
  const char* words[] = {"red", "blue", "red", "green"};
  for (int i = 0; i < 4; ++i) this->InsertedWithWord(fmt::format("job-{}", i), words[i]);
  this->Inserted("none");
  ListQuery query = this->Jobs();
  query.sort_by = ListQuery::SortBy::kAttribute;
  query.sort_attribute = "Word";
  query.limit = 2;
  EXPECT_THAT(this->Walk(query), testing::ElementsAre("none", "job-1", "job-3", "job-0", "job-2"));
  query.descending = true;
  EXPECT_THAT(this->Walk(query), testing::ElementsAre("job-2", "job-0", "job-3", "job-1", "none"));
}

TYPED_TEST_P(StoreConformance, PagesBreakTiesByName) {
  for (const char* name : {"c", "a", "d", "b"}) this->Inserted(name, 7);
  for (const auto sort_by : {ListQuery::SortBy::kName, ListQuery::SortBy::kCreated, ListQuery::SortBy::kModified,
                             ListQuery::SortBy::kState}) {
    ListQuery query = this->Jobs();
    query.sort_by = sort_by;
    query.limit = 1;
    EXPECT_THAT(this->Walk(query), testing::ElementsAre("a", "b", "c", "d"));
    query.descending = true;
    EXPECT_THAT(this->Walk(query), testing::ElementsAre("d", "c", "b", "a"));
  }
}

TYPED_TEST_P(StoreConformance, PagesStayStableWhileResourcesComeAndGo) {
  std::vector<Resource> jobs;
  for (int i = 0; i < 6; ++i) jobs.push_back(this->Inserted("job-" + std::to_string(i), i));
  ListQuery query = this->Jobs();
  query.sort_by = ListQuery::SortBy::kCreated;
  query.limit = 2;
  const Page first = this->store_->List(query);
  EXPECT_THAT(this->Names(first), testing::ElementsAre("job-0", "job-1"));
  this->store_->Delete(jobs[1]);
  this->store_->Delete(jobs[2]);
  this->Inserted("new", 0);
  query.page_token = first.next_token;
  EXPECT_THAT(this->Names(this->store_->List(query)), testing::ElementsAre("job-3", "job-4"));
}

TYPED_TEST_P(StoreConformance, TheLastPageHasNoToken) {
  this->Inserted("a");
  this->Inserted("b");
  ListQuery query = this->Jobs();
  query.limit = 2;
  EXPECT_EQ(this->store_->List(query).next_token, "");
}

TYPED_TEST_P(StoreConformance, ATokenIsRefusedWhenChangedOrUsedElsewhere) {
  for (const char* name : {"a", "b", "c"}) this->Inserted(name);
  ListQuery query = this->Jobs();
  query.limit = 1;
  const std::string token = this->store_->List(query).next_token;
  query.page_token = token;
  query.limit = 2;  // The limit may change between pages.
  EXPECT_NO_THROW(this->store_->List(query));
  ListQuery other = query;
  other.descending = true;
  EXPECT_THROW(this->store_->List(other), Error);
  other = query;
  other.account = "1";
  EXPECT_THROW(this->store_->List(other), Error);
  for (std::size_t i = 0; i < token.size(); ++i) {
    query.page_token = token;
    query.page_token[i] = token[i] == 'A' ? 'B' : 'A';
    EXPECT_THROW(this->store_->List(query), Error) << i;
  }
  query.page_token = "nonsense";
  EXPECT_THROW(this->store_->List(query), Error);
}

TYPED_TEST_P(StoreConformance, ChangesAreToldInOrderBeforeTheWriteReturns) {
  std::vector<std::string> told;
  this->store_->Subscribe(
      [&](const Change& change) { told.push_back(change.key().name + (change.after == nullptr ? "-" : "+")); });
  Resource a = this->Inserted("a");
  EXPECT_THAT(told, testing::ElementsAre("a+"));
  this->Inserted("b");
  this->store_->Update(a);
  this->store_->Delete(a);
  Resource again = this->Job("b");
  this->store_->Insert(again);  // Refused: no change.
  EXPECT_THAT(told, testing::ElementsAre("a+", "b+", "a+", "a-"));
}

TYPED_TEST_P(StoreConformance, ACommitMakesAllItsWrites) {
  Resource changed = this->Inserted("changed"), gone = this->Inserted("gone"), fresh = this->Job("new");
  const std::uint64_t version = changed.version;
  changed.state = "Completed";
  const std::array writes{Write::Insert(fresh), Write::Update(changed), Write::Delete(gone)};
  ASSERT_EQ(this->store_->Commit(writes), std::nullopt);
  EXPECT_FALSE(fresh.uid.empty());
  EXPECT_GT(changed.version, version);
  this->Reopen();
  EXPECT_EQ(this->store_->Get(fresh.key)->uid, fresh.uid);
  EXPECT_EQ(this->store_->Get(changed.key)->state, "Completed");
  EXPECT_EQ(this->store_->Get(changed.key)->version, changed.version);
  EXPECT_EQ(this->store_->Get(gone.key), nullptr);
}

// Wherever the one that does not hold stands among those that do, nothing is changed or told.
TYPED_TEST_P(StoreConformance, ACommitMakesNoneOfItsWritesWhenOneDoesNotHold) {
  const Resource there = this->Inserted("there");
  Resource stale = this->Inserted("stale");
  stale.version += 1000;
  int told = 0;
  this->store_->Subscribe([&](const Change&) { ++told; });
  for (std::size_t wrong = 0; wrong < 3; ++wrong) {
    for (int what = 0; what < 3; ++what) {
      Resource again = this->Job("there"), first = this->Job("first"), second = there;
      second.state = "Completed";
      std::vector<Write> writes{Write::Insert(first), Write::Update(second)};
      const std::array refused{Write::Insert(again), Write::Update(stale), Write::Delete(stale)};
      writes.insert(writes.begin() + static_cast<std::ptrdiff_t>(wrong), refused[static_cast<std::size_t>(what)]);
      EXPECT_EQ(this->store_->Commit(writes), wrong) << what;
      EXPECT_EQ(this->store_->Get(first.key), nullptr);
      EXPECT_EQ(this->store_->Get(there.key)->version, there.version);
      EXPECT_EQ(this->store_->Get(there.key)->state, there.state);
    }
  }
  EXPECT_EQ(told, 0);
  this->Inserted("after");
  this->Reopen();
  EXPECT_THAT(this->Walk(this->Jobs()), testing::ElementsAre("after", "stale", "there"));
}

// What has been written earlier in a commit is there for the later writes.
TYPED_TEST_P(StoreConformance, ACommitMayReplaceAResource) {
  const Resource old = this->Inserted("a");
  Resource replacement = this->Job("a");
  const std::array writes{Write::Delete(old), Write::Insert(replacement)};
  ASSERT_EQ(this->store_->Commit(writes), std::nullopt);
  EXPECT_NE(this->store_->Get(old.key)->uid, old.uid);
  Resource twice = this->Job("b"), again = this->Job("b");
  const std::array same{Write::Insert(twice), Write::Insert(again)};
  EXPECT_EQ(this->store_->Commit(same), 1U);
  EXPECT_EQ(this->store_->Get(twice.key), nullptr);
}

TYPED_TEST_P(StoreConformance, AChangeCarriesWhatWasAndWhatIs) {
  std::vector<std::string> told;
  const auto state_of = [](const auto& resource) { return resource == nullptr ? "none" : resource->state; };
  this->store_->Subscribe([&](const Change& change) {
    told.push_back(change.key().name + ": " + state_of(change.before) + " to " + state_of(change.after));
  });
  Resource a = this->Inserted("a"), b = this->Job("b");
  a.state = "Completed";
  ASSERT_TRUE(this->store_->Update(a));
  const std::array both{Write::Delete(a), Write::Insert(b)};
  ASSERT_EQ(this->store_->Commit(both), std::nullopt);
  EXPECT_THAT(told, testing::ElementsAre("a: none to InProgress", "a: InProgress to Completed", "a: Completed to none",
                                         "b: none to InProgress"));
}

TYPED_TEST_P(StoreConformance, TheGenerationCountsWritesOfTheSpec) {
  Resource job = this->Inserted("a");
  EXPECT_EQ(job.generation, 1U);
  job.status = JsonObject{{"State", "Completed"}};
  ASSERT_TRUE(this->store_->Update(job));
  EXPECT_EQ(job.generation, 1U);
  for (int i = 0; i < 3; ++i) {
    job.spec = JsonObject{{"N", i}};
    job.generation = 99;  // It is the store's.
    ASSERT_TRUE(this->store_->Update(job));
  }
  EXPECT_EQ(job.generation, 4U);
  this->Reopen();
  EXPECT_EQ(this->store_->Get(job.key)->generation, 4U);
}

TYPED_TEST_P(StoreConformance, AChangeIsVisibleToItsListener) {
  std::string state;
  this->store_->Subscribe([&](const Change& change) { state = this->store_->Get(change.key())->state; });
  Resource job = this->Inserted("a");
  EXPECT_EQ(state, "InProgress");
  job.state = "Completed";
  this->store_->Update(job);
  EXPECT_EQ(state, "Completed");
}

TYPED_TEST_P(StoreConformance, ConcurrentUpdatesLoseNoIncrement) {
  Resource counter = this->Job("counter");
  counter.spec = JsonObject{{"Count", 0}};
  ASSERT_TRUE(this->store_->Insert(counter));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int done = 0; done < 25;) {
        Resource mine = *this->store_->Get(counter.key);
        mine.spec.as_object()["Count"] = mine.spec.at("Count").as_int64() + 1;
        if (this->store_->Update(mine)) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(this->store_->Get(counter.key)->spec.at("Count").as_int64(), 100);
}

TYPED_TEST_P(StoreConformance, OnlyOneOfManyConcurrentInsertsOfAKeyWins) {
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> won = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        Resource job = this->Job("job-" + std::to_string(round));
        if (this->store_->Insert(job)) ++won;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(won, 1);
  }
}

TYPED_TEST_P(StoreConformance, GetNeverGoesBackInTime) {
  Resource job = this->Job("a");
  job.spec = 0;
  ASSERT_TRUE(this->store_->Insert(job));
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      std::uint64_t newest = 0;
      while (!stop) {
        const std::uint64_t version = this->store_->Get(job.key)->version;
        EXPECT_GE(version, newest);
        newest = version;
      }
    });
  }
  for (int i = 1; i <= 200; ++i) {
    job.spec = i;
    ASSERT_TRUE(this->store_->Update(job));
    ASSERT_EQ(this->store_->Get(job.key)->version, job.version);
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

REGISTER_TYPED_TEST_SUITE_P(
    StoreConformance, GetReturnsWhatWasInserted, GetOfAMissingKeyIsNull, EverythingIsThereAfterAReopen,
    InsertRefusesAKeyThatExists, UpdateRefusesAStaleVersion, DeleteRefusesAStaleVersion, ARecreatedResourceIsAnotherOne,
    ListFindsOnlyItsKindAccountAndRegion, ListFiltersByNameIgnoringCase, ListFiltersByPrefix,
    ListTimesAreFromTheLowerBoundToBeforeTheUpper, ListFiltersByAnyOfSeveralStates, ListFiltersByAttributes,
    APageBelongsToItsAttributes, ListOrdersByAnAttribute, PagesBreakTiesByName, PagesStayStableWhileResourcesComeAndGo,
    TheLastPageHasNoToken, ATokenIsRefusedWhenChangedOrUsedElsewhere, ChangesAreToldInOrderBeforeTheWriteReturns,
    ACommitMakesAllItsWrites, ACommitMakesNoneOfItsWritesWhenOneDoesNotHold, ACommitMayReplaceAResource,
    AChangeCarriesWhatWasAndWhatIs, TheGenerationCountsWritesOfTheSpec, AChangeIsVisibleToItsListener,
    ConcurrentUpdatesLoseNoIncrement, OnlyOneOfManyConcurrentInsertsOfAKeyWins, GetNeverGoesBackInTime);

}  // namespace sagebrush::store
