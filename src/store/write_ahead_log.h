#pragma once

#include "base/file.h"

namespace sagebrush::store {

// Before the SQLite database `file` is opened: throws Error(kInternalFailure) when its write-ahead log has lost commits
// that were acknowledged. SQLite itself takes a log as far as it is intact and passes over the rest in silence, since
// what a crash left half written looks the same. Two things tell them apart:
// - A commit is begun only when the one before it is on the disk. So behind what a crash tore there is never the
//   beginning of another commit; where there is one, bytes before it were changed later.
// - The file FILE-shm outlives a killed process, and counts the commits that were on the disk.
// Not seen: the loss of the last commits together with FILE-shm or after the machine itself went down.
// May be called while another process writes the database, but not while this one has it open: closing a file again
// gives up SQLite's locks on it. Does nothing when there is no log, as after a clean end.
void RequireIntactLog(const Path& file);

}  // namespace sagebrush::store
