#include <fmt/format.h>

#include "base/error.h"
#include "serving/number_text.h"
#include "serving/request_rows.h"
#include "serving/short_decimal.h"

namespace sagebrush::serving {
namespace {

std::string Shorten(std::string_view text) {
  return text.size() > 40 ? std::string(text.substr(0, 37)) + "..." : std::string(text);
}

// The first of comma, semicolon, tab, bar and blank between the numbers of the first line.
char FindDelimiter(std::string_view body) {
  const std::string_view line = body.substr(0, body.find('\n'));
  for (const char c : {',', ';', '\t', '|', ' '}) {
    if (line.find(c) != std::string_view::npos) return c;
  }
  return ',';
}

// Reads a body cell by cell.
class CsvReader {
 public:
  CsvReader(std::string_view body, algorithms::Features& rows)
      : at_(body.data()), end_(at_ + body.size()), delimiter_(FindDelimiter(body)), rows_(rows) {
    const char ends[] = {delimiter_, '\n'};
    bounded_end_ = at_ + (body.find_last_of({ends, 2}) + 1);  // npos + 1 is 0.
  }

  // Goes to the next line that is not blank. False: there is none.
  bool FindLine() {
    while (at_ != end_) {
      const char* at = at_;
      while (at != end_ && *at != delimiter_ && (*at == ' ' || *at == '\t')) ++at;
      if (at == end_) return false;
      if (*at != '\n') return true;
      at_ = at + 1;
    }
    return false;
  }

  // Reads the cells of a line; returns how many.
  std::size_t ReadLine() {
    for (std::size_t column = 1;; ++column) {
      float value = 0;
      const char* const end = EndOfCell(column, value);
      rows_.values.push_back(value);
      at_ = end == end_ ? end : end + 1;
      if (end == end_ || *end == '\n') return column;
    }
  }

 private:
  const char* EndOfCell(std::size_t column, float& value) const {
    if (at_ < bounded_end_) {
      const char* const end = TakeShortDecimal(at_, value);
      if (end != nullptr && (*end == delimiter_ || *end == '\n')) return end;
    }
    return EndOfAnyCell(column, value);
  }

  const char* EndOfAnyCell(std::size_t column, float& value) const {
    const char* end = at_;
    while (end != end_ && *end != delimiter_ && *end != '\n') ++end;
    const std::string_view cell(at_, end);
    if (ParseFeature(cell, value)) return end;
    throw Error(kValidation, fmt::format("row {}, column {}: '{}' is not a finite number. Send rows of numbers without "
                                         "a header.",
                                         rows_.rows + 1, column, Shorten(cell)));
  }

  const char* at_;
  const char* end_;
  const char* bounded_end_;  // Cells that begin before it end before it.
  char delimiter_;
  algorithms::Features& rows_;
};

}  // namespace

void ReadCsvRows(std::string_view body, algorithms::Features& rows) {
  CsvReader reader(body, rows);
  while (reader.FindLine()) {
    const std::size_t columns = reader.ReadLine();
    if (rows.rows == 0) rows.columns = columns;
    if (columns != rows.columns) {
      throw Error(kValidation, fmt::format("row {} has {} columns where row 1 has {}. Send rows of one length.",
                                           rows.rows + 1, columns, rows.columns));
    }
    ++rows.rows;
  }
  if (rows.rows == 0) throw Error(kValidation, "the body has no rows.");
}

}  // namespace sagebrush::serving
