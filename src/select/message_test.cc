#include "select/message.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::select {
namespace {

TEST(Message, ComesWholeFromBytesInPieces) {
  std::string bytes;
  AppendMessage(Message::Kind::kRecords, "abc", bytes);
  AppendMessage(Message::Kind::kBegun, "", bytes);
  MessageReader reader;
  std::vector<std::string> found;
  for (const char byte : bytes) {
    reader.Add(std::string_view(&byte, 1));
    while (const auto message = reader.Next()) found.push_back(static_cast<char>(message->kind) + message->payload);
  }
  EXPECT_EQ(found, (std::vector<std::string>{"Rabc", "B"}));
}

TEST(Message, BelievesNoKindAndNoLength) {
  MessageReader unknown, endless;
  unknown.Add(std::string_view("X\0\0\0\0", 5));
  EXPECT_THROW(unknown.Next(), Error);
  endless.Add("R\xff\xff\xff\xff");
  EXPECT_THROW(endless.Next(), Error);
}

}  // namespace
}  // namespace sagebrush::select
