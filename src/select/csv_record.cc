#include "select/csv_record.h"

namespace sagebrush::select {

std::optional<CsvRecord> FirstRecord(const CsvInput& csv, std::string_view text, bool is_all) {
  CsvRecord out{{""}};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::string& field = out.fields.back();
    if (quoted) {
      const bool last = i + 1 == text.size();
      if (last && !is_all && (c == csv.quote || c == csv.quote_escape)) return std::nullopt;
      if (c == csv.quote_escape && !last && text[i + 1] == csv.quote) {
        field += text[++i];
      } else if (c == csv.quote) {
        quoted = false;
      } else {
        field += c;
      }
    } else if (c == csv.record_delimiter) {
      out.bytes = i + 1;
      if (c == '\n' && field.ends_with('\r')) field.pop_back();
      return out;
    } else if (c == csv.field_delimiter) {
      out.fields.emplace_back();
    } else if (c == csv.quote && csv.quote != '\0' && field.empty()) {
      quoted = true;
    } else {
      field += c;
    }
  }
  if (!is_all) return std::nullopt;
  out.bytes = text.size();
  if (out.fields.back().ends_with('\r')) out.fields.back().pop_back();
  return out;
}

}  // namespace sagebrush::select
