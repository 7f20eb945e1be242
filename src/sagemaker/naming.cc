#include "sagemaker/naming.h"

#include <cctype>

#include "base/text.h"

namespace sagebrush::sagemaker {

// Between a small letter and a capital a word ends; of several capitals, the last begins a word: AutoMLJob,
// auto-ml-job.
std::string KindOf(std::string_view noun) {
  const auto is_upper = [&](std::size_t i) {
    return i < noun.size() && std::isupper(static_cast<unsigned char>(noun[i])) != 0;
  };
  std::string kind;
  for (std::size_t i = 0; i < noun.size(); ++i) {
    const bool begins = is_upper(i) && (!is_upper(i - 1) || (i + 1 < noun.size() && !is_upper(i + 1)));
    if (i > 0 && begins) kind += '-';
    kind += Lower(noun[i]);
  }
  return kind;
}

std::string PluralOf(std::string_view noun) {
  if (noun.ends_with("y")) return std::string(noun.substr(0, noun.size() - 1)) + "ies";
  return std::string(noun) + "s";
}

}  // namespace sagebrush::sagemaker
