#define PCRE2_CODE_UNIT_WIDTH 8
#include "wire/pattern.h"

#include <memory>
#include <string>

#include <pcre2.h>

#include "base/log.h"
#include "wire/java_pattern.h"

namespace sagebrush::wire {
namespace {

constexpr std::uint32_t kMatchLimit = 1'000'000;
constexpr std::size_t kJitStackBytesMax = 1 << 20;

// Stands for a pattern that PCRE2 cannot read.
const char kUnusable = 0;

struct MatchScratch {
  std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data{pcre2_match_data_create(1, nullptr),
                                                                           pcre2_match_data_free};
  std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> context{pcre2_match_context_create(nullptr),
                                                                                    pcre2_match_context_free};
  std::unique_ptr<pcre2_jit_stack, decltype(&pcre2_jit_stack_free)> stack{
      pcre2_jit_stack_create(32 * 1024, kJitStackBytesMax, nullptr), pcre2_jit_stack_free};

  MatchScratch() {
    pcre2_set_match_limit(context.get(), kMatchLimit);
    pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
  }
};

// "\3": of a group that has to be captured for it.
bool RefersBack(std::string_view pattern) {
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] != '\\') continue;
    if (pattern[i + 1] >= '1' && pattern[i + 1] <= '9') return true;
    ++i;
  }
  return false;
}

const void* Compile(const Shape& shape) {
  const std::string pattern = JavaToPcre2(shape.pattern());
  const std::uint32_t captures = RefersBack(pattern) ? 0 : PCRE2_NO_AUTO_CAPTURE;
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                   PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | captures, &error, &offset, nullptr);
  if (code == nullptr) {
    LogWarning("The pattern of {} in {} cannot be read by PCRE2 (error {} at {}); it is not enforced.", shape.name(),
               shape.service().id, error, offset);
    return &kUnusable;
  }
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return code;
}

// Two threads may compile a pattern at the same time; the second one's result is dropped.
const void* Compiled(const Shape& shape) {
  std::atomic<const void*>& slot = shape.service().tables.compiled_patterns[shape.pattern_index()];
  const void* code = slot.load(std::memory_order_acquire);
  if (code != nullptr) return code;
  const void* mine = Compile(shape);
  if (slot.compare_exchange_strong(code, mine, std::memory_order_acq_rel)) return mine;
  if (mine != &kUnusable) pcre2_code_free(static_cast<pcre2_code*>(const_cast<void*>(mine)));
  return code;
}

}  // namespace

bool MatchesPattern(const Shape& shape, std::string_view text) {
  const void* code = Compiled(shape);
  if (code == &kUnusable) return true;
  thread_local MatchScratch scratch;
  const int result = pcre2_match(static_cast<const pcre2_code*>(code), reinterpret_cast<PCRE2_SPTR>(text.data()),
                                 text.size(), 0, 0, scratch.data.get(), scratch.context.get());
  return result >= 0;
}

bool HasUsablePattern(const Shape& shape) { return Compiled(shape) != &kUnusable; }

}  // namespace sagebrush::wire
