#pragma once

#include <cstdint>
#include <optional>

namespace sagebrush::select {

// Where the program sagebrush-select finds the query (four bytes of its length, a document) and behind it the object's
// bytes, and where it says what came of it (message.h). Of a Parquet object the bytes are a file.
inline constexpr int kQueryFd = 0;
inline constexpr int kMessagesFd = 1;
inline constexpr int kObjectFd = 3;

// Runs one query in its sandbox (query_process.h). `user`: whom to become first.
[[noreturn]] void RunWorker(std::optional<std::uint32_t> user);

}  // namespace sagebrush::select
