#include "select/serialization.h"

#include <algorithm>

#include <fmt/format.h>

#include "select/select_errors.h"

namespace sagebrush::select {
namespace {

// The one of `names` that `document` has.
std::string_view OneOf(const Json& document, std::initializer_list<std::string_view> names, std::string_view of) {
  std::string_view found;
  for (const std::string_view name : names) {
    if (Find(document, name) == nullptr) continue;
    if (!found.empty()) {
      throw Error(kObjectSerializationConflict,
                  fmt::format("{} has both {} and {}: there can be one.", of, found, name));
    }
    found = name;
  }
  if (found.empty()) {
    throw Error(kMissingRequiredParameter, fmt::format("{} has none of {}.", of, fmt::join(names, ", ")));
  }
  return found;
}

char Character(const Json& csv, std::string_view name, char standard) {
  const Json* given = Find(csv, name);
  if (given == nullptr) return standard;
  const std::string text = GetString(csv, name);
  const bool is_ascii = text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80 && text[0] != '\0';
  if (!is_ascii) {
    throw Error(kInvalidRequestParameter, fmt::format("{} of the input must be one character of ASCII.", name));
  }
  return text[0];
}

// "\r\n" is read as "\n".
char RecordDelimiter(const Json& csv) {
  const std::string text = GetString(csv, "RecordDelimiter", "\n");
  if (text == "\r\n") return '\n';
  return Character(csv, "RecordDelimiter", '\n');
}

CsvInput ReadCsv(const Json& csv) {
  CsvInput out;
  const std::string header = GetString(csv, "FileHeaderInfo", "NONE");
  if (header == "USE") out.header = CsvInput::Header::kUse;
  if (header == "IGNORE") out.header = CsvInput::Header::kIgnore;
  out.field_delimiter = Character(csv, "FieldDelimiter", out.field_delimiter);
  // An empty one turns quoting off.
  out.quote = GetString(csv, "QuoteCharacter", "\"").empty() ? '\0' : Character(csv, "QuoteCharacter", out.quote);
  out.quote_escape = Character(csv, "QuoteEscapeCharacter", out.quote == '\0' ? '"' : out.quote);
  out.comment = Character(csv, "Comments", '\0');
  out.record_delimiter = RecordDelimiter(csv);
  out.quoted_record_delimiter = GetBool(csv, "AllowQuotedRecordDelimiter");
  const char all[] = {out.field_delimiter, out.quote, out.record_delimiter, out.comment};
  for (const char& each : all) {
    if (each != '\0' && std::count(std::begin(all), std::end(all), each) > 1) {
      throw Error(kInvalidRequestParameter, "The delimiters, the quote and the comment of the input must differ.");
    }
  }
  return out;
}

}  // namespace

Input ReadInput(const Json& serialization) {
  Input out;
  const std::string_view form = OneOf(serialization, {"CSV", "JSON", "Parquet"}, "InputSerialization");
  if (form == "CSV") out.csv = ReadCsv(*Find(serialization, "CSV"));
  if (form == "JSON") {
    out.format = SourceFormat::kJson;
    const std::string type = GetString(serialization, "JSON.Type");
    if (type.empty()) throw Error(kMissingRequiredParameter, "InputSerialization has no JSON.Type: DOCUMENT or LINES.");
    out.json_lines = type == "LINES";
  }
  if (form == "Parquet") out.format = SourceFormat::kParquet;
  const std::string compression = GetString(serialization, "CompressionType", "NONE");
  if (compression == "GZIP") out.compression = Compression::kGzip;
  if (compression == "BZIP2") out.compression = Compression::kBzip2;
  if (out.format == SourceFormat::kParquet && out.compression != Compression::kNone) {
    throw Error(kInvalidRequestParameter,
                "A Parquet object compresses its columns itself: CompressionType must be NONE with it.");
  }
  return out;
}

Output ReadOutput(const Json& serialization) {
  Output out;
  out.json = OneOf(serialization, {"CSV", "JSON"}, "OutputSerialization") == "JSON";
  const Json& form = *Find(serialization, out.json ? "JSON" : "CSV");
  out.record_delimiter = GetString(form, "RecordDelimiter", out.record_delimiter);
  if (out.json) return out;
  out.always_quote = GetString(form, "QuoteFields") == "ALWAYS";
  out.field_delimiter = GetString(form, "FieldDelimiter", out.field_delimiter);
  out.quote = GetString(form, "QuoteCharacter", out.quote);
  out.quote_escape = GetString(form, "QuoteEscapeCharacter", out.quote_escape);
  return out;
}

std::optional<ScanRange> ReadScanRange(const Json& request, const Input& input, std::uint64_t size) {
  if (Find(request, "ScanRange") == nullptr) return std::nullopt;
  const Json* const start = Find(request, "ScanRange.Start");
  const Json* const end = Find(request, "ScanRange.End");
  if (start == nullptr && end == nullptr) throw Error(kInvalidScanRange, "ScanRange has neither Start nor End.");
  const bool whole_lines = input.format == SourceFormat::kCsv ? !input.csv.quoted_record_delimiter : input.json_lines;
  if (!whole_lines || input.compression != Compression::kNone) {
    throw Error(kUnsupportedScanRangeInput,
                "ScanRange is for uncompressed CSV without AllowQuotedRecordDelimiter and JSON LINES.");
  }
  const std::int64_t first = GetInt(request, "ScanRange.Start"), last = GetInt(request, "ScanRange.End");
  if (first < 0 || last < 0 || (start != nullptr && end != nullptr && first > last)) {
    throw Error(kInvalidScanRange, fmt::format("ScanRange from {} to {} is no range.", first, last));
  }
  // End alone is the length of the end.
  if (start == nullptr) return ScanRange{size - std::min(size, static_cast<std::uint64_t>(last))};
  const auto begin = static_cast<std::uint64_t>(first);
  if (begin >= size && size > 0) {
    throw Error(kInvalidScanRange, fmt::format("ScanRange begins at {}: the object has {} bytes.", begin, size));
  }
  return end == nullptr ? ScanRange{begin} : ScanRange{begin, static_cast<std::uint64_t>(last)};
}

}  // namespace sagebrush::select
