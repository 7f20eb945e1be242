#pragma once

#include <optional>
#include <string>

#include "base/aead.h"

namespace sagebrush::identity {

// Where the key comes from that the file server.key is sealed with: nowhere (that file is then what it says, 0600), or
// from one of these. Each gives 32 bytes in base64.
struct MasterKeySource {
  std::string variable{};  // Of the environment; it is taken out of it, so that no child process has it.
  std::string command{};   // For sh; it prints the key.
};

// nullopt: there is no source. Throws Error that names the source, and what it gave never, when it gives no key.
std::optional<SecretKey> ReadMasterKey(const MasterKeySource& source);

}  // namespace sagebrush::identity
