// links: store
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/encoding.h"
#include "base/error.h"
#include "store/page_token.h"

// Texts as they are, and behind a right tag so that the reader of positions is reached.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const sagebrush::store::PageTokens tokens("key");
  sagebrush::store::ListQuery query;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  for (const std::string& token : {text, sagebrush::ToBase64(text), tokens.Seal(query, {text, text})}) {
    query.page_token = token;
    try {
      tokens.Open(query);
    } catch (const sagebrush::Error&) {
    }
  }
  return 0;
}
