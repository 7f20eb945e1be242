#pragma once

#include <string_view>

#include "store/sqlite_connection.h"

namespace sagebrush::store {

// The version of the schema that this program reads and writes.
int SchemaVersion();

// Brings the database to `version` (for tests of older ones; otherwise the newest), each step in one transaction, so
// that a crash leaves a version that the next start goes on from.
// Throws Error when a newer program wrote the database.
void Migrate(SqliteConnection& connection, const Path& file, int version = SchemaVersion());

}  // namespace sagebrush::store
