#include "sagemaker/failure_text.h"

#include "base/log.h"
#include "base/text.h"

namespace sagebrush::sagemaker {

std::string TextForUser(const ErrorKind& kind, std::string_view message, std::string_view resource) {
  if (kind.code != kInternalFailure.code) return std::string(message);
  LogError("{}: {}", resource, message);
  return fmt::format("We encountered an internal error. Please try again. The server's log tells more under {}.",
                     resource);
}

std::string TextForUser(const std::exception& failure, std::string_view resource) {
  const auto* error = dynamic_cast<const Error*>(&failure);
  return TextForUser(error == nullptr ? kInternalFailure : error->kind(), failure.what(), resource);
}

std::string FailureReasonText(std::string_view reason) {
  constexpr std::size_t kCharactersMax = 1024;
  // A character is shown as one at least, so what lies further back need not be looked at.
  return std::string(FirstCharacters(Legible(FirstCharacters(reason, kCharactersMax)), kCharactersMax));
}

std::string WithoutPathsBelow(std::string_view text, const Path& directory) {
  const std::string prefix = directory.string();
  std::string out;
  for (;;) {
    const std::size_t at = prefix.empty() ? std::string_view::npos : text.find(prefix);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + prefix.size());
    out += "(a file of the server)";
    text.remove_prefix(std::min(text.find_first_of(" \t\n\"',:;()[]"), text.size()));
  }
}

}  // namespace sagebrush::sagemaker
