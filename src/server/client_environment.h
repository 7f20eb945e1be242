#pragma once

#include <map>
#include <string>

#include "base/file.h"

namespace sagebrush::server {

// What a client on this machine needs in its environment, read from a server's data directory: endpoint URL, region,
// keys, role, SDK configuration, CA bundle and proxy for addresses that SDKs have hard-coded.
// Throws Error when `data` is no data directory of a server.
std::map<std::string, std::string> ClientEnvironment(const Path& data, bool proxy);

// Writes the files in <data>/client that the environment points at.
void WriteClientFiles(const Path& data, const std::string& region, const std::string& account,
                      const std::string& role_arn);

}  // namespace sagebrush::server
