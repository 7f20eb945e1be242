#include "runtime/line_splitter.h"

#include <algorithm>

namespace sagebrush::runtime {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Length of the well-formed character that `text` begins with; 0: none.
std::size_t CharacterLength(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  // Overlong forms, surrogates and what is above U+10FFFF.
  if ((first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f)) return 0;
  if ((first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f)) return 0;
  return length;
}

// Up to `size` bytes, less so as not to cut a character.
std::size_t CutBefore(std::string_view text, std::size_t size) {
  std::size_t cut = size;
  while (cut > 0 && size - cut < 4 && IsContinuation(text[cut])) --cut;
  return cut == 0 || IsContinuation(text[cut]) ? size : cut;
}

}  // namespace

std::string ToValidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    if (length > 0) {
      out.append(text.substr(0, length));
    } else {
      out.append("\xef\xbf\xbd");
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

void LineSplitter::Feed(std::string_view bytes, std::int64_t now) {
  while (!bytes.empty()) {
    if (after_return_) {
      after_return_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        EndLine();
        continue;
      }
      EndProgress(now);
    }
    const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    Take(bytes.substr(0, end), now);
    if (end == bytes.size()) return;
    if (bytes[end] == '\n') {
      EndLine();
    } else {
      after_return_ = true;
    }
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::Take(std::string_view part, std::int64_t now) {
  if (part.empty()) return;
  if (line_.empty()) line_since_ = now;
  progress_.clear();  // Overwritten.
  line_.append(part);
  while (line_.size() > kLineSizeMax) {
    std::string piece = line_.substr(0, CutBefore(line_, kLineSizeMax));
    line_.erase(0, piece.size());
    GiveOut(piece);
  }
}

void LineSplitter::EndLine() { GiveOut(line_.empty() ? progress_ : line_); }

void LineSplitter::EndProgress(std::int64_t now) {
  if (line_.empty()) return;
  progress_ = std::exchange(line_, {});
  if (now - progress_given_out_ < kPatience) return;
  progress_given_out_ = now;
  GiveOut(progress_);
}

void LineSplitter::GiveOut(std::string& text) {
  if (text.empty()) return;
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
  each_(ascii ? text : ToValidUtf8(text));
  text.clear();
}

void LineSplitter::Tick(std::int64_t now) {
  if (TickDue().value_or(INT64_MAX) > now) return;
  if (after_return_) {
    after_return_ = false;
    EndProgress(now);
  }
  GiveOut(line_);
  GiveOut(progress_);
  progress_given_out_ = now;
}

std::optional<std::int64_t> LineSplitter::TickDue() const {
  if (!line_.empty()) return line_since_ + kPatience;
  if (!progress_.empty()) return progress_given_out_ + kPatience;
  return std::nullopt;
}

void LineSplitter::Finish() {
  after_return_ = false;
  GiveOut(line_);
  GiveOut(progress_);
}

}  // namespace sagebrush::runtime
