#include "objects/local_object_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory_only.h"
#include "objects/checksums.h"
#include "objects/errors.h"
#include "objects/notifications.h"
#include "objects/object_document.h"
#include "objects/object_lock.h"
#include "objects/object_reader.h"
#include "objects/stored_bytes.h"

namespace sagebrush::objects {
namespace {

// Bytes of objects up to this size travel in the index's commit.
constexpr std::uint64_t kJournalledSizeMax = 64 << 10;
constexpr std::size_t kJournalRowsMax = 512;
constexpr std::size_t kFlushedAtOnce = 128;  // Of those rows: while they are deleted, writers wait.
// What is larger and has no parts would keep its reader waiting for too long.
constexpr std::uint64_t kVerifiedSizeMax = 1 << 30;
// A job's large inputs shall be there at once; they are looked at when somebody downloads them.
constexpr std::uint64_t kExportVerifiedSizeMax = 64 << 20;
constexpr auto kFlushAfter = std::chrono::seconds(1);

Path Prepared(const Path& directory) {
  std::filesystem::create_directories(directory);
  return directory;
}

std::uint64_t SizeOf(int file) {
  struct stat status{};
  if (::fstat(file, &status) != 0) ThrowSystemError("Cannot look at an object's file");
  return static_cast<std::uint64_t>(status.st_size);
}

std::string ReadWhole(int file) {
  const std::uint64_t size = SizeOf(file);
  std::string bytes;
  bytes.reserve(size);
  ReadFileRange(file, 0, size, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

std::optional<IndexedObject> FindIndexed(const ObjectIndex& index, std::int64_t bucket, const std::string& key,
                                         const std::string& version) {
  return version.empty() ? index.FindObject(bucket, key) : index.Read()->FindVersion(bucket, key, version);
}

void ThrowIfStopped(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
}

void TakeDigests(ObjectDigests& digests, const WriteOptions& options, Object& object) {
  object.size = digests.size();
  object.checksum = digests.FinishChecksum(options.expected_checksum);
  object.etag = digests.FinishEtag();
}

// A delete that found nothing, and made no delete marker, has not happened.
void TellDelete(IndexTables& tables, const Bucket& bucket, const KeyToDelete& asked, const Deleted& deleted, Time now) {
  const bool marker_created = asked.options.version.empty() && deleted.delete_marker;
  if (!deleted.found && !marker_created) return;
  ObjectOutbox::Add(tables, DeletedEvent(bucket, asked.key, deleted.version, marker_created, asked.options.cause, now));
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
        digests_(options.checksum, EtagOf(options.key.encryption)),
        file_(store.files_),
        bytes_(file_, options.key.data_key, StreamName(0)) {
    object_.encryption = options.key.encryption;
  }

  void Append(std::string_view bytes) override {
    digests_.Update(bytes);
    bytes_.Append(bytes);
  }

  Object Commit() override {
    object_.stored_crc = bytes_.Finish();
    TakeDigests(digests_, options_, object_);
    return store_.CommitObject(*bucket_, file_, std::move(object_), options_);
  }

 private:
  LocalObjectStore& store_;
  std::shared_ptr<const Bucket> bucket_;
  Object object_;
  WriteOptions options_;
  ObjectDigests digests_;
  NewFile file_;
  StoredBytes bytes_;
};

LocalObjectStore::LocalObjectStore(const Path& directory, const Clock& clock, Durability durability)
    : clock_(clock),
      durability_(durability),
      files_(Prepared(directory)),
      index_(directory / "index.db", durability),
      remover_(files_, index_, durability),
      verified_(clock) {
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
  remover_.Remove(reader->Garbage());
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
  for (std::size_t begin = 0; begin < files.size(); begin += kFlushedAtOnce) {
    const std::vector step(files.begin() + static_cast<std::ptrdiff_t>(begin),
                           files.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kFlushedAtOnce, files.size())));
    files_.Sync(step);
    index_.Write([&](IndexTables& tables) {
      for (const std::string& file : step) tables.DeleteJournal(file);
    });
  }
}

std::shared_ptr<const Bucket> LocalObjectStore::Require(std::string_view name) const {
  auto bucket = FindBucket(name);
  if (!bucket) ThrowNoSuchBucket(name);
  return bucket;
}

std::optional<Object> LocalObjectStore::Find(const std::string& bucket, const std::string& key,
                                             const std::string& version) const {
  auto found = FindIndexed(index_, Require(bucket)->id, key, version);
  if (!found) return std::nullopt;
  return std::move(found->object);
}

std::optional<Object> LocalObjectStore::FindNewest(const std::string& bucket, const std::string& key) const {
  auto found = index_.Read()->FindNewest(Require(bucket)->id, key);
  if (!found) return std::nullopt;
  return std::move(found->object);
}

std::optional<OpenedObject> LocalObjectStore::Open(const std::string& bucket, const std::string& key,
                                                   const std::string& version) const {
  const auto where = Require(bucket);
  for (std::string before;;) {
    auto found = FindIndexed(index_, where->id, key, version);
    if (!found) return std::nullopt;
    if (found->object.delete_marker) return OpenedObject{std::move(found->object), nullptr, ""};
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
  if (!opened.IsPlain()) return;  // Its segments tell.
  for (const Extent& extent : ExtentsOf(object)) {
    const auto [offset, length] = extent.range;
    // An object without parts is looked at whole, whatever is read of it.
    const bool touched =
        object.parts.empty() || (offset < range.offset + range.length && range.offset < offset + length);
    if (touched) VerifyExtent(opened, extent);
  }
}

void LocalObjectStore::VerifyExtent(const OpenedObject& opened, const Extent& extent) const {
  const int file = opened.file->get();
  if (extent.range.length > kVerifiedSizeMax || !extent.HasDigest()) return;
  if (verified_.Has(opened.location, file, extent.number)) return;
  MemoryOnly::Check();
  if (IsIntact(file, extent)) return verified_.Add(opened.location, file, extent.number);
  LogError("Object {}: bytes {} to {} of its file {} are not those that were written. Restore the file from a backup.",
           opened.object.key, extent.range.offset, extent.range.offset + extent.range.length,
           files_.PathOf(opened.location).string());
  throw Error(kInternalFailure, "The stored bytes of object " + opened.object.key +
                                    " are damaged; the server's log tells where. Upload the object again.");
}

std::unique_ptr<ObjectWriter> LocalObjectStore::Write(const std::string& bucket, const std::string& key,
                                                      const Properties& properties, const WriteOptions& options) {
  Object object;
  object.key = key;
  object.properties = properties;
  return std::make_unique<FileObjectWriter>(*this, Require(bucket), std::move(object), options);
}

Object LocalObjectStore::PutFile(const std::string& bucket, const std::string& key, const FileDescriptor& source,
                                 const Properties& properties, const WriteOptions& options,
                                 const std::stop_token& stop) {
  if (options.key.data_key) {
    const auto writer = Write(bucket, key, properties, options);
    ReadFileRange(source.get(), 0, SizeOf(source.get()), [&](std::string_view piece) {
      ThrowIfStopped(stop);
      writer->Append(piece);
    });
    return writer->Commit();
  }
  const auto where = Require(bucket);
  Object object;
  object.key = key;
  object.properties = properties;
  object.encryption = options.key.encryption;
  NewFile file(files_, source, stop);
  ObjectDigests digests(options.checksum, EtagOf(object.encryption));
  ReadFileRange(file.descriptor(), 0, SizeOf(file.descriptor()), [&](std::string_view piece) {
    ThrowIfStopped(stop);
    digests.Update(piece);
  });
  TakeDigests(digests, options, object);
  return CommitObject(*where, file, std::move(object), options);
}

bool LocalObjectStore::Export(const OpenedObject& opened, const Path& destination, const std::stop_token& stop) const {
  if (opened.object.size <= kExportVerifiedSizeMax) Verify(opened, {0, opened.object.size});
  if (opened.IsPlain()) {
    if (::link(files_.PathOf(opened.location).c_str(), destination.c_str()) == 0) return true;
    const bool replaced = errno == ENOENT && std::filesystem::exists(destination.parent_path());
    if (!replaced && errno != EXDEV && errno != EPERM && errno != EMLINK) {
      ThrowSystemError("Cannot make " + destination.string());
    }
  }
  CopyToFile(opened, OpenFile(destination, O_WRONLY | O_CREAT | O_EXCL, 0444), stop);
  return false;
}

Object LocalObjectStore::Copy(const OpenedObject& source, const std::string& bucket, const std::string& key,
                              const Properties& properties, const WriteOptions& options) {
  Verify(source, {0, source.object.size});  // Or the copy would get a good checksum of bad bytes.
  // The streams of parts are known by the parts, which a copy has not.
  const bool shares =
      source.IsPlain() ? !options.key.data_key : options.key.data_key == source.data_key && source.object.parts.empty();
  if (!shares) {
    const auto writer = Write(bucket, key, properties, options);
    source.Read({0, source.object.size}, [&](std::string_view piece) { writer->Append(piece); });
    return writer->Commit();
  }
  Object object;
  object.key = key;
  object.properties = properties;
  object.encryption = options.key.encryption;
  return CopyByReference(*Require(bucket), source, std::move(object), options);
}

Object LocalObjectStore::CopyByReference(const Bucket& bucket, const OpenedObject& source, Object object,
                                         const WriteOptions& options) {
  object.size = source.object.size;
  object.stored_crc = source.object.stored_crc;
  const auto& checksum = source.object.checksum;
  const bool same_etag = object.encryption.HasMd5Etag() == source.object.encryption.HasMd5Etag();
  if (checksum && checksum->algorithm == options.checksum && checksum->parts == 0 && source.object.parts.empty() &&
      same_etag) {
    object.etag = source.object.etag;
    object.checksum = checksum;
  } else {
    ObjectDigests digests(options.checksum, EtagOf(object.encryption));
    source.Read({0, object.size}, [&](std::string_view piece) { digests.Update(piece); });
    TakeDigests(digests, options, object);
  }
  // The file may be removed while we hold it open: then the bytes are copied.
  const Path path = files_.PathOf(source.location);
  if (std::filesystem::exists(path)) {
    try {
      NewFile file(files_, path);
      return CommitObject(bucket, file, object, options);
    } catch (const Error& error) {
      if (error.kind().code != kInternalFailure.code || std::filesystem::exists(path)) throw;
    }
  }
  NewFile file(files_);
  file.AppendFrom(source.file->get(), 0, SizeOf(source.file->get()));
  return CommitObject(bucket, file, std::move(object), options);
}

void LocalObjectStore::CommitFile(NewFile& file, std::uint64_t size,
                                  const std::function<void(IndexTables&, Replaced&)>& change) {
  const bool synced = durability_ == Durability::kPowerLoss;
  const bool journalled = synced && size <= kJournalledSizeMax;
  const std::string bytes = journalled ? ReadWhole(file.descriptor()) : "";
  file.Keep(/*durable=*/synced && !journalled);
  Replaced replaced;
  bool changed = false;
  try {
    index_.Write([&](IndexTables& tables) {
      changed = false;
      replaced.clear();
      change(tables, replaced);
      for (const std::string& old : replaced) tables.AddGarbage(old);
      if (journalled) tables.AddJournal(file.name(), bytes);
      changed = true;
    });
  } catch (...) {
    // The disk failed the commit, which may be in the log nevertheless, and found there by the next start. That one
    // removes the file if it is not.
    if (changed) file.Release();
    throw;
  }
  file.Release();
  remover_.Settle(file.name());
  remover_.Remove(replaced);
  if (!journalled) return;
  bool wake = false;
  {
    const MutexLock lock(flusher_mutex_);
    ++journalled_;
    wake = journalled_ == 1 || journalled_ == kJournalRowsMax;
  }
  if (wake) flusher_wake_.notify_one();
}

Object LocalObjectStore::CommitObject(const Bucket& bucket, NewFile& file, Object object, const WriteOptions& options) {
  object.modified = clock_.Now();
  LockByDefault(bucket, object);
  std::shared_ptr<const Bucket> telling;
  CommitFile(file, object.size, [&](IndexTables& tables, Replaced& replaced) {
    IndexedObject indexed{object, file.name()};
    VersionsOf(tables, bucket, object.key).Put(indexed, options.condition, replaced);
    object.version = indexed.object.version;
    telling = Telling(bucket);
    if (telling) ObjectOutbox::Add(tables, CreatedEvent(*telling, object, options.cause, object.modified));
  });
  if (telling) outbox_.Wake();
  // The digests were made of these bytes just now.
  if (object.encryption.IsStoredPlain()) verified_.Add(file.name(), file.descriptor(), 0);
  return object;
}

ObjectVersions LocalObjectStore::VersionsOf(IndexTables& tables, const Bucket& bucket, const std::string& key) const {
  // As it is in this commit: a write that began before versioning was enabled replaces nothing that was written after.
  const auto versioning = tables.FindVersioning(bucket.id);
  if (!versioning) ThrowNoSuchBucket(bucket.name);
  return {tables, bucket.id, key, *versioning, clock_.Now()};
}

std::shared_ptr<const Bucket> LocalObjectStore::Telling(const Bucket& bucket) const {
  auto now = FindBucket(bucket.name);
  return now && now->id == bucket.id && TellsEventBridge(*now) ? now : nullptr;
}

void LocalObjectStore::LockByDefault(const Bucket& bucket, Object& object) {
  auto& retention = object.properties.lock.retention;
  if (!retention) retention = DefaultRetention(bucket, object.modified);
}

Deleted LocalObjectStore::Delete(const std::string& bucket, const std::string& key, const DeleteOptions& options) {
  Deleted deleted = std::move(DeleteAll(bucket, {{key, options}})[0]);
  if (deleted.error) throw Error(*deleted.error);
  return deleted;
}

std::vector<Deleted> LocalObjectStore::DeleteAll(const std::string& bucket, const std::vector<KeyToDelete>& keys) {
  const auto where = Require(bucket);
  std::vector<Deleted> all;
  Replaced replaced;
  std::shared_ptr<const Bucket> telling;
  index_.Write([&](IndexTables& tables) {
    all.clear();
    replaced.clear();
    telling = Telling(*where);
    for (const auto& [key, options] : keys) {
      ObjectVersions versions = VersionsOf(tables, *where, key);
      try {
        all.push_back(versions.Delete(options, replaced));
        if (telling) TellDelete(tables, *telling, {key, options}, all.back(), clock_.Now());
      } catch (const Error& error) {
        if (error.kind().fault == Fault::kServer) throw;
        all.push_back({.error = error});
      }
    }
    for (const std::string& file : replaced) tables.AddGarbage(file);
  });
  remover_.Remove(replaced);
  if (telling) outbox_.Wake();
  return all;
}

std::optional<Object> LocalObjectStore::Edit(const std::string& bucket, const std::string& key,
                                             const PropertiesChange& change, const std::string& version,
                                             const EditEvent& event) {
  const auto where = Require(bucket);
  std::optional<Object> edited;
  std::shared_ptr<const Bucket> telling;
  index_.Write([&](IndexTables& tables) {
    edited = VersionsOf(tables, *where, key).Edit(version, change);
    if (!edited || edited->delete_marker || event.type.empty()) return;
    telling = Telling(*where);
    if (!telling) return;
    ObjectOutbox::Add(tables, EditedEvent(*telling, *edited, event.type, event.cause, clock_.Now()));
  });
  if (telling) outbox_.Wake();
  return edited;
}

}  // namespace sagebrush::objects
