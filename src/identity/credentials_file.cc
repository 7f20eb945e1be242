#include "identity/credentials_file.h"

#include <map>

#include <fmt/format.h>

#include "base/text.h"

namespace sagebrush::identity {
std::optional<wire::Credentials> ReadCredentialsFile(const Path& file) {
  const auto text = ReadFileIfExists(file);
  if (!text) return std::nullopt;
  std::map<std::string, std::string, std::less<>> values;
  bool in_default = false;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = Trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with('[')) in_default = line == "[default]";
    const std::size_t equals = line.find('=');
    if (!in_default || equals == std::string_view::npos) continue;
    values.insert_or_assign(std::string(Trim(line.substr(0, equals))), std::string(Trim(line.substr(equals + 1))));
  }
  wire::Credentials credentials{values["aws_access_key_id"], values["aws_secret_access_key"],
                                values["aws_session_token"]};
  if (credentials.access_key_id.empty() || credentials.secret_key.empty()) return std::nullopt;
  return credentials;
}

void WriteCredentialsFile(const Path& file, const wire::Credentials& credentials) {
  std::string text = fmt::format("[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
                                 credentials.access_key_id, credentials.secret_key);
  if (!credentials.session_token.empty()) text += fmt::format("aws_session_token = {}\n", credentials.session_token);
  WriteFileDurably(file, text, 0600);
}

}  // namespace sagebrush::identity
