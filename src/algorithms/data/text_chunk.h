#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sagebrush::algorithms {

// A part of a file that begins and ends between rows, and what messages call the file.
struct NamedText {
  std::string name;
  std::string_view bytes;  // All of the file, so that messages can count its lines.
  std::size_t begin = 0;
  std::size_t end = std::string_view::npos;  // Likewise; npos: the file's end.

  std::size_t size() const { return std::min(end, bytes.size()) - begin; }
};

// A line without its end, and the position of its first byte in what it was taken from.
struct TextLine {
  std::string_view text;
  std::size_t at = 0;
};

// Some whole lines of one text: what one thread reads at a time.
struct TextChunk {
  const NamedText* text;
  std::size_t offset;  // Of `bytes` in the text.
  std::string_view bytes;

  // The number of a line of `bytes` in the text; the first line is 1.
  std::size_t LineNumber(const TextLine& line) const;
};

// Byte order marks in front of a text are no part of it. Tools that join files leave several.
std::string_view WithoutByteOrderMarks(std::string_view text);

// Where the line ends in which byte `from` is, behind its end.
std::size_t EndOfLine(std::string_view text, std::size_t from);

// In order, about a megabyte each; without a text's byte order marks.
std::vector<TextChunk> SplitAtLines(std::span<const NamedText> texts);

// Calls each(TextLine) for every line. Lines end in a line feed, a carriage return or both.
template <typename Each>
void ForEachLine(std::string_view bytes, Each each) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t feed = std::min(bytes.find('\n', at), bytes.size());
    while (at <= feed) {
      const std::string_view rest = bytes.substr(at, feed - at);
      const std::size_t length = std::min(rest.find('\r'), rest.size());
      each(TextLine{rest.substr(0, length), at});
      at += length + 1;
      if (length + 1 == rest.size()) at = feed + 1;  // A carriage return and the line feed after it are one end.
    }
  }
}

}  // namespace sagebrush::algorithms
