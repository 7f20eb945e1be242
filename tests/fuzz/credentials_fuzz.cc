// links: identity
// What says who somebody is, from outside: a credentials file and session tokens.
#include <fcntl.h>

#include <cstdint>
#include <string_view>

#include "base/file.h"
#include "identity/credentials_file.h"
#include "identity/session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  static const TemporaryDirectory directory;
  static const auto key = identity::ServerKey::OpenOrCreate(directory.path() / "key");
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  // What was read is written as a file that reads back the same.
  const Path file = directory.path() / "credentials";
  WriteAll(OpenFile(file, O_WRONLY | O_CREAT | O_TRUNC).get(), text);
  if (const auto read = identity::ReadCredentialsFile(file)) {
    identity::WriteCredentialsFile(file, *read);
    const auto again = identity::ReadCredentialsFile(file);
    if (!again || again->access_key_id != read->access_key_id || again->secret_key != read->secret_key ||
        again->session_token != read->session_token) {
      __builtin_trap();
    }
  }
  if (identity::ReadSessionToken(text, key)) __builtin_trap();  // Nobody seals with a key made just now.
  return 0;
}
