#include "algorithms/data/ndarray_file.h"

#include <fmt/format.h>

#include <cstring>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {
namespace {

constexpr std::uint64_t kListMagic = 0x112;
constexpr std::uint32_t kVersion2 = 0xF993FAC9, kVersion1 = 0xF993FAC8;
constexpr std::int32_t kDense = 0, kCpu = 1, kFloat32 = 0;
constexpr std::uint32_t kDimensionsMax = 32;

template <typename Word>
void Append(Word word, std::string& out) {
  out.append(reinterpret_cast<const char*>(&word), sizeof word);
}

[[noreturn]] void Refuse(std::string_view why) {
  throw Error(kClientError, fmt::format("The file of arrays is damaged: {}.", why));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view Take(std::uint64_t count) {
    if (count > rest_.size()) Refuse("it is cut off");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  template <typename Word>
  Word Take() {
    Word word{};
    std::memcpy(&word, Take(sizeof word).data(), sizeof word);
    return word;
  }

  NdArray TakeArray() {
    const auto version = Take<std::uint32_t>();
    if (version != kVersion1 && version != kVersion2) Refuse("an array is of an unknown version");
    if (version == kVersion2 && Take<std::int32_t>() != kDense) Refuse("an array is sparse");
    NdArray array;
    const auto dimensions = Take<std::uint32_t>();
    if (dimensions == 0 || dimensions > kDimensionsMax) Refuse("an array has no shape");
    std::uint64_t count = 1;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      array.shape.push_back(Take<std::uint64_t>());
      if (__builtin_mul_overflow(count, array.shape.back(), &count)) Refuse("an array is too large");
    }
    Take(2 * sizeof(std::int32_t));  // The device that it was on.
    if (Take<std::int32_t>() != kFloat32) Refuse("an array is not of float32");
    if (count > rest_.size() / sizeof(float)) Refuse("it is cut off");
    array.values.resize(count);
    if (count > 0) std::memcpy(array.values.data(), Take(count * sizeof(float)).data(), count * sizeof(float));
    return array;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::string WriteNdArrays(std::span<const NdArray> arrays) {
  std::string out;
  Append(kListMagic, out);
  Append(std::uint64_t{0}, out);
  Append(std::uint64_t{arrays.size()}, out);
  bool named = false;
  for (const NdArray& array : arrays) {
    named = named || !array.name.empty();
    Append(kVersion2, out);
    Append(kDense, out);
    Append(static_cast<std::uint32_t>(array.shape.size()), out);
    for (const std::uint64_t size : array.shape) Append(size, out);
    Append(kCpu, out);
    Append(std::int32_t{0}, out);
    Append(kFloat32, out);
    out.append(reinterpret_cast<const char*>(array.values.data()), array.values.size() * sizeof(float));
  }
  Append(std::uint64_t{named ? arrays.size() : 0}, out);
  for (std::size_t i = 0; named && i < arrays.size(); ++i) {
    Append(std::uint64_t{arrays[i].name.size()}, out);
    out += arrays[i].name;
  }
  return out;
}

std::vector<NdArray> ReadNdArrays(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.Take<std::uint64_t>() != kListMagic) Refuse("it does not begin as one");
  reader.Take<std::uint64_t>();
  std::vector<NdArray> arrays;
  for (auto left = reader.Take<std::uint64_t>(); left > 0; --left) arrays.push_back(reader.TakeArray());
  const auto names = reader.Take<std::uint64_t>();
  if (names != 0 && names != arrays.size()) Refuse("it has other names than arrays");
  for (std::uint64_t i = 0; i < names; ++i) arrays[i].name = reader.Take(reader.Take<std::uint64_t>());
  return arrays;
}

std::vector<NdArray> ReadModelArrays(const Path& model_directory) {
  const Path file = model_directory / kNdArrayModel;
  const auto bytes = ReadFileIfExists(file);
  if (!bytes) {
    throw Error(kClientError, fmt::format("The model directory {} has no {}. Put it at the top of model.tar.gz.",
                                          model_directory.string(), kNdArrayModel));
  }
  try {
    return ReadNdArrays(*bytes);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("Model file {}: {}", file.string(), error.what()));
  }
}

}  // namespace sagebrush::algorithms
