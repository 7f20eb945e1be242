// links: keys
// Keys that somebody else made: private ones to be imported, public ones to agree with; and what is wrapped for import.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/file.h"
#include "keys/import_token.h"
#include "keys/private_key.h"
#include "try.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  static const keys::KeySpec& spec = *keys::FindKeySpec("ECC_NIST_P256", keys::kKeyAgreement);
  static const auto own = keys::PrivateKey::Generate(spec);
  static const TemporaryDirectory directory;
  static const auto server_key = identity::ServerKey::OpenOrCreate(directory.path() / "key");
  static const Time end{1'000'000};
  static const auto parameters = keys::MakeImportToken(server_key, "arn", "RSA_AES_KEY_WRAP_SHA_256", "RSA_2048", end);
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  for (const char* name : {"ECC_NIST_P256", "RSA_2048"}) {
    const auto key = keys::PrivateKey::Parse(text, *keys::FindKeySpec(name));
    if (key && key->IsSound()) key->PublicDer();
  }
  own.Derive(text);
  Try([&] { keys::UnwrapImport(server_key, "arn", parameters.token, text, {}); });
  Try([&] { keys::UnwrapImport(server_key, "arn", text, text, {}); });
  return 0;
}
