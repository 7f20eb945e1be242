#pragma once

#include "objects/index_tables.h"

// How rows of the index become what they stand for. Used by the files of IndexTables only.
namespace sagebrush::objects {

// Columns: key, size, etag, modified, checksum.
Object ReadObjectRow(const store::SqliteQuery& row);
// Columns: those of ReadObjectRow, then attributes, file, version, sequence, delete_marker.
IndexedObject ReadVersionRow(const store::SqliteQuery& row);

inline std::int64_t ToColumn(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace sagebrush::objects
