#pragma once

#include <span>
#include <string>
#include <string_view>

#include "algorithms/data/dataset.h"
#include "algorithms/data/text_chunk.h"

namespace sagebrush::algorithms {

struct CsvFormat {
  char delimiter = ',';
  bool label = true;      // The first column is the label.
  bool weights = false;   // The column after the label is the row's weight.
  std::size_t cells = 0;  // Of every row; 0: as many as the first one has.
};

// What separates the cells of `line`: the first of comma, tab, semicolon, bar, blank that is in it outside quotes.
// '\0': none of them.
char DetectDelimiter(std::string_view line);

// The first line of `text` that is not blank.
std::string_view FirstLine(std::string_view text);

// Reads rows of numbers without a header. An empty cell, "NA", "NaN" or "null" is a missing value; "true" and "false"
// are 1 and 0; a cell may be quoted. Blank lines are skipped. Splits the work over `threads` threads; the result does
// not depend on how many. Throws Error(kClientError) that names the text, line and column: a cell that is no number (a
// header, for one), a row with another number of columns than the first, a missing label or a weight below 0.
Dataset ReadCsv(std::span<const NamedText> texts, const CsvFormat& format, int threads);

}  // namespace sagebrush::algorithms
