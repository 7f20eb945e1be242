// The multipart half of LocalObjectStore.
#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/id.h"
#include "objects/checksums.h"
#include "objects/errors.h"
#include "objects/listing.h"
#include "objects/local_object_store.h"
#include "objects/multipart.h"
#include "objects/object_document.h"
#include "objects/object_reader.h"
#include "objects/stored_bytes.h"

namespace sagebrush::objects {
namespace {

// How long a completed upload's answer is kept for clients that ask again.
constexpr Milliseconds kCompletedKept = std::chrono::hours(24);

// Ids sort by the time of initiation.
std::string NewUploadId(Time now) { return fmt::format("{:012x}{}", now.milliseconds, ToHex(RandomBytes(24))); }

// What is answered when a completed upload is completed again.
std::string ResultOf(const Object& object) {
  return sagebrush::ToText(Json(JsonObject{{"etag", object.etag},
                                           {"size", object.size},
                                           {"modified", object.modified.milliseconds},
                                           {"version", object.version},
                                           {"checksum", ToText(object.checksum)},
                                           {"encryption", ToJson(object.encryption)}}));
}

Object ObjectFromResult(const std::string& key, std::string_view result) {
  const Json document = ParseStoredJson(result, "The stored result of the upload of " + key);
  Object object;
  object.key = key;
  object.etag = GetString(document, "etag");
  object.size = static_cast<std::uint64_t>(GetInt(document, "size"));
  object.modified = {GetInt(document, "modified")};
  object.version = GetString(document, "version", std::string(kNullVersion));
  object.checksum = ChecksumFromText(GetString(document, "checksum"));
  if (const Json* encryption = Find(document, "encryption")) object.encryption = EncryptionFrom(*encryption);
  return object;
}

DigestAlgorithm AlgorithmOf(const Upload& upload) {
  return upload.checksum_algorithm.value_or(DigestAlgorithm::kCrc64Nvme);
}

// The object that the parts make, checked against what the caller expects.
Object Joined(const Upload& upload, const std::vector<Part>& parts, const CompleteOptions& options) {
  Object object;
  object.key = upload.key;
  object.properties = upload.properties;
  object.encryption = upload.encryption;
  object.parts = parts;
  for (const Part& part : parts) object.size += part.size;
  object.etag = MultipartEtag(parts);
  object.checksum = JoinChecksums(parts, AlgorithmOf(upload), upload.checksum_composite);
  if (object.size > kObjectSizeMax) {
    throw Error(kEntityTooLarge, "Your proposed upload exceeds the maximum allowed size");
  }
  if (options.expected_size && *options.expected_size != object.size) {
    throw Error(kInvalidRequest, fmt::format("The size {} that was announced for the object is not the size {} of its "
                                             "parts together.",
                                             *options.expected_size, object.size));
  }
  const auto& expected = options.expected_checksum;
  if (expected && (!object.checksum || object.checksum->value != expected->value)) {
    throw Error(kBadDigest, fmt::format("The {} you specified did not match the calculated checksum.",
                                        NameOf(expected->algorithm)));
  }
  return object;
}

}  // namespace

class LocalObjectStore::FilePartWriter : public PartWriter {
 public:
  FilePartWriter(LocalObjectStore& store, const Upload& upload, int number, const WriteOptions& options)
      : store_(store),
        upload_(upload),
        options_(options),
        digests_(options.checksum, EtagOf(upload.encryption)),
        file_(store.files_),
        bytes_(file_, options.key.data_key, StreamName(number)) {
    part_.number = number;
  }

  void Append(std::string_view bytes) override {
    digests_.Update(bytes);
    bytes_.Append(bytes);
  }

  Part Commit() override {
    part_.stored_crc = bytes_.Finish();
    part_.size = digests_.size();
    part_.checksum = digests_.FinishChecksum(options_.expected_checksum);
    part_.etag = digests_.FinishEtag();
    return store_.CommitPart(upload_, file_, part_);
  }

 private:
  LocalObjectStore& store_;
  Upload upload_;
  WriteOptions options_;
  ObjectDigests digests_;
  NewFile file_;
  StoredBytes bytes_;
  Part part_;
};

Upload LocalObjectStore::CreateUpload(Upload upload) {
  const auto bucket = Require(upload.bucket);
  upload.initiated = clock_.Now();
  upload.id = NewUploadId(upload.initiated);
  index_.Write([&](IndexTables& tables) {
    if (!tables.FindVersioning(bucket->id)) ThrowNoSuchBucket(upload.bucket);
    tables.InsertUpload(bucket->id, upload);
    tables.DeleteUploadsCompletedBefore(upload.initiated + -kCompletedKept);
  });
  return upload;
}

std::optional<Upload> LocalObjectStore::FindUpload(const std::string& bucket, const std::string& key,
                                                   const std::string& id) const {
  auto found = index_.Read()->FindUpload(Require(bucket)->id, key, id);
  if (!found || !found->result.empty()) return std::nullopt;
  found->upload.bucket = bucket;
  return std::move(found->upload);
}

UploadListing LocalObjectStore::Uploads(const std::string& bucket, const UploadQuery& query) const {
  const auto where = Require(bucket);
  UploadListing listing;
  if (query.limit <= 0) return listing;
  const bool from_start = query.key_marker.empty() || query.key_marker < query.prefix;
  // "~" comes after every id: all uploads of the marker's key are past.
  std::string key = from_start ? query.prefix : query.key_marker;
  std::string id = from_start ? "" : query.upload_id_marker.empty() ? "~" : query.upload_id_marker;
  const std::string first = FirstKey(query.prefix, query.delimiter, query.key_marker);
  if (!from_start && first == AfterPrefix(query.key_marker) && query.upload_id_marker.empty()) {
    key = first;
    id.clear();
  }
  ObjectIndex::Reader reader = index_.Read();
  reader->ScanUploads(where->id, key, id, [&](Upload&& upload, std::string& jump) {
    if (!upload.key.starts_with(query.prefix)) return false;
    listing.truncated =
        listing.uploads.size() + listing.common_prefixes.size() >= static_cast<std::size_t>(query.limit);
    if (listing.truncated) return false;
    const auto common = CommonPrefixOf(upload.key, query.prefix, query.delimiter);
    listing.next_key_marker = common.empty() ? upload.key : std::string(common);
    listing.next_upload_id_marker = common.empty() ? upload.id : "";
    upload.bucket = bucket;
    if (common.empty()) {
      listing.uploads.push_back(std::move(upload));
      return true;
    }
    listing.common_prefixes.emplace_back(common);
    jump = AfterPrefix(common);
    return !jump.empty();
  });
  return listing;
}

std::unique_ptr<PartWriter> LocalObjectStore::WritePart(const Upload& upload, int number, const WriteOptions& options) {
  return std::make_unique<FilePartWriter>(*this, upload, number, options);
}

Part LocalObjectStore::CopyPart(const Upload& upload, int number, const OpenedObject& source, ByteRange range,
                                const ObjectKey& key) {
  Verify(source, range);
  if (key.data_key || !source.IsPlain()) {
    FilePartWriter writer(*this, upload, number, {.checksum = AlgorithmOf(upload), .key = key});
    source.Read(range, [&](std::string_view bytes) { writer.Append(bytes); });
    return writer.Commit();
  }
  NewFile file(files_);
  file.AppendFrom(source.file->get(), range.offset, range.length);
  ObjectDigests digests(AlgorithmOf(upload), EtagOf(upload.encryption));
  source.Read(range, [&](std::string_view bytes) { digests.Update(bytes); });
  Part part{.number = number, .size = range.length};
  part.checksum = digests.FinishChecksum("");
  part.etag = digests.FinishEtag();
  return CommitPart(upload, file, part);
}

Part LocalObjectStore::CommitPart(const Upload& upload, NewFile& file, Part part) {
  const auto bucket = Require(upload.bucket);
  part.modified = clock_.Now();
  CommitFile(file, part.size, [&](IndexTables& tables, Replaced& replaced) {
    const auto open = tables.FindUpload(bucket->id, upload.key, upload.id);
    if (!open || !open->result.empty()) ThrowNoSuchUpload(upload.id);
    if (const auto existing = tables.FindPart(upload.id, part.number)) replaced.push_back(existing->file);
    tables.PutPart(upload.id, {part, file.name()});
  });
  return part;
}

std::vector<Part> LocalObjectStore::Parts(const Upload& upload, int after, int limit) const {
  std::vector<Part> parts;
  for (IndexedPart& indexed : index_.Read()->Parts(upload.id, after, limit)) parts.push_back(std::move(indexed.part));
  return parts;
}

std::vector<IndexedPart> LocalObjectStore::SelectedParts(const IndexTables::IndexedUpload& upload,
                                                         const std::vector<CompletedPart>& wanted) const {
  const std::vector<IndexedPart> stored = index_.Read()->Parts(upload.upload.id, 0, kPartNumberMax);
  std::vector<Part> described;
  for (const IndexedPart& part : stored) described.push_back(part.part);
  std::vector<IndexedPart> selected;
  for (const std::size_t i : SelectParts(wanted, described, upload.upload.id)) selected.push_back(stored[i]);
  return selected;
}

std::unique_ptr<NewFile> LocalObjectStore::Assemble(const std::vector<IndexedPart>& parts, bool encrypted) const {
  if (parts.size() == 1) return std::make_unique<NewFile>(files_, files_.PathOf(parts[0].file));
  auto file = std::make_unique<NewFile>(files_);
  for (const IndexedPart& part : parts) {
    const FileDescriptor source = files_.TryOpen(part.file);
    if (!source.valid()) {
      throw Error(kInvalidPart, fmt::format("Part {} was replaced while the upload was being completed; complete it "
                                            "again with the new entity tag.",
                                            part.part.number));
    }
    file->AppendFrom(source.get(), 0, encrypted ? EncryptedSize(part.part.size) : part.part.size);
  }
  return file;
}

Object LocalObjectStore::CompleteUpload(const std::string& bucket, const std::string& key, const std::string& id,
                                        const std::vector<CompletedPart>& parts, const CompleteOptions& options) {
  const auto where = Require(bucket);
  const auto upload = index_.Read()->FindUpload(where->id, key, id);
  if (!upload) ThrowNoSuchUpload(id);
  if (!upload->result.empty()) return ObjectFromResult(key, upload->result);

  const std::vector<IndexedPart> selected = SelectedParts(*upload, parts);
  std::vector<Part> described;
  for (const IndexedPart& part : selected) described.push_back(part.part);
  Object object = Joined(upload->upload, described, options);
  const auto file = Assemble(selected, !object.encryption.IsStoredPlain());
  object.modified = clock_.Now();
  LockByDefault(*where, object);
  std::shared_ptr<const Bucket> telling;
  CommitFile(*file, object.size, [&](IndexTables& tables, Replaced& replaced) {
    const auto still = tables.FindUpload(where->id, key, id);
    if (!still || !still->result.empty()) ThrowNoSuchUpload(id);
    IndexedObject indexed{object, file->name()};
    VersionsOf(tables, *where, key).Put(indexed, options.condition, replaced);
    object.version = indexed.object.version;
    for (const IndexedPart& part : tables.Parts(id, 0, kPartNumberMax)) replaced.push_back(part.file);
    tables.DeleteParts(id);
    tables.CompleteUpload(id, ResultOf(object), object.modified);
    telling = Telling(*where);
    if (telling) ObjectOutbox::Add(tables, CreatedEvent(*telling, object, options.cause, object.modified));
  });
  if (telling) outbox_.Wake();
  return object;
}

bool LocalObjectStore::AbortUpload(const std::string& bucket, const std::string& key, const std::string& id) {
  const auto where = Require(bucket);
  Replaced replaced;
  bool found = false;
  index_.Write([&](IndexTables& tables) {
    const auto upload = tables.FindUpload(where->id, key, id);
    found = upload && upload->result.empty();
    if (!found) return;
    for (const IndexedPart& part : tables.Parts(id, 0, kPartNumberMax)) {
      tables.AddGarbage(part.file);
      replaced.push_back(part.file);
    }
    tables.DeleteParts(id);
    tables.DeleteUpload(id);
  });
  remover_.Remove(replaced);
  return found;
}

}  // namespace sagebrush::objects
