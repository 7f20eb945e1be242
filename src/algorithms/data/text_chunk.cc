#include "algorithms/data/text_chunk.h"

#include <algorithm>

namespace sagebrush::algorithms {
namespace {

constexpr std::size_t kChunkBytes = 1 << 20;

}  // namespace

std::size_t TextChunk::LineNumber(std::string_view line) const {
  return 1 + static_cast<std::size_t>(std::count(text->bytes.data(), line.data(), '\n'));
}

std::vector<TextChunk> SplitAtLines(std::span<const NamedText> texts) {
  std::vector<TextChunk> chunks;
  for (const NamedText& text : texts) {
    std::string_view rest = text.bytes;
    if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
    while (!rest.empty()) {
      const std::size_t newline = rest.size() <= kChunkBytes ? std::string_view::npos : rest.find('\n', kChunkBytes);
      const std::size_t length = newline == std::string_view::npos ? rest.size() : newline + 1;
      chunks.push_back({&text, rest.substr(0, length)});
      rest.remove_prefix(length);
    }
  }
  return chunks;
}

}  // namespace sagebrush::algorithms
