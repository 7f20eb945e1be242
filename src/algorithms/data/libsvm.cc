#include "algorithms/data/libsvm.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <unordered_set>

#include "algorithms/algorithm.h"
#include "algorithms/data/decimal.h"
#include "algorithms/threads.h"

namespace sagebrush::algorithms {
namespace {

constexpr std::uint32_t kColumnMax = 1u << 30;

// Some lines, and the rows in them.
struct Part {
  TextChunk lines;
  Dataset data;
};

[[noreturn]] void Refuse(const Part& part, const TextLine& line, const std::string& why) {
  throw Error(kClientError,
              fmt::format("{}, line {}: {}. A row of LIBSVM data is 'label[:weight] index:value index:value ...'.",
                          part.lines.text->name, part.lines.LineNumber(line), why));
}

bool ParseWhole(std::string_view text, std::uint32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::string Shown(std::string_view word) { return std::string(word.substr(0, 50)); }

// The next blank-separated word of `rest`; empty at its end.
std::string_view NextWord(std::string_view& rest) {
  const auto first = rest.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return rest = {};
  rest.remove_prefix(first);
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t\r"));
  rest.remove_prefix(word.size());
  return word;
}

void AddLabel(Part& part, const TextLine& line, std::string_view word) {
  const auto colon = word.find(':');
  const auto label = ParseFloat(word.substr(0, colon));
  const auto weight = colon == std::string_view::npos ? 1 : ParseFloat(word.substr(colon + 1));
  if (!label || !std::isfinite(*label)) {
    Refuse(part, line, fmt::format("the label '{}' is not a finite number", Shown(word.substr(0, colon))));
  }
  if (!weight || !(*weight >= 0) || std::isinf(*weight)) {
    Refuse(part, line, fmt::format("the weight in '{}' is not a finite number of at least 0", Shown(word)));
  }
  part.data.labels.push_back(*label);
  if (colon != std::string_view::npos && part.data.weights.empty())
    part.data.weights.resize(part.data.labels.size() - 1, 1);
  if (colon != std::string_view::npos || !part.data.weights.empty()) part.data.weights.push_back(*weight);
}

void AddQuery(Part& part, const TextLine& line, std::string_view text) {
  std::uint32_t query = 0;
  if (!ParseWhole(text, query))
    Refuse(part, line, fmt::format("the query in 'qid:{}' is not a whole number", Shown(text)));
  if (part.data.query_ids.size() != part.data.features.rows) {
    Refuse(part, line, "this row has a qid and rows before it have none: give every row one, or none");
  }
  part.data.query_ids.push_back(query);
}

void AddPair(Part& part, const TextLine& line, std::string_view word) {
  const auto colon = word.find(':');
  std::uint32_t index = 0;
  if (colon == std::string_view::npos || !ParseWhole(word.substr(0, colon), index) || index >= kColumnMax) {
    Refuse(part, line, fmt::format("'{}' is not index:value", Shown(word)));
  }
  const auto value = ParseFloat(word.substr(colon + 1));
  if (!value) Refuse(part, line, fmt::format("'{}' is not index:value", Shown(word)));
  if (std::isinf(*value)) {
    Refuse(part, line,
           fmt::format("the value in '{}' is infinite, or too large for a 32-bit float: give a finite number, or leave "
                       "the index out where the value is missing",
                       Shown(word)));
  }
  Features& features = part.data.features;
  features.indices.push_back(index);
  features.values.push_back(*value);
  features.columns = std::max<std::size_t>(features.columns, index + 1);
}

// Of rows to predict from, which may have a label: it counts for nothing, but text in its place is no LIBSVM.
bool IsLabel(std::string_view word) { return word.find(':') == std::string_view::npos && ParseFloat(word); }

void AddRow(Part& part, const TextLine& line, bool label) {
  std::string_view rest = line.text.substr(0, line.text.find('#'));
  std::string_view word = NextWord(rest);
  if (word.empty()) return;
  if (label) {
    AddLabel(part, line, word);
    word = NextWord(rest);
  } else if (IsLabel(word)) {
    word = NextWord(rest);
  }
  if (word.starts_with("qid:")) {
    AddQuery(part, line, word.substr(4));
    word = NextWord(rest);
  }
  for (; !word.empty(); word = NextWord(rest)) AddPair(part, line, word);
  if (!EndSparseRow(part.data.features)) Refuse(part, line, "an index is there twice");
  if (!part.data.query_ids.empty() && part.data.query_ids.size() != part.data.features.rows) {
    Refuse(part, line, "this row has no qid and rows before it have one: give every row one, or none");
  }
}

void ReadPart(Part& part, bool label) {
  part.data.features.offsets.push_back(0);
  ForEachLine(part.lines.bytes, [&](const TextLine& line) { AddRow(part, line, label); });
}

void Append(Dataset& all, Part& part, bool weighted) {
  Features& to = all.features;
  const Features& from = part.data.features;
  const std::uint64_t base = to.values.size();
  to.values.insert(to.values.end(), from.values.begin(), from.values.end());
  to.indices.insert(to.indices.end(), from.indices.begin(), from.indices.end());
  for (std::size_t i = 1; i < from.offsets.size(); ++i) to.offsets.push_back(base + from.offsets[i]);
  to.rows += from.rows;
  to.columns = std::max(to.columns, from.columns);
  all.labels.insert(all.labels.end(), part.data.labels.begin(), part.data.labels.end());
  if (weighted) {
    part.data.weights.resize(from.rows, 1);
    all.weights.insert(all.weights.end(), part.data.weights.begin(), part.data.weights.end());
  }
  all.query_ids.insert(all.query_ids.end(), part.data.query_ids.begin(), part.data.query_ids.end());
  part.data = {};
}

// XGBoost takes queries in ascending order only. Their numbers mean nothing to it, so each run of rows gets the next
// one; a query whose rows do not stand together would silently be two.
void NumberQueries(Dataset& data) {
  std::unordered_set<std::uint32_t> ended;
  std::uint32_t query = 0, number = 0;
  for (std::size_t row = 0; row < data.query_ids.size(); ++row) {
    const std::uint32_t given = data.query_ids[row];
    if (row > 0 && given != query) ++number;
    if ((row == 0 || given != query) && !ended.insert(given).second) {
      throw Error(
          kClientError,
          fmt::format("Row {} of the channel has qid {} again after rows of other queries: sort the rows so that "
                      "those of a query stand together, with a qid of its own in all files.",
                      row + 1, given));
    }
    query = given;
    data.query_ids[row] = number;
  }
}

}  // namespace

Dataset ReadLibsvm(std::span<const NamedText> texts, bool label, int threads) {
  std::vector<Part> parts;
  for (const TextChunk& lines : SplitAtLines(texts)) parts.push_back({lines, {}});
  ParallelFor(parts.size(), threads, [&](std::size_t i) { ReadPart(parts[i], label); });
  Dataset all;
  all.features.offsets.push_back(0);
  const bool weighted = std::any_of(parts.begin(), parts.end(), [](const Part& p) { return !p.data.weights.empty(); });
  for (Part& part : parts) Append(all, part, weighted);
  if (!all.query_ids.empty() && all.query_ids.size() != all.features.rows) {
    throw Error(kClientError, "Some rows have a qid and others have none: give every row one, or none.");
  }
  if (label) NumberQueries(all);  // Who predicts needs none.
  return all;
}

}  // namespace sagebrush::algorithms
