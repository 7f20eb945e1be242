#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace sagebrush::algorithms {

// An array of floats, row after row.
struct NdArray {
  std::string name;  // Empty: the file has no names.
  std::vector<std::uint64_t> shape;
  std::vector<float> values;  // As many as the shape says.
};

// Apache MXNet's file of arrays, which `mx.nd.load` reads: what SageMaker's own algorithms leave as their model
// (model_algo-1). Little-endian: 0x112 and 0 as 64-bit words, the count of arrays, the arrays, the count of names, each
// name behind its length. An array: its version 0xF993FAC9, the storage type 0 (dense), the number of dimensions,
// each of them in 64 bits, the device 1 (CPU) and its number 0, the type 0 (float32), the values.
std::string WriteNdArrays(std::span<const NdArray> arrays);
// Reads dense arrays of float32, of that version or the one before (0xF993FAC8, without a storage type). Throws
// Error(kClientError) on anything else; a shape that the bytes cannot hold takes no memory.
std::vector<NdArray> ReadNdArrays(std::string_view bytes);

// The file in a model directory, by the name that SageMaker's algorithms give it.
inline constexpr char kNdArrayModel[] = "model_algo-1";
// Reads it. Throws Error(kClientError) that names the file, also where there is none.
std::vector<NdArray> ReadModelArrays(const Path& model_directory);

}  // namespace sagebrush::algorithms
