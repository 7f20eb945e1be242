#include "serving/record_writer.h"

#include <cstdint>
#include <cstring>

namespace sagebrush::serving {
namespace {

constexpr std::uint32_t kMagic = 0xCED7230A;
// Field numbers of Record.label, a map entry's key and value, Value.float32_tensor and Float32Tensor.values.
constexpr int kLabel = 2, kKey = 1, kValue = 2, kFloat32Tensor = 2, kValues = 1;

void AppendVarint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void AppendField(int number, std::string_view bytes, std::string& out) {
  AppendVarint(static_cast<std::uint64_t>(number) << 3 | 2, out);
  AppendVarint(bytes.size(), out);
  out += bytes;
}

void AppendWord(std::uint32_t word, std::string& out) {
  char bytes[4];
  std::memcpy(bytes, &word, 4);
  out.append(bytes, 4);
}

}  // namespace

void RecordWriter::AddLabel(std::string_view name, std::span<const float> values) {
  const std::string_view raw(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  std::string tensor, value, entry;
  AppendField(kValues, raw, tensor);
  AppendField(kFloat32Tensor, tensor, value);
  AppendField(kKey, name, entry);
  AppendField(kValue, value, entry);
  AppendField(kLabel, entry, message_);
}

void RecordWriter::AppendTo(std::string& out) const {
  AppendWord(kMagic, out);
  AppendWord(static_cast<std::uint32_t>(message_.size()), out);
  out += message_;
  out.append((4 - message_.size() % 4) % 4, '\0');
}

}  // namespace sagebrush::serving
