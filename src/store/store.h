#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace sagebrush::store {

// Identifies a resource. Kinds are lower-case with dashes, as in ARNs: "training-job", "endpoint-config", "iam-role".
struct Key {
  std::string kind;
  std::string account;
  std::string region;  // Empty for global services (IAM).
  std::string name;
  auto operator<=>(const Key&) const = default;
};

// A word of a resource that lists and searches go by: {"ModelApprovalStatus", "Approved"}. A name may come more than
// once.
struct Attribute {
  std::string name;
  std::string value;
  auto operator<=>(const Attribute&) const = default;
};

struct Resource {
  Key key;
  std::string uid;               // Set once at creation: a resource re-created under an old name is another resource.
  std::uint64_t version = 0;     // Set by the store, new at every write.
  std::uint64_t generation = 0;  // Set by the store: 1 at first, one more at each write that changes the spec.
  Json spec;                     // What is wanted. Written by operations only.
  Json status;                   // What is. Written by the kind's controller only.
  std::string state;             // The one word that List filters on ("InProgress"); empty if the kind has none.
  Time created;
  Time modified;
  std::vector<Attribute> attributes;  // Set by the store at every write, with its Options::attributes.
};

// Of a resource, all that a list goes by.
struct Outline {
  std::string_view name;
  std::string_view state;
  Time created;
  Time modified;
  std::span<const Attribute> attributes;

  // Of the first one with that name; empty: there is none.
  std::string_view ValueOf(std::string_view attribute) const;
};
Outline OutlineOf(const Resource& resource);

struct ListQuery {
  std::string kind;
  std::string account;
  std::string region;
  // All given conditions must hold.
  std::string name_contains;  // Empty: any. ASCII case-insensitive, as AWS matches NameContains.
  std::string name_prefix;
  std::vector<std::string> states;                                                     // Empty: any.
  std::optional<Time> created_after, created_before, modified_after, modified_before;  // After: from then on.
  // A further condition; empty: none. Pure, and quick: it may be asked for every resource of the kind. What it asks is
  // said in `where_text`, for a page token belongs to its conditions.
  std::function<bool(const Outline&)> where;
  std::string where_text;

  enum class SortBy { kName, kCreated, kModified, kState, kAttribute } sort_by = SortBy::kName;
  std::string sort_attribute;  // For kAttribute. The name breaks ties in every order.
  bool descending = false;
  int limit = 100;
  std::string page_token;  // As a Page returned it. Throws Error(kValidation) when it is not one.
};

struct Page {
  std::vector<std::shared_ptr<const Resource>> resources;
  std::string next_token;  // Empty: no more.
};

struct Change {
  std::shared_ptr<const Resource> before;  // nullptr: it is new.
  std::shared_ptr<const Resource> after;   // nullptr: it is gone.

  const Key& key() const { return (after != nullptr ? after : before)->key; }
};

// One of the writes of a commit. It may be made only under a condition: see Store::Insert, Update and Delete.
struct Write {
  enum class What { kInsert, kUpdate, kDelete };

  static Write Insert(Resource& resource) { return {What::kInsert, &resource, &resource}; }
  static Write Update(Resource& resource) { return {What::kUpdate, &resource, &resource}; }
  static Write Delete(const Resource& resource) { return {What::kDelete, &resource, nullptr}; }

  What what;
  const Resource* given;  // Lives until the commit has returned.
  Resource* written;      // The same, which gets what the store sets; nullptr: it is gone.
};

// What can be asked of a store. Safe to call from any thread.
class Reader {
 public:
  virtual ~Reader() = default;

  // The resource as last committed; nullptr: no such resource. Does not block on writers. Shared, not copied.
  virtual std::shared_ptr<const Resource> Get(const Key& key) const = 0;
  virtual Page List(const ListQuery& query) const = 0;
  // Every resource of a kind in all accounts and regions: what a controller looks through at start. One whose stored
  // document is damaged is left out, with a line in the log; Get and List throw Error(kInternalFailure) for it.
  virtual std::vector<std::shared_ptr<const Resource>> All(const std::string& kind) const = 0;
};

// Keeps resources: the only state that outlives the process.
// Safe to call from any thread. A write is durable once the call returns. Writes of concurrent callers share one
// commit, so a write takes as long as one disk sync however many there are.
// A write throws Error(kServiceUnavailable) when the disk is full or fails; the store goes on when it works again.
class Store : public Reader {
 public:
  struct Options {
    std::size_t cache_bytes_max = 24 << 20;  // Documents kept in memory.
    // The attributes of a resource, by its kind and documents. Pure. Empty: none have any.
    std::function<std::vector<Attribute>(const Resource&)> attributes;
    // Says which function that is: when it is another than that of the last time, the store makes all of them anew.
    std::string attributes_version;
  };

  // All of the writes, in their order, or none of them. nullopt: they are durable. Else nothing has changed, and this
  // is the place of one whose condition does not hold.
  virtual std::optional<std::size_t> Commit(std::span<const Write> writes) = 0;

  // Returns false, and changes nothing, when a resource with that key exists. Sets uid (if empty) and version.
  bool Insert(Resource& resource) { return CommitOne(Write::Insert(resource)); }
  // Returns false, and changes nothing, unless the stored version still equals `resource.version`.
  // On false another writer came first: read again and decide again. Sets the new version. `modified` is the caller's.
  bool Update(Resource& resource) { return CommitOne(Write::Update(resource)); }
  // As Update, and the resource is gone.
  bool Delete(const Resource& resource) { return CommitOne(Write::Delete(resource)); }

  // Calls `listener` for each write of a commit, in order of commit, on the writer's thread: it must be quick and must
  // not write. Only changes after this call are told; read All() after subscribing to miss nothing. Lives as long as
  // the store.
  virtual void Subscribe(std::function<void(const Change&)> listener) = 0;

 private:
  bool CommitOne(const Write& write) { return !Commit({&write, 1}); }
};

// Opens what `url` names, and makes it when it is not there: "sqlite:" and a directory is the store of one machine.
// Throws Error when it is not one of these, another process has it open, or a newer program wrote it.
std::unique_ptr<Store> Open(const std::string& url, Store::Options options = {});

}  // namespace sagebrush::store
