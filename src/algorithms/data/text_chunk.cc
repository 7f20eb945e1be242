#include "algorithms/data/text_chunk.h"

namespace sagebrush::algorithms {
namespace {

constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

std::size_t TextChunk::LineNumber(const TextLine& line) const {
  std::size_t number = 0;
  // Up to the line's first byte, so that it is counted itself. Where that is an end of line, it is an empty line.
  ForEachLine(text->bytes.substr(0, offset + line.at + 1), [&](const TextLine&) { ++number; });
  return number;
}

std::string_view WithoutByteOrderMarks(std::string_view text) {
  while (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

std::size_t EndOfLine(std::string_view text, std::size_t from) {
  const std::size_t end = text.find_first_of("\r\n", from);
  if (end == std::string_view::npos) return text.size();
  return text[end] == '\r' && text.substr(end + 1).starts_with('\n') ? end + 2 : end + 1;
}

std::vector<TextChunk> SplitAtLines(std::span<const NamedText> texts) {
  std::vector<TextChunk> chunks;
  for (const NamedText& text : texts) {
    const std::size_t marks = text.bytes.size() - WithoutByteOrderMarks(text.bytes).size();
    const std::size_t last = text.begin + text.size();
    for (std::size_t at = std::max(text.begin, marks); at < last;) {
      const std::size_t end = std::min(EndOfLine(text.bytes, std::min(at + kChunkBytes, last)), last);
      chunks.push_back({&text, at, text.bytes.substr(at, end - at)});
      at = end;
    }
  }
  return chunks;
}

}  // namespace sagebrush::algorithms
