// SelectObjectContent.
#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "objects/errors.h"
#include "objects/object_reader.h"
#include "objects/s3.h"
#include "objects/s3_encryption.h"
#include "objects/s3_versions.h"
#include "objects/select_body.h"
#include "select/parser.h"
#include "select/query_process.h"
#include "select/select_errors.h"
#include "select/serialization.h"

namespace sagebrush::objects {
namespace {

constexpr int kQueriesMax = 8;
constexpr std::uint64_t kParquetBytesMax = std::uint64_t{8} << 30;

// The engine looks for what it needs of a Parquet object anywhere in it: it gets a file without a name.
FileDescriptor ParquetFile(const S3& s3, const wire::Call& call, const OpenedObject& opened) {
  if (opened.object.size > kParquetBytesMax) {
    throw Error(select::kUnsupportedSqlOperation,
                fmt::format("The object has {} bytes; of Parquet objects up to {} can be queried.", opened.object.size,
                            kParquetBytesMax));
  }
  const FileDescriptor file = OpenFile(s3.settings.scratch, O_TMPFILE | O_RDWR, 0600);
  CopyToFile(opened, file, call.stop);
  // Whoever has the descriptor may open it anew, as the engine does, whoever that runs as. Nobody else has a way to it.
  if (::fchmod(file.get(), 0444) != 0) ThrowSystemError("Cannot set the mode of a file");
  return OpenFile(fmt::format("/proc/self/fd/{}", file.get()), O_RDONLY);
}

// All that can be known to be wrong before the object is looked at.
void CheckRequest(const Json& input) {
  select::ParseQuery(GetString(input, "Expression"));
  select::ReadInput(*Find(input, "InputSerialization"));
  select::ReadOutput(*Find(input, "OutputSerialization"));
}

// The first byte that is read. A header lies at the beginning; else the byte before the range tells whether a record
// begins with it.
std::uint64_t OffsetOf(const select::Input& input, const std::optional<select::ScanRange>& range) {
  const bool header = input.format == select::SourceFormat::kCsv && input.csv.header != select::CsvInput::Header::kNone;
  return range && range->begin > 0 && !header ? range->begin - 1 : 0;
}

select::QueriedObject ObjectOf(const S3& s3, const wire::Call& call, OpenedObject opened, const select::Input& input,
                               std::uint64_t offset) {
  if (input.format == select::SourceFormat::kParquet) return {nullptr, ParquetFile(s3, call, opened)};
  const ByteRange range{offset, opened.object.size - offset};
  return {
      [reader = std::make_shared<ObjectReader>(std::move(opened), range)](std::string& bytes) { reader->Next(bytes); }};
}

Json SelectObjectContent(select::QuerySlots& slots, const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RefuseEncryptionHeader(call);
  if (call.principal.account.empty()) {
    throw Error(kS3AccessDenied, "Access Denied: SelectObjectContent needs a signed request.");
  }
  CheckRequest(call.input);
  auto opened = s3.store.Open(bucket->name, KeyOf(call), "");
  if (!opened) ThrowMissing(s3, call, *bucket, KeyOf(call), "");
  RefuseDeleteMarker(call, opened->object);
  Unlock(s3, call, *bucket, *opened);
  s3.store.Verify(*opened, {0, opened->object.size});
  const std::uint64_t size = opened->object.size;
  const select::Input input = select::ReadInput(*Find(call.input, "InputSerialization"));
  const std::uint64_t offset = OffsetOf(input, select::ReadScanRange(call.input, input, size));
  const bool progress = GetBool(call.input, "RequestProgress.Enabled");
  JsonObject request{{"Size", size}, {"Offset", offset}, {"Progress", progress}};
  for (const char* name : {"Expression", "InputSerialization", "OutputSerialization", "ScanRange"}) {
    if (const Json* member = Find(call.input, name)) request[name] = *member;
  }
  auto query = std::make_unique<select::QueryProcess>(slots.Take(), std::move(request),
                                                      ObjectOf(s3, call, *std::move(opened), input, offset));
  call.reply_blocking = std::make_shared<SelectBody>(std::move(query), progress);
  return JsonObject{};
}

}  // namespace

void AddSelectOperations(S3Table& table) {
  auto slots = std::make_shared<select::QuerySlots>(kQueriesMax);
  table.Add(
      "SelectObjectContent", [slots](const S3& s3, wire::Call& call) { return SelectObjectContent(*slots, s3, call); },
      OnObject("s3:GetObject"));
}

}  // namespace sagebrush::objects
