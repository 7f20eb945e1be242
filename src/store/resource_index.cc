#include "store/resource_index.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "store/list_match.h"

namespace sagebrush::store {
namespace {

constexpr std::size_t kAddedMax = 1000;  // To an order since the last list in it, besides as many as there are.

// Whether `a` comes first in the query's order, direction aside. Of the parts that tell, the name is the last.
bool ComesFirst(const Outline& a, const Outline& b, const ListQuery& query) {
  switch (query.sort_by) {
    case ListQuery::SortBy::kCreated:
      return std::tie(a.created, a.name) < std::tie(b.created, b.name);
    case ListQuery::SortBy::kModified:
      return std::tie(a.modified, a.name) < std::tie(b.modified, b.name);
    case ListQuery::SortBy::kState:
      return std::tie(a.state, a.name) < std::tie(b.state, b.name);
    case ListQuery::SortBy::kAttribute: {
      const std::string_view of_a = a.ValueOf(query.sort_attribute), of_b = b.ValueOf(query.sort_attribute);
      return std::tie(of_a, a.name) < std::tie(of_b, b.name);
    }
    case ListQuery::SortBy::kName:
      break;
  }
  return a.name < b.name;
}

// An outline that stands at a position, to compare with. What it views lives in its members.
struct Mark {
  explicit Mark(const PagePosition& position, const ListQuery& query) {
    outline.name = position.name;
    if (const auto* time = std::get_if<std::int64_t>(&position.sort_value)) {
      outline.created = outline.modified = {*time};
      return;
    }
    outline.state = std::get<std::string>(position.sort_value);
    attribute = {query.sort_attribute, std::string(outline.state)};
    outline.attributes = {&attribute, 1};
  }
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;

  Outline outline;
  Attribute attribute;
};

std::string OrderName(const ListQuery& query) {
  return fmt::format("{}{}", static_cast<int>(query.sort_by), query.sort_attribute);
}

}  // namespace

struct ResourceIndex::Entry {
  explicit Entry(const Outline& outline)
      : name(outline.name),
        lower(Lower(outline.name)),
        state(outline.state),
        created(outline.created),
        modified(outline.modified),
        attributes(outline.attributes.begin(), outline.attributes.end()) {
    if (lower == name) lower = {};  // Most are.
  }
  Outline outline() const { return {name, state, created, modified, attributes}; }

  std::string name, lower, state;
  Time created, modified;
  std::vector<Attribute> attributes;
  std::atomic<bool> gone = false;  // Another entry took its place, or none.
};

// All entries of a scope in one order, as of the last list in it, and what has come since.
struct ResourceIndex::Order {
  std::shared_ptr<const Entries> sorted;
  Entries added;
  std::size_t gone = 0;
};

// Of one account and region.
struct ResourceIndex::Scope {
  std::unordered_map<std::string, std::shared_ptr<Entry>> by_name;
  std::map<std::string, Order, std::less<>> orders;
};

struct ResourceIndex::Kind {
  bool loaded = false;
  std::map<std::pair<std::string, std::string>, Scope> scopes;
  // What was committed while it was read; nullptr: gone.
  std::vector<std::pair<Key, std::shared_ptr<Entry>>> missed;
};

void ResourceIndex::Apply(Kind& kind, const Key& key, std::shared_ptr<Entry> entry) {
  Scope& scope = kind.scopes[{key.account, key.region}];
  const auto found = scope.by_name.find(key.name);
  const bool replaces = found != scope.by_name.end();
  if (replaces) found->second->gone = true;
  // An order that nobody asks for any more would gather all that was ever written. It is made anew when one does.
  std::erase_if(scope.orders,
                [&](const auto& named) { return named.second.added.size() > scope.by_name.size() + kAddedMax; });
  for (auto& [name, order] : scope.orders) {
    if (replaces) ++order.gone;
    if (entry != nullptr) order.added.push_back(entry);
  }
  if (entry != nullptr) {
    scope.by_name.insert_or_assign(key.name, std::move(entry));
  } else if (replaces) {
    scope.by_name.erase(found);
  }
}

void ResourceIndex::Put(const Resource& resource) {
  const MutexLock lock(mutex_);
  const auto kind = kinds_.find(resource.key.kind);
  if (kind == kinds_.end()) return;  // Nobody has asked for it.
  auto entry = std::make_shared<Entry>(OutlineOf(resource));
  if (kind->second->loaded) {
    Apply(*kind->second, resource.key, std::move(entry));
  } else {
    kind->second->missed.emplace_back(resource.key, std::move(entry));
  }
}

void ResourceIndex::Remove(const Key& key) {
  const MutexLock lock(mutex_);
  const auto kind = kinds_.find(key.kind);
  if (kind == kinds_.end()) return;
  if (kind->second->loaded) {
    Apply(*kind->second, key, nullptr);
  } else {
    kind->second->missed.emplace_back(key, nullptr);
  }
}

// What is committed while the kind is read may be in what was read or not. It is applied again, in order: the last word
// on each resource is then the newest. The caller's lock is let go meanwhile.
ResourceIndex::Kind& ResourceIndex::Loaded(const std::string& name, MutexLock& lock) {
  for (;;) {
    const auto found = kinds_.find(name);
    if (found == kinds_.end()) break;
    if (found->second->loaded) return *found->second;
    lock.Wait(loaded_);  // Another list reads it.
  }
  const auto kind = kinds_[name] = std::make_shared<Kind>();
  lock.Unlock();
  try {
    load_(name, [&](const Key& key, const Outline& outline) {
      auto entry = std::make_shared<Entry>(outline);
      kind->scopes[{key.account, key.region}].by_name.insert_or_assign(key.name, std::move(entry));
    });
  } catch (...) {
    lock.Lock();
    kinds_.erase(name);
    loaded_.notify_all();
    throw;
  }
  lock.Lock();
  for (auto& [key, entry] : kind->missed) Apply(*kind, key, std::move(entry));
  kind->missed = {};
  kind->loaded = true;
  loaded_.notify_all();
  return *kind;
}

std::shared_ptr<const ResourceIndex::Entries> ResourceIndex::Snapshot(const ListQuery& query) {
  MutexLock lock(mutex_);
  Kind& kind = Loaded(query.kind, lock);
  const auto scope = kind.scopes.find({query.account, query.region});
  if (scope == kind.scopes.end()) return std::make_shared<Entries>();
  const auto [named, is_new] = scope->second.orders.try_emplace(OrderName(query));
  Order& order = named->second;
  if (!is_new && order.added.empty() && order.gone == 0) return order.sorted;
  if (is_new) {
    for (const auto& [name, entry] : scope->second.by_name) order.added.push_back(entry);
  }
  const auto first = [&](const auto& a, const auto& b) { return ComesFirst(a->outline(), b->outline(), query); };
  const auto is_gone = [](const auto& entry) { return entry->gone.load(); };
  std::erase_if(order.added, is_gone);
  std::ranges::sort(order.added, first);
  Entries kept;
  if (order.sorted != nullptr) std::ranges::remove_copy_if(*order.sorted, std::back_inserter(kept), is_gone);
  auto merged = std::make_shared<Entries>();
  merged->reserve(kept.size() + order.added.size());
  std::ranges::merge(kept, order.added, std::back_inserter(*merged), first);
  order = {std::move(merged), {}, 0};
  return order.sorted;
}

ResourceIndex::Found ResourceIndex::Find(const ListQuery& query, const std::optional<PagePosition>& from) {
  const std::shared_ptr<const Entries> sorted = Snapshot(query);
  const auto before = [&](const Outline& mark) {
    return std::ranges::partition_point(*sorted, [&](const auto& e) { return ComesFirst(e->outline(), mark, query); });
  };
  auto begin = sorted->begin(), end = sorted->end();
  if (from) {
    const Mark mark(*from, query);
    const auto at = before(mark.outline);
    const bool there = at != end && (*at)->name == from->name && !ComesFirst(mark.outline, (*at)->outline(), query);
    if (query.descending) {
      end = at;
    } else {
      begin = there ? at + 1 : at;
    }
  }
  const auto since = [&](const std::optional<Time>& time, auto otherwise) {
    return time ? before({.name = {}, .state = {}, .created = *time, .modified = *time, .attributes = {}}) : otherwise;
  };
  if (query.sort_by == ListQuery::SortBy::kCreated) {  // What is newer or older need not be looked at.
    begin = std::max(begin, since(query.created_after, begin));
    end = std::min(end, since(query.created_before, end));
  }
  Found found;
  const ListMatch matches(query);
  const auto limit = static_cast<std::size_t>(query.limit);
  const Entry* last = nullptr;
  // True: the page is full and there is more.
  const auto take = [&](const Entry& entry) {
    if (entry.gone || !matches(entry.outline(), entry.lower.empty() ? entry.name : entry.lower)) return false;
    if (found.names.size() == limit) {
      found.next = PositionOf(last->outline(), query);
      return true;
    }
    found.names.push_back(entry.name);
    last = &entry;
    return false;
  };
  if (query.descending) {
    while (begin < end && !take(**--end)) continue;
  } else {
    while (begin < end && !take(**begin)) ++begin;
  }
  return found;
}

}  // namespace sagebrush::store
