#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "select/translation.h"

// How the records of an object are read and written, as a request says.
namespace sagebrush::select {

struct CsvInput {
  enum class Header { kNone, kUse, kIgnore };
  Header header = Header::kNone;
  char field_delimiter = ',';
  char quote = '"';  // '\0': none.
  char quote_escape = '"';
  char comment = '\0';           // '\0': there are none.
  char record_delimiter = '\n';  // '\n' also stands for "\r\n".
  bool quoted_record_delimiter = false;
};

enum class Compression { kNone, kGzip, kBzip2 };

struct Input {
  SourceFormat format = SourceFormat::kCsv;
  CsvInput csv{};
  bool json_lines = false;  // Else one document, or several in a row.
  Compression compression = Compression::kNone;
};

// Of the uncompressed bytes: records that begin from `begin` to `end`.
struct ScanRange {
  std::uint64_t begin = 0;
  std::uint64_t end = UINT64_MAX;  // Inclusive.
};

struct Output {
  bool json = false;
  bool always_quote = false;
  std::string field_delimiter = ",";
  std::string record_delimiter = "\n";
  std::string quote = "\"";
  std::string quote_escape = "\"";
};

// Of InputSerialization and OutputSerialization. Throw Error with a kind of select_errors.h for what contradicts itself
// or is not supported.
Input ReadInput(const Json& serialization);
Output ReadOutput(const Json& serialization);
// nullopt: the request has none. `size`: of the object.
std::optional<ScanRange> ReadScanRange(const Json& request, const Input& input, std::uint64_t size);

}  // namespace sagebrush::select
