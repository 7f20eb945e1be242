#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What the program sagebrush-select tells the server, one message after the other: a letter, four bytes of length (the
// most significant first), the payload.
namespace sagebrush::select {

struct Message {
  enum class Kind : char {
    kBegun = 'B',     // The query is one, and the object's beginning can be read; no payload.
    kRecords = 'R',   // Bytes of the result.
    kProgress = 'P',  // Counts as a document.
    kDone = 'D',      // Counts, at the end of a whole result.
    kFailed = 'F',    // {"Code", "Message"}: nothing more comes.
  };
  Kind kind = Kind::kBegun;
  std::string payload{};
};

inline constexpr std::size_t kMessageBytesMax = 4 << 20;

void AppendMessage(Message::Kind kind, std::string_view payload, std::string& out);

// Takes messages out of a stream of bytes. Whoever sends them is believed in nothing.
class MessageReader {
 public:
  void Add(std::string_view bytes) { bytes_ += bytes; }
  // nullopt: none is whole yet. Throws Error(kInternalError) for what is no message.
  std::optional<Message> Next();

 private:
  std::string bytes_;
};

}  // namespace sagebrush::select
