#include "objects/grant_header.h"

#include <algorithm>

#include "base/text.h"
#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

[[noreturn]] void Fail(std::string_view header) {
  throw Error(kInvalidArgument, "Argument format not recognized",
              JsonObject{{"ArgumentName", "x-amz-grant"}, {"ArgumentValue", Legible(FirstBytes(header, 200))}});
}

}  // namespace

std::vector<HeaderGrantee> ParseGrantHeader(std::string_view header) {
  std::vector<HeaderGrantee> grantees;
  for (std::string_view rest = header;;) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) Fail(header);
    HeaderGrantee& grantee = grantees.emplace_back();
    grantee.type = Lower(Trim(rest.substr(0, equals)));
    rest = Trim(rest.substr(equals + 1));
    const bool quoted = rest.starts_with('"');
    const std::size_t end = quoted ? rest.find('"', 1) : std::min(rest.find(','), rest.size());
    if (end == std::string_view::npos) Fail(header);
    grantee.value = Trim(rest.substr(quoted ? 1 : 0, quoted ? end - 1 : end));
    const bool is_word =
        std::all_of(grantee.type.begin(), grantee.type.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (grantee.type.empty() || !is_word || grantee.value.empty()) Fail(header);
    rest = Trim(rest.substr(quoted ? end + 1 : end));
    if (rest.empty()) return grantees;
    if (!rest.starts_with(',')) Fail(header);
    rest.remove_prefix(1);
  }
}

}  // namespace sagebrush::objects
