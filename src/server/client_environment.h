#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file.h"

namespace sagebrush::server {

using Variables = std::map<std::string, std::string>;

// What changes in the environment of a shell whose programs shall be clients of a server on this machine.
struct ClientEnvironment {
  Variables set;
  std::vector<std::string> unset;  // Variables of the caller that would undo what is set.
  std::string note;                // What had to be left out, and why; empty: nothing.
};

// Reads it from a server's data directory: endpoint URL, region, keys, role, SDK configuration and, with `proxy`, what
// SDKs need to reach the server at addresses that they have hard-coded: a proxy, and a bundle of authorities that is
// written here, afresh each time. `caller` is the environment of the caller: what it says of proxies and authorities
// goes on to hold. Throws Error when `data` is no data directory of a server.
ClientEnvironment ReadClientEnvironment(const Path& data, bool proxy, const Variables& caller);

// The environment of this process.
Variables OwnEnvironment();

// Writes the files in <data>/client that the environment points at.
void WriteClientFiles(const Path& data, const std::string& region, const std::string& account,
                      const std::string& role_arn);

}  // namespace sagebrush::server
