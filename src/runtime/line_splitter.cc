#include "runtime/line_splitter.h"

#include <algorithm>

#include "base/text.h"

namespace sagebrush::runtime {

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
    std::string piece(FirstBytes(line_, kLineSizeMax));
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
  const std::string shown = Legible(text);  // Longer than `text` where odd bytes are shown.
  for (std::string_view rest = shown; !rest.empty();) {
    const std::string_view piece = FirstBytes(rest, kLineSizeMax);
    each_(piece);
    rest.remove_prefix(piece.size());
  }
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
