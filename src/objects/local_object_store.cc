#include "objects/local_object_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "objects/checksums.h"
#include "objects/errors.h"
#include "objects/listing.h"
#include "objects/object_document.h"
#include "objects/write_condition.h"

namespace sagebrush::objects {
namespace {

// Bytes of objects up to this size travel in the index's commit.
constexpr std::uint64_t kJournalledSizeMax = 64 << 10;
constexpr std::size_t kJournalRowsMax = 512;
// What is larger and has no parts would keep its reader waiting for too long.
constexpr std::uint64_t kVerifiedSizeMax = 1 << 30;
// A job's large inputs shall be there at once; they are looked at when somebody downloads them.
constexpr std::uint64_t kExportVerifiedSizeMax = 64 << 20;
constexpr auto kFlushAfter = std::chrono::seconds(1);

Path Prepared(const Path& directory) {
  std::filesystem::create_directories(directory);
  return directory;
}

std::string ReadWhole(int file, std::uint64_t size) {
  std::string bytes;
  bytes.reserve(size);
  ReadFileRange(file, 0, size, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

// The digests of a file's bytes, put into `object`.
void DigestFile(int file, std::uint64_t size, const WriteOptions& options, Object& object,
                const std::stop_token& stop = {}) {
  ObjectDigests digests(options.checksum);
  ReadFileRange(file, 0, size, [&](std::string_view piece) {
    if (stop.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
    digests.Update(piece);
  });
  object.checksum = digests.FinishChecksum(options.expected_checksum);
  object.etag = digests.FinishEtag();
  object.size = size;
}

}  // namespace

class LocalObjectStore::FileObjectWriter : public ObjectWriter {
 public:
  FileObjectWriter(LocalObjectStore& store, std::shared_ptr<const Bucket> bucket, Object object,
                   const WriteOptions& options)
      : store_(store),
        bucket_(std::move(bucket)),
        object_(std::move(object)),
        options_(options),
        digests_(options.checksum),
        file_(store.files_) {}

  void Append(std::string_view bytes) override {
    digests_.Update(bytes, [&] { file_.Append(bytes); });
  }

  Object Commit() override {
    object_.size = digests_.size();
    object_.checksum = digests_.FinishChecksum(options_.expected_checksum);
    object_.etag = digests_.FinishEtag();
    return store_.CommitObject(*bucket_, file_, std::move(object_), options_.condition);
  }

 private:
  LocalObjectStore& store_;
  std::shared_ptr<const Bucket> bucket_;
  Object object_;
  WriteOptions options_;
  ObjectDigests digests_;
  NewFile file_;
};

LocalObjectStore::LocalObjectStore(const Path& directory, const Clock& clock)
    : clock_(clock), files_(Prepared(directory)), index_(directory / "index.db"), verified_(clock) {
  Recover();
  for (Bucket& bucket : index_.Read()->Buckets()) {
    const auto kept = std::make_shared<const Bucket>(std::move(bucket));
    buckets_.emplace(kept->name, kept);
  }
  flusher_ = std::jthread([this](const std::stop_token& stop) { RunFlusher(stop); });
}

LocalObjectStore::~LocalObjectStore() = default;

void LocalObjectStore::Recover() {
  ObjectIndex::Reader reader = index_.Read();
  const MutexLock lock(flusher_mutex_);
  reader->ScanJournal([this](std::string_view file, std::string_view bytes) REQUIRES(flusher_mutex_) {
    files_.Restore(file, bytes);
    ++journalled_;
  });
  for (const std::string& file : reader->Garbage()) {
    files_.Remove(file);
    index_.Defer([file](IndexTables& tables) { tables.DeleteGarbage(file); });
  }
  const auto unsettled = files_.Unsettled();
  if (unsettled.empty()) return;
  const auto used = reader->FilesInUse(unsettled);
  for (const std::string& file : unsettled) {
    if (!used.contains(file)) files_.Remove(file);
    files_.Settle(file);
  }
  LogInfo("Object store: tidied {} unfinished writes of the last run.", unsettled.size() - used.size());
}

void LocalObjectStore::RunFlusher(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      MutexLock lock(flusher_mutex_);
      lock.Wait(flusher_wake_, stop, [this]() REQUIRES(flusher_mutex_) { return journalled_ > 0; });
      if (stop.stop_requested()) return;
      lock.WaitFor(flusher_wake_, stop, kFlushAfter,
                   [this]() REQUIRES(flusher_mutex_) { return journalled_ >= kJournalRowsMax; });
      if (stop.stop_requested()) return;
      journalled_ = 0;
    }
    try {
      FlushJournal();
    } catch (const Error& error) {
      LogError("Object store: small objects stay in the index for now: {}", error.what());
    }
  }
}

void LocalObjectStore::FlushJournal() {
  const std::vector<std::string> files = index_.Read()->JournalFiles();
  if (files.empty()) return;
  files_.SyncAll();
  index_.Write([&](IndexTables& tables) {
    for (const std::string& file : files) tables.DeleteJournal(file);
  });
}

std::shared_ptr<const Bucket> LocalObjectStore::Require(std::string_view name) const {
  auto bucket = FindBucket(name);
  if (!bucket) ThrowNoSuchBucket(name);
  return bucket;
}

void LocalObjectStore::RefreshBucket(const std::string& name) {
  const WriterLock lock(buckets_mutex_);
  auto bucket = index_.Read()->FindBucket(name);
  if (bucket) {
    buckets_.insert_or_assign(name, std::make_shared<const Bucket>(std::move(*bucket)));
  } else {
    buckets_.erase(name);
  }
}

bool LocalObjectStore::CreateBucket(const Bucket& bucket) {
  bool created = false;
  index_.Write([&](IndexTables& tables) {
    created = !tables.FindBucket(bucket.name);
    if (!created) return;
    const std::int64_t id = tables.InsertBucket(bucket);
    for (const auto& [name, document] : bucket.configurations) {
      tables.SetBucketConfiguration(id, name, sagebrush::ToText(document));
    }
  });
  RefreshBucket(bucket.name);
  return created;
}

std::shared_ptr<const Bucket> LocalObjectStore::FindBucket(std::string_view name) const {
  const ReaderLock lock(buckets_mutex_);
  const auto found = buckets_.find(name);
  return found == buckets_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const Bucket>> LocalObjectStore::Buckets() const {
  const ReaderLock lock(buckets_mutex_);
  std::vector<std::shared_ptr<const Bucket>> all;
  for (const auto& [name, bucket] : buckets_) all.push_back(bucket);
  return all;
}

void LocalObjectStore::DeleteBucket(const std::string& name) {
  const auto bucket = Require(name);
  std::vector<std::string> garbage;
  index_.Write([&](IndexTables& tables) {
    if (tables.HasObjects(bucket->id)) {
      throw Error(kBucketNotEmpty, "The bucket you tried to delete is not empty", JsonObject{{"BucketName", name}});
    }
    tables.DeleteBucket(bucket->id);
    garbage = tables.Garbage();
  });
  RefreshBucket(name);
  RemoveReplaced(garbage);
}

void LocalObjectStore::SetBucketTags(const std::string& name, const Tags& tags) {
  const auto bucket = Require(name);
  index_.Write([&](IndexTables& tables) { tables.SetBucketTags(bucket->id, ToText(tags)); });
  RefreshBucket(name);
}

void LocalObjectStore::SetBucketPolicy(const std::string& name, const std::string& policy) {
  const auto bucket = Require(name);
  index_.Write([&](IndexTables& tables) { tables.SetBucketPolicy(bucket->id, policy); });
  RefreshBucket(name);
}

void LocalObjectStore::SetBucketConfiguration(const std::string& name, const std::string& configuration,
                                              const Json& document) {
  const auto bucket = Require(name);
  const std::string text = document.is_null() ? "" : sagebrush::ToText(document);
  index_.Write([&](IndexTables& tables) { tables.SetBucketConfiguration(bucket->id, configuration, text); });
  RefreshBucket(name);
}

std::optional<Object> LocalObjectStore::Find(const std::string& bucket, const std::string& key) const {
  auto found = index_.Read()->FindObject(Require(bucket)->id, key);
  if (!found) return std::nullopt;
  return std::move(found->object);
}

std::optional<OpenedObject> LocalObjectStore::Open(const std::string& bucket, const std::string& key) const {
  const auto where = Require(bucket);
  for (std::string before;;) {
    auto found = index_.Read()->FindObject(where->id, key);
    if (!found) return std::nullopt;
    FileDescriptor file = files_.TryOpen(found->file);
    if (file.valid()) {
      return OpenedObject{std::move(found->object), std::make_shared<FileDescriptor>(std::move(file)), found->file};
    }
    if (found->file == before) {
      throw Error(kInternalFailure, "The file " + files_.PathOf(before).string() + " of object " + key +
                                        " is missing; restore it from a backup or delete the object.");
    }
    before = found->file;  // Replaced between the look-up and the opening: look again.
  }
}

void LocalObjectStore::Verify(const OpenedObject& opened, ByteRange range) const {
  const Object& object = opened.object;
  if (object.parts.empty()) {
    return VerifyExtent(opened, {0, {0, object.size}, object.checksum, object.etag});
  }
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < object.parts.size() && offset < range.offset + range.length; ++i) {
    const Part& part = object.parts[i];
    const bool touched = range.offset < offset + part.size;
    if (touched) VerifyExtent(opened, {i, {offset, part.size}, part.checksum, part.etag});
    offset += part.size;
  }
}

void LocalObjectStore::VerifyExtent(const OpenedObject& opened, const Extent& extent) const {
  const int file = opened.file->get();
  const bool has_checksum = extent.checksum && extent.checksum->parts == 0;
  const bool has_md5 = extent.etag.size() == 32;
  if (extent.range.length > kVerifiedSizeMax || (!has_checksum && !has_md5)) return;
  if (verified_.Has(opened.location, file, extent.number)) return;
  Digest digest(has_checksum ? extent.checksum->algorithm : DigestAlgorithm::kMd5);
  ReadFileRange(file, extent.range.offset, extent.range.length, [&](std::string_view bytes) { digest.Update(bytes); });
  const std::string found = digest.Finish();
  const bool intact = has_checksum ? found == extent.checksum->value : ToHex(found) == extent.etag;
  if (intact) return verified_.Add(opened.location, file, extent.number);
  LogError("Object {}: bytes {} to {} of its file {} are not those that were written. Restore the file from a backup.",
           opened.object.key, extent.range.offset, extent.range.offset + extent.range.length,
           files_.PathOf(opened.location).string());
  throw Error(kInternalFailure, "The stored bytes of object " + opened.object.key +
                                    " are damaged; the server's log tells where. Upload the object again.");
}

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

std::unique_ptr<ObjectWriter> LocalObjectStore::Write(const std::string& bucket, const std::string& key,
                                                      const Properties& properties, const WriteOptions& options) {
  Object object;
  object.key = key;
  object.properties = properties;
  return std::make_unique<FileObjectWriter>(*this, Require(bucket), std::move(object), options);
}

Object LocalObjectStore::PutFile(const std::string& bucket, const std::string& key, const FileDescriptor& source,
                                 const Properties& properties, const std::stop_token& stop) {
  const auto where = Require(bucket);
  Object object;
  object.key = key;
  object.properties = properties;
  NewFile file(files_, source, stop);
  DigestFile(file.descriptor(), std::filesystem::file_size(files_.UnsettledPath(file.name())), {}, object, stop);
  return CommitObject(*where, file, std::move(object), {});
}

std::optional<Object> LocalObjectStore::Export(const std::string& bucket, const std::string& key,
                                               const Path& destination) const {
  while (auto opened = Open(bucket, key)) {
    if (opened->object.size <= kExportVerifiedSizeMax) Verify(*opened, {0, opened->object.size});
    if (::link(files_.PathOf(opened->location).c_str(), destination.c_str()) == 0) return std::move(opened->object);
    if (errno == ENOENT && std::filesystem::exists(destination.parent_path())) continue;  // Replaced meanwhile.
    if (errno != EXDEV && errno != EPERM && errno != EMLINK) ThrowSystemError("Cannot make " + destination.string());
    const FileDescriptor copy = OpenFile(destination, O_WRONLY | O_CREAT | O_EXCL, 0444);
    CopyToFile(opened->file->get(), opened->object.size, copy, {});
    return std::move(opened->object);
  }
  return std::nullopt;
}

Object LocalObjectStore::Copy(const OpenedObject& source, const std::string& bucket, const std::string& key,
                              const Properties& properties, const WriteOptions& options) {
  const auto where = Require(bucket);
  Object object;
  object.key = key;
  object.properties = properties;
  object.size = source.object.size;
  Verify(source, {0, source.object.size});  // Or the copy would get a good checksum of bad bytes.
  const auto& checksum = source.object.checksum;
  if (checksum && checksum->algorithm == options.checksum && checksum->parts == 0 && source.object.parts.empty()) {
    object.etag = source.object.etag;
    object.checksum = checksum;
  } else {
    DigestFile(source.file->get(), source.object.size, options, object);
  }
  // The file may be removed while we hold it open: then the bytes are copied.
  const Path path = files_.PathOf(source.location);
  if (std::filesystem::exists(path)) {
    try {
      NewFile file(files_, path);
      return CommitObject(*where, file, object, options.condition);
    } catch (const Error& error) {
      if (error.kind().code != kInternalFailure.code || std::filesystem::exists(path)) throw;
    }
  }
  NewFile file(files_);
  file.AppendFrom(source.file->get(), 0, source.object.size);
  return CommitObject(*where, file, std::move(object), options.condition);
}

void LocalObjectStore::CommitFile(NewFile& file, std::uint64_t size,
                                  const std::function<void(IndexTables&, Replaced&)>& change) {
  const bool journalled = size <= kJournalledSizeMax;
  const std::string bytes = journalled ? ReadWhole(file.descriptor(), size) : "";
  file.Keep(/*durable=*/!journalled);
  Replaced replaced;
  index_.Write([&](IndexTables& tables) {
    replaced.clear();
    change(tables, replaced);
    for (const std::string& old : replaced) tables.AddGarbage(old);
    if (journalled) tables.AddJournal(file.name(), bytes);
  });
  file.Release();
  RemoveReplaced(replaced);
  if (!journalled) return;
  bool wake = false;
  {
    const MutexLock lock(flusher_mutex_);
    ++journalled_;
    wake = journalled_ == 1 || journalled_ == kJournalRowsMax;
  }
  if (wake) flusher_wake_.notify_one();
}

void LocalObjectStore::RemoveReplaced(const Replaced& files) {
  if (files.empty()) return;
  for (const std::string& file : files) files_.Remove(file);
  index_.Defer([files](IndexTables& tables) {
    for (const std::string& file : files) tables.DeleteGarbage(file);
  });
}

Object LocalObjectStore::CommitObject(const Bucket& bucket, NewFile& file, Object object,
                                      const WriteCondition& condition) {
  object.modified = clock_.Now();
  CommitFile(file, object.size, [&](IndexTables& tables, Replaced& replaced) {
    if (!tables.HasBucket(bucket.id)) ThrowNoSuchBucket(bucket.name);
    const auto existing = tables.FindObject(bucket.id, object.key);
    CheckCondition(condition, object.key, existing ? &existing->object : nullptr);
    if (existing) replaced.push_back(existing->file);
    tables.PutObject(bucket.id, {object, file.name()});
  });
  verified_.Add(file.name(), file.descriptor(), 0);  // The digests were made of these bytes just now.
  return object;
}

bool LocalObjectStore::Delete(const std::string& bucket, const std::string& key, const WriteCondition& condition) {
  const auto where = Require(bucket);
  Replaced replaced;
  index_.Write([&](IndexTables& tables) {
    const auto existing = tables.FindObject(where->id, key);
    if (!existing) return;
    CheckCondition(condition, key, &existing->object);
    tables.DeleteObject(where->id, key);
    tables.AddGarbage(existing->file);
    replaced.push_back(existing->file);
  });
  RemoveReplaced(replaced);
  return !replaced.empty();
}

void LocalObjectStore::DeleteAll(const std::string& bucket, const std::vector<std::string>& keys) {
  const auto where = Require(bucket);
  Replaced replaced;
  index_.Write([&](IndexTables& tables) {
    for (const std::string& key : keys) {
      const auto existing = tables.FindObject(where->id, key);
      if (!existing) continue;
      tables.DeleteObject(where->id, key);
      tables.AddGarbage(existing->file);
      replaced.push_back(existing->file);
    }
  });
  RemoveReplaced(replaced);
}

bool LocalObjectStore::Edit(const std::string& bucket, const std::string& key, const PropertiesChange& change) {
  const auto where = Require(bucket);
  bool found = false;
  index_.Write([&](IndexTables& tables) {
    auto existing = tables.FindObject(where->id, key);
    found = existing.has_value();
    if (!found) return;
    change(existing->object.properties);
    tables.PutObject(where->id, *existing);
  });
  return found;
}

}  // namespace sagebrush::objects
