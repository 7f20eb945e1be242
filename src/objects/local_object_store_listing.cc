// The listings of LocalObjectStore.
#include "objects/listing.h"
#include "objects/local_object_store.h"
#include "objects/version_id.h"

namespace sagebrush::objects {
namespace {

// From where versions are listed: of `key` itself those older than `sequence`.
struct VersionStart {
  std::string key;
  std::int64_t sequence = IndexTables::kNewerThanAll;
};

VersionStart StartOf(IndexTables& tables, std::int64_t bucket, const VersionQuery& query) {
  if (query.version_marker.empty() || query.key_marker < query.prefix) {
    return {FirstKey(query.prefix, query.delimiter, query.key_marker)};
  }
  if (const auto sequence = SequenceOfVersion(query.version_marker)) return {query.key_marker, *sequence};
  // Where the null version was is known only while it is there; else the key is listed once more.
  const auto marker = tables.FindVersion(bucket, query.key_marker, query.version_marker);
  return {query.key_marker, marker ? marker->sequence : IndexTables::kNewerThanAll};
}

}  // namespace

Listing LocalObjectStore::List(const std::string& bucket, const ListQuery& query) const {
  const auto where = Require(bucket);
  Listing listing;
  if (query.limit <= 0) return listing;
  ObjectIndex::Reader reader = index_.Read();
  const auto full = [&] {
    return listing.objects.size() + listing.common_prefixes.size() >= static_cast<std::size_t>(query.limit);
  };
  reader->ScanObjects(where->id, FirstKey(query.prefix, query.delimiter, query.start_after),
                      [&](Object&& object, std::string& jump) {
                        if (!object.key.starts_with(query.prefix)) return false;
                        listing.truncated = full();
                        if (listing.truncated) return false;
                        const auto common = CommonPrefixOf(object.key, query.prefix, query.delimiter);
                        listing.last = common.empty() ? object.key : std::string(common);
                        if (common.empty()) {
                          listing.objects.push_back(std::move(object));
                          return true;
                        }
                        listing.common_prefixes.emplace_back(common);
                        jump = AfterPrefix(common);
                        return !jump.empty();
                      });
  return listing;
}

VersionListing LocalObjectStore::Versions(const std::string& bucket, const VersionQuery& query) const {
  const auto where = Require(bucket);
  VersionListing listing;
  if (query.limit <= 0) return listing;
  ObjectIndex::Reader reader = index_.Read();
  const VersionStart start = StartOf(*reader, where->id, query);
  // The versions of the key that is gone on with have newer ones on the page before.
  std::string last_key = start.sequence == IndexTables::kNewerThanAll ? "" : start.key;
  reader->ScanVersions(where->id, start.key, start.sequence, [&](IndexedObject&& indexed, std::string& jump) {
    Object& object = indexed.object;
    if (!object.key.starts_with(query.prefix)) return false;
    listing.truncated =
        listing.versions.size() + listing.common_prefixes.size() >= static_cast<std::size_t>(query.limit);
    if (listing.truncated) return false;
    const auto common = CommonPrefixOf(object.key, query.prefix, query.delimiter);
    listing.next_key_marker = common.empty() ? object.key : std::string(common);
    listing.next_version_marker = common.empty() ? object.version : "";
    if (!common.empty()) {
      listing.common_prefixes.emplace_back(common);
      jump = AfterPrefix(common);
      return !jump.empty();
    }
    const bool latest = object.key != last_key;
    last_key = object.key;
    listing.versions.push_back({std::move(object), latest});
    return true;
  });
  return listing;
}

}  // namespace sagebrush::objects
