#include "objects/store_check.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/error.h"
#include "objects/extent.h"
#include "objects/object_document.h"
#include "store/write_ahead_log.h"

namespace sagebrush::objects {
namespace {

using store::SqliteConnection;

Path WithStore(const Path& directory) {
  if (std::filesystem::exists(directory / "index.db")) {
    store::RequireIntactLog(directory / "index.db");
    return directory;
  }
  throw Error(kInternalFailure, "There is no object store in " + directory.string() + ".");
}

// Names of files are 32 random hex digits: the first half tells them apart well enough, in a fourth of the memory.
std::optional<std::uint64_t> NumberOf(std::string_view file) {
  std::uint64_t number = 0;
  if (file.size() != 32 || std::from_chars(file.data(), file.data() + 16, number, 16).ptr != file.data() + 16) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

StoreCheck::StoreCheck(const Path& directory, Mode mode)
    : directory_(WithStore(directory)),
      mode_(mode),
      files_(directory),
      tables_(directory / "index.db",
              mode == Mode::kRepair ? SqliteConnection::Mode::kReadWrite : SqliteConnection::Mode::kReadOnly) {
  if (mode == Mode::kRepair) tables_.Migrate();
}

StoreReport StoreCheck::Run(const std::function<void(const StoreFinding&)>& tell) {
  tell_ = tell;
  CheckDatabase();
  for (const Bucket& bucket : tables_.Buckets()) buckets_.emplace(bucket.id, bucket.name);
  for (std::string& file : tables_.JournalFiles()) journalled_.insert(std::move(file));
  CheckVersions();
  CheckParts();
  CheckFiles();
  return std::move(report_);
}

void StoreCheck::CheckDatabase() {
  store::SqliteQuery row = tables_.database().Query("PRAGMA quick_check(20)");
  while (row.Step()) {
    if (row.Text(0) != "ok")
      Report(fmt::format("The index itself is damaged: {}. Restore index.db from a backup.", row.Text(0)));
  }
}

void StoreCheck::CheckVersions() {
  for (const std::int64_t bucket : tables_.BucketsInUse()) {
    if (!buckets_.contains(bucket)) {
      Report(fmt::format("There are objects of a bucket number {} that does not exist. Restore index.db from a backup.",
                         bucket));
    }
    Key key{.bucket = bucket};
    tables_.ScanVersions(bucket, "", IndexTables::kNewerThanAll, [&](IndexedObject&& indexed, std::string&) {
      const Object& object = indexed.object;
      if (object.key != key.name) {
        EndKey(key);
        key = {.bucket = bucket, .name = object.key};
        key.has_current = tables_.FindObject(bucket, object.key).has_value();
        key.newest_aside_is_object = !key.has_current && !object.delete_marker;
      }
      CheckVersion(bucket, indexed);
      return true;
    });
    EndKey(key);
  }
  for (const Key& key : without_current_) {
    Report(
        fmt::format("Object {} of bucket {} has versions and no current one, though no delete marker hides them.",
                    key.name, buckets_[key.bucket]),
        [&] { tables_.BringBackNewest(key.bucket, key.name); }, "the newest is current again");
  }
  for (const Lost& lost : lost_) {
    Report(
        NameOf(lost.bucket, lost.indexed.object) + " has lost its file " + lost.indexed.file + ".",
        [&] { TakeRowAway(lost); }, "its row is in lost+found/rows.jsonl");
  }
}

void StoreCheck::EndKey(const Key& key) {
  if (key.newest_aside_is_object) without_current_.push_back(key);
}

void StoreCheck::CheckVersion(std::int64_t bucket, const IndexedObject& indexed) {
  if (indexed.object.delete_marker) return;
  ++report_.objects;
  if (const auto number = NumberOf(indexed.file)) known_files_.push_back(*number);
  if (IsPending(indexed.file)) return;
  if (!std::filesystem::exists(files_.PathOf(indexed.file))) {
    // A running server may have replaced it since the row was read.
    const auto now = tables_.FindVersion(bucket, indexed.object.key, indexed.object.version);
    if (!now || now->file != indexed.file) return;
    const auto current = tables_.FindObject(bucket, indexed.object.key);
    lost_.push_back({bucket, indexed, current && current->sequence == indexed.sequence});
    return;
  }
  const std::string damage = Damage(indexed);
  if (damage.empty()) return;
  Report(fmt::format("{} is damaged: {} Restore {} from a backup, or upload the object again.",
                     NameOf(bucket, indexed.object), damage, files_.PathOf(indexed.file).string()));
}

std::string StoreCheck::Damage(const IndexedObject& indexed) {
  FileDescriptor file = files_.TryOpen(indexed.file);
  if (!file.valid()) return "";  // Deleted just now.
  const OpenedObject opened{indexed.object, std::make_shared<FileDescriptor>(std::move(file)), indexed.file};
  return *DamageOf(opened, [this](std::size_t bytes) {
    report_.bytes += bytes;
    return true;
  });
}

void StoreCheck::CheckParts() {
  std::vector<std::pair<std::string, IndexedPart>> without_upload;
  tables_.ScanParts([&](std::string_view upload, IndexedPart&& indexed, bool has_upload) {
    ++report_.objects;
    if (const auto number = NumberOf(indexed.file)) known_files_.push_back(*number);
    if (!has_upload) {
      without_upload.emplace_back(upload, std::move(indexed));
    } else if (!IsPending(indexed.file) && !std::filesystem::exists(files_.PathOf(indexed.file))) {
      Report(fmt::format("Part {} of upload {} has lost its file {}. Upload it again.", indexed.part.number, upload,
                         indexed.file));
    }
  });
  for (const auto& [upload, indexed] : without_upload) {
    Report(
        fmt::format("Part {} belongs to an upload {} that does not exist.", indexed.part.number, upload),
        [&] {
          MoveAside(indexed.file);
          tables_.DeleteParts(upload);
        },
        "its file is in lost+found");
  }
}

void StoreCheck::CheckFiles() {
  for (const std::string& file : tables_.Garbage()) {
    if (const auto number = NumberOf(file)) known_files_.push_back(*number);
  }
  std::ranges::sort(known_files_);
  // A file that is just being written has its name in new/ from before it has one here.
  for (const std::string& file : files_.All()) {
    const auto number = NumberOf(file);
    if (number && std::ranges::binary_search(known_files_, *number)) continue;
    if (std::filesystem::exists(files_.UnsettledPath(file)) || !tables_.FilesInUse({file}).empty()) continue;
    if (!std::filesystem::exists(files_.PathOf(file))) continue;
    Report(
        fmt::format("Nothing refers to the file {}.", files_.PathOf(file).string()), [&] { MoveAside(file); },
        "it is in lost+found");
  }
}

bool StoreCheck::IsPending(const std::string& file) const { return journalled_.contains(file); }

void StoreCheck::MoveAside(const std::string& file) {
  const Path lost_and_found = directory_ / "lost+found";
  std::filesystem::create_directories(lost_and_found);
  if (!std::filesystem::exists(files_.PathOf(file))) return;
  std::filesystem::rename(files_.PathOf(file), lost_and_found / file);
  SyncDirectory(lost_and_found);
}

void StoreCheck::TakeRowAway(const Lost& lost) {
  const Object& object = lost.indexed.object;
  std::filesystem::create_directories(directory_ / "lost+found");
  const Path rows = directory_ / "lost+found" / "rows.jsonl";
  const FileDescriptor file = OpenFile(rows, O_WRONLY | O_CREAT | O_APPEND);
  WriteAll(file.get(), sagebrush::ToText(Json(JsonObject{{"Bucket", buckets_[lost.bucket]},
                                                         {"Key", ToBase64(object.key)},
                                                         {"VersionId", object.version},
                                                         {"File", lost.indexed.file},
                                                         {"Size", object.size},
                                                         {"ETag", object.etag},
                                                         {"LastModified", ToIso8601(object.modified)},
                                                         {"Checksum", ToText(object.checksum)},
                                                         {"Attributes", ToAttributes(object)}})) +
                           "\n");
  if (::fsync(file.get()) != 0) ThrowSystemError("Cannot write " + rows.string());
  if (!lost.current) return tables_.DeleteAside(lost.bucket, object.key, lost.indexed.sequence);
  tables_.DeleteObject(lost.bucket, object.key);
  tables_.BringBackNewest(lost.bucket, object.key);
}

void StoreCheck::Report(std::string what, const std::function<void()>& repair, std::string done) {
  StoreFinding finding{.what = std::move(what)};
  if (mode_ == Mode::kRepair && repair) {
    tables_.database().Execute("BEGIN IMMEDIATE");
    repair();
    tables_.database().Execute("COMMIT");
    finding.done = std::move(done);
  }
  tell_(finding);
  report_.findings.push_back(std::move(finding));
}

std::string StoreCheck::NameOf(std::int64_t bucket, const Object& object) {
  const std::string version = object.version == kNullVersion ? "" : " (version " + object.version + ")";
  return fmt::format("Object {} of bucket {}{}", object.key, buckets_[bucket], version);
}

}  // namespace sagebrush::objects
