#include "algorithms/data/csv.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "algorithms/algorithm.h"
#include "algorithms/data/decimal.h"
#include "algorithms/threads.h"

namespace sagebrush::algorithms {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool IsBlank(std::string_view line) {
  return std::all_of(line.begin(), line.end(), [](char c) { return c == ' ' || c == '\r' || c == '\t'; });
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

enum class Cell { kValue, kInfinite, kText };

// A cell that is not a plain number.
Cell ParseUnusual(std::string_view cell, float& value) {
  cell = TrimBlanks(WithoutByteOrderMarks(cell));  // Files joined by other tools have such marks inside.
  if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
    cell = TrimBlanks(cell.substr(1, cell.size() - 2));
  }
  value = kMissing;
  for (const std::string_view word : {"", "na", "n/a", "nan", "null", "none", "-nan"}) {
    if (EqualsIgnoringCase(cell, word)) return Cell::kValue;
  }
  value = 1;
  if (EqualsIgnoringCase(cell, "true")) return Cell::kValue;
  value = 0;
  if (EqualsIgnoringCase(cell, "false")) return Cell::kValue;
  const auto number = ParseFloat(cell);
  if (!number) return Cell::kText;
  value = *number;
  return std::isinf(value) ? Cell::kInfinite : Cell::kValue;
}

Cell ParseCell(const char* begin, const char* end, float& value) {
  const auto [rest, error] = std::from_chars(begin, end, value);
  if (rest == end && error == std::errc() && !std::isinf(value)) return Cell::kValue;
  return ParseUnusual({begin, static_cast<std::size_t>(end - begin)}, value);
}

// Some lines, and where their rows go.
struct Chunk {
  TextChunk lines;
  std::size_t rows = 0;
  std::size_t first_row = 0;
};

template <typename Each>
void ForEachRow(std::string_view bytes, Each each) {
  ForEachLine(bytes, [&](const TextLine& line) {
    if (!IsBlank(line.text)) each(line);
  });
}

// The first line that is not blank; an empty one when there is none.
TextLine FirstRow(std::string_view bytes) {
  const std::size_t mark = bytes.find_first_not_of(" \t\r\n");
  if (mark == std::string_view::npos) return {};
  const std::size_t begin = bytes.substr(0, mark).find_last_of("\r\n") + 1;  // npos + 1 is 0.
  return {bytes.substr(begin, bytes.find_first_of("\r\n", mark) - begin), begin};
}

std::vector<Chunk> Split(std::span<const NamedText> texts) {
  std::vector<Chunk> chunks;
  for (const TextChunk& lines : SplitAtLines(texts)) chunks.push_back({lines});
  return chunks;
}

[[noreturn]] void RefuseLine(const Chunk& chunk, const TextLine& line, const std::string& why) {
  throw Error(kClientError, fmt::format("{}, line {}{}", chunk.lines.text->name, chunk.lines.LineNumber(line), why));
}

std::string Snippet(std::string_view text) {
  return text.size() <= 50 ? std::string(text) : std::string(text.substr(0, 50)) + "...";
}

[[noreturn]] void RefuseCell(const Chunk& chunk, const TextLine& line, std::size_t column, std::string_view cell,
                             Cell kind) {
  const std::string shown = Snippet(TrimBlanks(cell));
  if (kind == Cell::kInfinite) {
    RefuseLine(chunk, line,
               fmt::format(", column {}: '{}' is infinite, or too large for a 32-bit float. Give a finite number, or "
                           "an empty cell where the value is missing.",
                           column + 1, shown));
  }
  const std::string_view text = chunk.lines.text->bytes;
  const std::size_t start = text.size() - WithoutByteOrderMarks(text).size();
  const bool header = chunk.lines.offset + line.at == start + FirstRow(text.substr(start)).at;
  RefuseLine(
      chunk, line,
      fmt::format(", column {}: '{}' is not a number. {}", column + 1, shown,
                  header ? "The data must have no header line: remove the first line, and encode text as numbers."
                         : "Encode text and dates as numbers before training."));
}

// Where the parts of the rows go; parts that the format has not are empty.
struct Destination {
  CsvFormat format;
  std::size_t cells = 0;  // A row.
  Dataset* data;
};

void CheckExtras(const Chunk& chunk, const TextLine& line, const Destination& to, float label, float weight) {
  if (to.format.label && std::isnan(label)) {
    RefuseLine(chunk, line, ", column 1: the label is missing. Every row needs a label in its first column.");
  }
  if (to.format.weights && !(weight >= 0)) {
    RefuseLine(chunk, line,
               ", column 2: with csv_weights=1 the second column is the row's weight, a number of at least 0.");
  }
}

void ParseRow(const Chunk& chunk, const TextLine& line, std::size_t row, const Destination& to) {
  const char* at = line.text.data();
  const char* const end = at + line.text.size();
  const std::size_t label_at = to.format.label ? 0 : SIZE_MAX;
  const std::size_t weight_at = to.format.weights ? (to.format.label ? 1 : 0) : SIZE_MAX;
  float* features = to.data->features.values.data() + row * to.data->features.columns;
  float label = 0, weight = 0;
  std::size_t column = 0;
  for (;; ++column) {
    const void* found = std::memchr(at, to.format.delimiter, static_cast<std::size_t>(end - at));
    const char* const cell_end = found != nullptr ? static_cast<const char*>(found) : end;
    if (column >= to.cells) break;
    float* out = column == label_at ? &label : column == weight_at ? &weight : features++;
    if (const Cell kind = ParseCell(at, cell_end, *out); kind != Cell::kValue) {
      RefuseCell(chunk, line, column, {at, static_cast<std::size_t>(cell_end - at)}, kind);
    }
    if (cell_end == end) break;
    at = cell_end + 1;
  }
  if (column + 1 != to.cells) {
    const auto found =
        static_cast<std::size_t>(std::count(line.text.begin(), line.text.end(), to.format.delimiter)) + 1;
    RefuseLine(chunk, line,
               fmt::format(" has {} columns where the first line of the channel has {}. Every row of a "
                           "channel needs the same columns.",
                           found, to.cells));
  }
  CheckExtras(chunk, line, to, label, weight);
  if (to.format.label) to.data->labels[row] = label;
  if (to.format.weights) to.data->weights[row] = weight;
}

std::size_t CountRows(std::vector<Chunk>& chunks, int threads) {
  ParallelFor(chunks.size(), threads,
              [&](std::size_t i) { ForEachRow(chunks[i].lines.bytes, [&](const TextLine&) { ++chunks[i].rows; }); });
  std::size_t rows = 0;
  for (Chunk& chunk : chunks) {
    chunk.first_row = rows;
    rows += chunk.rows;
  }
  return rows;
}

}  // namespace

char DetectDelimiter(std::string_view line) {
  std::string outside;
  bool quoted = false;
  for (const char c : TrimBlanks(line)) {
    if (c == '"') quoted = !quoted;
    if (!quoted) outside += c;
  }
  for (const char candidate : {',', '\t', ';', '|', ' '}) {
    if (outside.find(candidate) != std::string::npos) return candidate;
  }
  return '\0';
}

std::string_view FirstLine(std::string_view text) { return FirstRow(WithoutByteOrderMarks(text)).text; }

Dataset ReadCsv(std::span<const NamedText> texts, const CsvFormat& format, int threads) {
  Dataset data;
  std::vector<Chunk> chunks = Split(texts);
  const std::size_t rows = CountRows(chunks, threads);
  if (rows == 0) return data;
  const auto first = std::find_if(chunks.begin(), chunks.end(), [](const Chunk& chunk) { return chunk.rows > 0; });
  const TextLine line = FirstRow(first->lines.bytes);
  const std::size_t cells =
      format.cells > 0 ? format.cells
                       : static_cast<std::size_t>(std::count(line.text.begin(), line.text.end(), format.delimiter)) + 1;
  const std::size_t extra = (format.label ? 1 : 0) + (format.weights ? 1 : 0);
  if (cells <= extra) {
    RefuseLine(*first, line,
               fmt::format(" has {} column(s): there must be {} and then at least one feature.", cells,
                           format.weights ? "the label, the weight" : "the label"));
  }
  data.features.rows = rows;
  data.features.columns = cells - extra;
  data.features.values.resize(rows * data.features.columns);
  if (format.label) data.labels.resize(rows);
  if (format.weights) data.weights.resize(rows);
  const Destination to{format, cells, &data};
  ParallelFor(chunks.size(), threads, [&](std::size_t i) {
    std::size_t row = chunks[i].first_row;
    ForEachRow(chunks[i].lines.bytes, [&](const TextLine& each) { ParseRow(chunks[i], each, row++, to); });
  });
  return data;
}

}  // namespace sagebrush::algorithms
