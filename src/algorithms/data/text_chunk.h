#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sagebrush::algorithms {

// The text of one file, and what messages call it.
struct NamedText {
  std::string name;
  std::string_view bytes;
};

// Some whole lines of one text: what one thread reads at a time.
struct TextChunk {
  const NamedText* text;
  std::string_view bytes;

  // Where `line`, a part of `bytes`, stands in the text; the first line is 1.
  std::size_t LineNumber(std::string_view line) const;
};

// In order, about a megabyte each; a text's byte order mark is left out.
std::vector<TextChunk> SplitAtLines(std::span<const NamedText> texts);

}  // namespace sagebrush::algorithms
