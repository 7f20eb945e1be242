#include "identity/master_key.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

namespace sagebrush::identity {
namespace {

SecretKey Decode(const Secret& text, const std::string& origin) {
  std::string bytes;
  const bool is_key = FromBase64(Trim(text.view()), bytes) && bytes.size() == SecretKey::kSize;
  const Secret decoded(std::move(bytes));
  if (is_key) return SecretKey(decoded.view());
  throw Error(kInternalFailure, fmt::format("{} gives no master key: it must be 32 bytes in base64, as `openssl rand "
                                            "-base64 32` makes them.",
                                            origin));
}

Secret TakeVariable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr)
    throw Error(kInternalFailure, fmt::format("The environment variable {}, which should hold the master key, is not "
                                              "set.",
                                              name));
  Secret text{std::string(value)};
  ::unsetenv(name.c_str());
  return text;
}

Secret OutputOf(const std::string& command) {
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "re"), &::pclose);
  if (pipe == nullptr) ThrowSystemError("Cannot run the command for the master key");
  std::array<char, 4096> buffer{};  // More than any key needs; what comes after it makes it none.
  Secret text(std::string(buffer.data(), std::fread(buffer.data(), 1, buffer.size(), pipe.get())));
  OPENSSL_cleanse(buffer.data(), buffer.size());
  if (const int status = ::pclose(pipe.release()); status != 0) {
    throw Error(kInternalFailure, fmt::format("The command for the master key, {}, failed (wait status {}). It must "
                                              "print the key and exit with 0.",
                                              command, status));
  }
  return text;
}

}  // namespace

std::optional<SecretKey> ReadMasterKey(const MasterKeySource& source) {
  if (!source.command.empty()) return Decode(OutputOf(source.command), "The command " + source.command);
  if (!source.variable.empty())
    return Decode(TakeVariable(source.variable), "The environment variable " + source.variable);
  return std::nullopt;
}

}  // namespace sagebrush::identity
