// links: select
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "select/csv_record.h"
#include "select/parser.h"
#include "select/translation.h"
#include "try.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const select::Source csv{select::SourceFormat::kCsv, {{"a"}, {"B"}}, "t"}, json{select::SourceFormat::kJson, {}, "t"};
  Try([&] { select::Translate(select::ParseQuery(text), csv); });
  Try([&] { select::Translate(select::ParseQuery(text), json); });
  Try([&] { select::FirstRecord({}, text, true); });
  return 0;
}
