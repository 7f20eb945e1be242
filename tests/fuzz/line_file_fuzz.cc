// links: base
#include <fcntl.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/line_file.h"

namespace {
std::vector<std::string> Messages(const sagebrush::Path& path) {
  std::vector<std::string> messages;
  sagebrush::ReadLines(path, 0, [&](const sagebrush::LogLine& line) {
    messages.push_back(line.message);
    return true;
  });
  return messages;
}
}  // namespace

// Lines are written, then bytes of the file are replaced: what is read is the lines before the damage, and a writer
// that opens the file appends a line that can be read. The first two bytes tell where and how much; up to the first
// zero byte after them stands the damage, behind it the lines.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static const sagebrush::TemporaryDirectory directory;
  const sagebrush::Path path = directory.path() / "lines";
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = std::min(input.find('\0', 2), size);
  const std::string damage = input.substr(2, cut - 2);

  std::filesystem::remove(path);
  std::vector<std::string> written;
  {
    sagebrush::LineFileWriter writer(path);
    for (std::size_t at = cut + 1; at < size;) {
      const std::size_t end = std::min(input.find('\n', at), size);
      writer.Append({1}, {2}, written.emplace_back(input.substr(at, end - at)));
      at = end + 1;
    }
  }
  std::string bytes = sagebrush::ReadFile(path);
  bytes.replace(std::min<std::size_t>(data[0], bytes.size()), data[1], damage);
  sagebrush::WriteAll(sagebrush::OpenFile(path, O_WRONLY | O_TRUNC).get(), bytes);

  auto read = Messages(path);
  std::size_t same = 0;
  for (std::size_t end = 0; same < std::min(written.size(), read.size()); ++same) {
    end += 24 + written[same].size();
    if (end > data[0]) break;
    if (read[same] != written[same]) __builtin_trap();
  }
  sagebrush::LineFileWriter(path).Append({1}, {2}, "after");
  read.emplace_back("after");
  if (Messages(path) != read) __builtin_trap();
  return 0;
}
