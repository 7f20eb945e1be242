#include "telemetry/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include "base/error.h"

namespace sagebrush::telemetry {
namespace {

// About a tenth of a second at worst.
constexpr std::uint32_t kMatchLimit = 1'000'000;
constexpr std::uint32_t kHeapLimitKib = 20'000;
constexpr std::uint32_t kOptions = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;

struct FreeData {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
using MatchData = std::unique_ptr<pcre2_match_data, FreeData>;

}  // namespace

struct Pattern::Compiled {
  pcre2_code* code = nullptr;
  pcre2_match_context* context = nullptr;

  ~Compiled() {
    pcre2_match_context_free(context);
    pcre2_code_free(code);
  }
  // As pcre2_match.
  int Match(std::string_view text, std::size_t from, std::uint32_t options, pcre2_match_data* data) const {
    return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, options, data, context);
  }
};

Pattern::Pattern(const std::string& expression) : compiled_(std::make_unique<Compiled>()) {
  int code = 0;
  std::size_t place = 0;
  compiled_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(), kOptions, &code,
                                  &place, nullptr);
  if (compiled_->code == nullptr) {
    char message[256] = "";
    pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(message), sizeof message);
    throw Error(kValidation, fmt::format("Invalid regular expression '{}': {} at character {}.", expression,
                                         reinterpret_cast<const char*>(message), place + 1));
  }
  pcre2_jit_compile(compiled_->code, PCRE2_JIT_COMPLETE);  // Without it the interpreter matches.
  compiled_->context = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(compiled_->context, kMatchLimit);
  pcre2_set_heap_limit(compiled_->context, kHeapLimitKib);
}

Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

bool Pattern::FindAll(std::string_view text, const std::function<void(std::string_view)>& each) const {
  const MatchData data(pcre2_match_data_create_from_pattern(compiled_->code, nullptr));
  if (text.data() == nullptr) text = "";
  std::size_t from = 0;
  std::uint32_t options = 0;
  while (from <= text.size()) {
    const int groups = compiled_->Match(text, from, options, data.get());
    if (groups == PCRE2_ERROR_NOMATCH) {
      if (options == 0) return true;
      // There was an empty match here; go on behind the next character.
      options = 0;
      ++from;
      while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xc0) == 0x80) ++from;
      continue;
    }
    if (groups < 0) return false;
    const std::size_t* ends = pcre2_get_ovector_pointer(data.get());
    const std::size_t group = groups > 1 ? 2 : 0;
    if (ends[group] != PCRE2_UNSET) each(text.substr(ends[group], ends[group + 1] - ends[group]));
    options = ends[0] == ends[1] ? PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED : 0;
    from = std::max(ends[1], from);
  }
  return true;
}

bool Pattern::Matches(std::string_view text) const {
  const MatchData data(pcre2_match_data_create_from_pattern(compiled_->code, nullptr));
  if (text.data() == nullptr) text = "";
  return compiled_->Match(text, 0, 0, data.get()) >= 0;
}

}  // namespace sagebrush::telemetry
