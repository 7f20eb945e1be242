#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "select/serialization.h"

namespace sagebrush::select {

struct CsvRecord {
  std::vector<std::string> fields;
  std::size_t bytes = 0;  // With its delimiter.
};

// The record at the beginning of `text`, which ends at its delimiter or, `is_all`, with the text; how a header, and how
// many columns there are, are known. nullopt: more bytes are needed.
std::optional<CsvRecord> FirstRecord(const CsvInput& csv, std::string_view text, bool is_all);

}  // namespace sagebrush::select
