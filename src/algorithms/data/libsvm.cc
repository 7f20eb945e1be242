#include "algorithms/data/libsvm.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "algorithms/algorithm.h"
#include "algorithms/threads.h"

namespace sagebrush::algorithms {
namespace {

constexpr std::uint32_t kColumnMax = 1u << 30;

// Some lines, and the rows in them.
struct Part {
  TextChunk lines;
  Dataset data;
};

[[noreturn]] void Refuse(const Part& part, std::string_view line, const std::string& why) {
  throw Error(kClientError,
              fmt::format("{}, line {}: {}. A row of LIBSVM data is 'label[:weight] index:value index:value ...'.",
                          part.lines.text->name, part.lines.LineNumber(line), why));
}

template <typename Number>
bool ParseWhole(std::string_view text, Number& value) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// The next blank-separated word of `rest`; empty at its end.
std::string_view NextWord(std::string_view& rest) {
  const auto first = rest.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return rest = {};
  rest.remove_prefix(first);
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t\r"));
  rest.remove_prefix(word.size());
  return word;
}

void AddLabel(Part& part, std::string_view line, std::string_view word) {
  const auto colon = word.find(':');
  float label = 0, weight = 1;
  if (!ParseWhole(word.substr(0, colon), label) || std::isnan(label)) {
    Refuse(part, line,
           fmt::format("the label '{}' is not a number", word.substr(0, std::min<std::size_t>(50, word.size()))));
  }
  if (colon != std::string_view::npos && (!ParseWhole(word.substr(colon + 1), weight) || !(weight >= 0))) {
    Refuse(part, line, fmt::format("the weight in '{}' is not a number of at least 0", word));
  }
  part.data.labels.push_back(label);
  if (colon != std::string_view::npos && part.data.weights.empty())
    part.data.weights.resize(part.data.labels.size() - 1, 1);
  if (colon != std::string_view::npos || !part.data.weights.empty()) part.data.weights.push_back(weight);
}

void AddQuery(Part& part, std::string_view line, std::string_view text) {
  std::uint32_t query = 0;
  if (!ParseWhole(text, query)) Refuse(part, line, fmt::format("the query in 'qid:{}' is not a whole number", text));
  if (part.data.query_ids.size() != part.data.features.rows) {
    Refuse(part, line, "this row has a qid and rows before it have none: give every row one, or none");
  }
  part.data.query_ids.push_back(query);
}

void AddPair(Part& part, std::string_view line, std::string_view word) {
  const auto colon = word.find(':');
  std::uint32_t index = 0;
  float value = 0;
  if (colon == std::string_view::npos || !ParseWhole(word.substr(0, colon), index) ||
      !ParseWhole(word.substr(colon + 1), value) || index >= kColumnMax) {
    Refuse(part, line, fmt::format("'{}' is not index:value", word.substr(0, std::min<std::size_t>(50, word.size()))));
  }
  Features& features = part.data.features;
  if (features.indices.size() > features.offsets.back() && features.indices.back() >= index) {
    Refuse(part, line, fmt::format("index {} does not follow index {}: sort them", index, features.indices.back()));
  }
  features.indices.push_back(index);
  features.values.push_back(value);
  features.columns = std::max<std::size_t>(features.columns, index + 1);
}

void AddRow(Part& part, std::string_view line, bool label) {
  std::string_view rest = line.substr(0, line.find('#'));
  std::string_view word = NextWord(rest);
  if (word.empty()) return;
  if (label) {
    AddLabel(part, line, word);
    word = NextWord(rest);
  } else if (word.find(':') == std::string_view::npos) {
    word = NextWord(rest);
  }
  if (word.starts_with("qid:")) {
    AddQuery(part, line, word.substr(4));
    word = NextWord(rest);
  }
  for (; !word.empty(); word = NextWord(rest)) AddPair(part, line, word);
  part.data.features.offsets.push_back(part.data.features.values.size());
  ++part.data.features.rows;
  if (!part.data.query_ids.empty() && part.data.query_ids.size() != part.data.features.rows) {
    Refuse(part, line, "this row has no qid and rows before it have one: give every row one, or none");
  }
}

void ReadPart(Part& part, bool label) {
  part.data.features.offsets.push_back(0);
  std::string_view rest = part.lines.bytes;
  while (!rest.empty()) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    AddRow(part, rest.substr(0, length), label);
    rest.remove_prefix(std::min(length + 1, rest.size()));
  }
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
  return all;
}

}  // namespace sagebrush::algorithms
