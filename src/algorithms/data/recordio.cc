#include "algorithms/data/recordio.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "algorithms/algorithm.h"
#include "algorithms/data/protobuf.h"

namespace sagebrush::algorithms {
namespace {

constexpr std::uint32_t kMagic = 0xCED7230A;
constexpr std::uint32_t kColumnMax = 1u << 30;

std::uint32_t ReadWord(std::string_view bytes) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data(), 4);
  return word;
}

[[noreturn]] void RefuseStream(std::string_view name, std::size_t at, std::string_view why) {
  throw Error(kClientError,
              fmt::format("{}, byte {}: {}. The content type application/x-recordio-protobuf needs RecordIO records.",
                          name, at, why));
}

// A tensor of the Record message. Values of any of its types, as floats.
struct Tensor {
  std::vector<float> values;
  std::vector<std::uint64_t> keys;
  std::vector<std::uint64_t> shape;
  bool present = false;
};

enum class Number { kFloat32, kFloat64, kInt32 };

float FromBits(std::uint64_t bits, Number type) {
  switch (type) {
    case Number::kFloat32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case Number::kFloat64:
      return static_cast<float>(std::bit_cast<double>(bits));
    case Number::kInt32:
      return static_cast<float>(static_cast<std::int32_t>(bits));
  }
  return 0;
}

// Values packed into one field, or one value in a field of its own.
void AddValues(const ProtobufFields& field, Number type, std::vector<float>& out) {
  if (!field.length_delimited()) return out.push_back(FromBits(field.integer(), type));
  std::string_view rest = field.bytes();
  if (type == Number::kInt32) {
    while (!rest.empty()) out.push_back(FromBits(ProtobufFields::TakeVarint(rest), type));
    return;
  }
  const std::size_t size = type == Number::kFloat32 ? 4 : 8;
  if (rest.size() % size != 0) throw Error(kClientError, "the tensor's packed values are cut off");
  out.reserve(out.size() + rest.size() / size);
  for (; !rest.empty(); rest.remove_prefix(size)) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, rest.data(), size);
    out.push_back(FromBits(bits, type));
  }
}

void AddIntegers(const ProtobufFields& field, std::vector<std::uint64_t>& out) {
  if (!field.length_delimited()) return out.push_back(field.integer());
  for (std::string_view rest = field.bytes(); !rest.empty();) out.push_back(ProtobufFields::TakeVarint(rest));
}

Tensor ParseTensor(std::string_view message, Number type) {
  Tensor tensor;
  tensor.present = true;
  ProtobufFields fields(message);
  while (fields.Next()) {
    if (fields.number() == 1) AddValues(fields, type, tensor.values);
    if (fields.number() == 2) AddIntegers(fields, tensor.keys);
    if (fields.number() == 3) AddIntegers(fields, tensor.shape);
  }
  return tensor;
}

Tensor ParseValue(std::string_view message) {
  ProtobufFields fields(message);
  Tensor tensor;
  while (fields.Next()) {
    if (fields.number() == 2) tensor = ParseTensor(fields.bytes(), Number::kFloat32);
    if (fields.number() == 3) tensor = ParseTensor(fields.bytes(), Number::kFloat64);
    if (fields.number() == 7) tensor = ParseTensor(fields.bytes(), Number::kInt32);
    if (fields.number() == 9) throw Error(kClientError, "the tensor holds bytes (an image?) where numbers are needed");
  }
  return tensor;
}

// An entry of a map<string, Value>: kept when its key is "values".
void ParseEntry(std::string_view message, Tensor& tensor) {
  std::string_view key, value;
  ProtobufFields fields(message);
  while (fields.Next()) {
    if (fields.number() == 1) key = fields.bytes();
    if (fields.number() == 2) value = fields.bytes();
  }
  if (key == "values") tensor = ParseValue(value);
}

void AddSparseRow(const Tensor& tensor, Features& features) {
  if (tensor.keys.size() != tensor.values.size()) {
    throw Error(kClientError,
                fmt::format("the sparse tensor has {} keys for {} values", tensor.keys.size(), tensor.values.size()));
  }
  for (std::size_t i = 0; i < tensor.keys.size(); ++i) {
    if (tensor.keys[i] >= kColumnMax) throw Error(kClientError, "a key of the sparse tensor is no column");
    features.indices.push_back(static_cast<std::uint32_t>(tensor.keys[i]));
    features.columns = std::max<std::size_t>(features.columns, tensor.keys[i] + 1);
  }
  if (!tensor.shape.empty() && tensor.shape.back() > 0 && tensor.shape.back() <= kColumnMax) {
    features.columns = std::max<std::size_t>(features.columns, tensor.shape.back());
  }
  features.values.insert(features.values.end(), tensor.values.begin(), tensor.values.end());
  if (!EndSparseRow(features)) throw Error(kClientError, "a key of the sparse tensor is there twice");
}

void AddDenseRow(const Tensor& tensor, Features& features) {
  if (tensor.values.empty()) throw Error(kClientError, "the record has no features");
  if (features.rows == 0) features.columns = tensor.values.size();
  if (tensor.values.size() != features.columns) {
    throw Error(kClientError, fmt::format("the record has {} features where the first one has {}", tensor.values.size(),
                                          features.columns));
  }
  features.values.insert(features.values.end(), tensor.values.begin(), tensor.values.end());
  ++features.rows;
}

void AddLabel(const Tensor& tensor, Labels wanted, Dataset& data) {
  const bool there = !tensor.values.empty() && std::isfinite(tensor.values.front());
  if (!there && wanted == Labels::kRequired) {
    throw Error(kClientError, "the record has no label that is a finite number");
  }
  if (there) data.labels.push_back(tensor.values.front());
}

void AddRecord(std::string_view message, Labels wanted, Dataset& data) {
  Tensor values, labels;
  ProtobufFields fields(message);
  while (fields.Next()) {
    if (fields.number() == 1) ParseEntry(fields.bytes(), values);
    if (fields.number() == 2) ParseEntry(fields.bytes(), labels);
  }
  if (!values.present) throw Error(kClientError, "the record has no features tensor named \"values\"");
  const bool sparse = !values.keys.empty() || (values.values.empty() && !values.shape.empty());
  Features& features = data.features;
  if (features.rows == 0 && sparse) features.offsets.push_back(0);
  if (sparse != features.sparse()) throw Error(kClientError, "the records mix dense and sparse tensors");
  if (std::any_of(values.values.begin(), values.values.end(), [](float value) { return std::isinf(value); })) {
    throw Error(kClientError, "a feature is infinite: give a finite number, or NaN where the value is missing");
  }
  sparse ? AddSparseRow(values, features) : AddDenseRow(values, features);
  if (wanted != Labels::kNone) AddLabel(labels, wanted, data);
}

}  // namespace

void ForEachRecord(const NamedText& stream, const std::function<void(std::string_view)>& each) {
  const std::string& name = stream.name;
  const std::string_view bytes = stream.bytes.substr(0, stream.begin + stream.size());
  std::string joined;
  bool open = false;  // Between the first and the last part of a record.
  for (std::size_t at = stream.begin; at < bytes.size();) {
    if (bytes.size() - at < 8) RefuseStream(name, at, "the record's header is cut off");
    if (ReadWord(bytes.substr(at)) != kMagic)
      RefuseStream(name, at, "there is no record here (its magic number is wrong)");
    const std::uint32_t word = ReadWord(bytes.substr(at + 4));
    const std::uint32_t part = word >> 29;
    const std::size_t length = word & ((1u << 29) - 1);
    if (length > bytes.size() - at - 8) RefuseStream(name, at, "the record is cut off");
    if (part > 3 || open != (part == 2 || part == 3)) RefuseStream(name, at, "the parts of a record are out of order");
    const std::string_view content = bytes.substr(at + 8, length);
    if (part == 0) {
      each(content);
    } else {
      if (part == 1) joined.clear();
      if (part != 1) joined.append(reinterpret_cast<const char*>(&kMagic), 4);  // A magic number in the data split it.
      joined += content;
      if (part == 3) each(joined);
      open = part != 3;
    }
    at += 8 + (length + 3) / 4 * 4;
  }
  if (open) RefuseStream(name, bytes.size(), "the last record's further parts are missing");
}

std::size_t EndOfRecord(std::string_view bytes, std::size_t begin, std::size_t least) {
  std::size_t at = begin;
  for (bool open = false; at < bytes.size() && (at <= least || open);) {
    if (bytes.size() - at < 8) return bytes.size();
    const std::uint32_t word = ReadWord(bytes.substr(at + 4));
    const std::uint32_t part = word >> 29;
    open = part == 1 || part == 2;
    at += 8 + (std::size_t{word & ((1u << 29) - 1)} + 3) / 4 * 4;
  }
  return std::min(at, bytes.size());
}

std::size_t EndOfWholeRecords(std::string_view bytes) {
  std::size_t whole = 0;
  for (std::size_t at = 0; bytes.size() - at >= 8;) {
    if (ReadWord(bytes.substr(at)) != kMagic) return bytes.size();
    const std::uint32_t word = ReadWord(bytes.substr(at + 4));
    const std::uint32_t part = word >> 29;
    at += 8 + (std::size_t{word & ((1u << 29) - 1)} + 3) / 4 * 4;
    if (at > bytes.size()) break;
    if (part == 0 || part == 3) whole = at;
  }
  return whole;
}

Dataset ReadRecords(std::span<const NamedText> streams, Labels labels) {
  Dataset data;
  for (const NamedText& stream : streams) {
    std::size_t number = 0;
    ForEachRecord(stream, [&](std::string_view message) {
      ++number;
      try {
        AddRecord(message, labels, data);
      } catch (const Error& error) {
        // Counted from the file's first record, which may be in an earlier part.
        ForEachRecord({stream.name, stream.bytes, 0, stream.begin}, [&](std::string_view) { ++number; });
        throw Error(kClientError, fmt::format("{}, record {}: {}.", stream.name, number, error.what()));
      }
    });
  }
  if (data.labels.size() != data.features.rows) data.labels.clear();
  return data;
}

}  // namespace sagebrush::algorithms
