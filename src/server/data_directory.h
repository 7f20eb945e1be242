#pragma once

#include "base/file.h"

namespace sagebrush::server {

// The directory of everything that a server keeps. Nobody but its user may look into it or at a file in it: from Open
// on, files of this process are made 0600 and directories 0700, and an existing directory that is looser is tightened.
//
// A first start makes what is missing. Once everything was there together (MarkComplete), a file that is missing is
// lost: a server that made a new database or key then would hide the loss, and write over what a backup could mend.

// Makes `data` when it is missing; returns its absolute path. Throws Error, naming the file and what to do, when the
// directory was complete once and lacks a file that cannot be made anew.
Path OpenDataDirectory(const Path& data);

// To be called once all parts have made their files. Does nothing when it was done before. Durable on return.
void MarkComplete(const Path& data);

}  // namespace sagebrush::server
