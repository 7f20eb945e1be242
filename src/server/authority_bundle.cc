#include "server/authority_bundle.h"

#include <set>
#include <string_view>

#include "base/error.h"

namespace sagebrush::server {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
constexpr std::uintmax_t kBundleBytesMax = 16 * 1024 * 1024;

class Bundle {
 public:
  // The number of certificates found.
  int Add(std::string_view pem) {
    int found = 0;
    for (std::size_t begin = pem.find(kBegin); begin != std::string_view::npos; begin = pem.find(kBegin, begin)) {
      const std::size_t end = pem.find(kEnd, begin);
      if (end == std::string_view::npos) break;
      const std::string_view block = pem.substr(begin, end + kEnd.size() - begin);
      if (seen_.emplace(block).second) text_.append(block).append("\n");
      begin = end;
      ++found;
    }
    return found;
  }
  const std::string& text() const { return text_; }

 private:
  std::set<std::string, std::less<>> seen_;
  std::string text_;
};

// Empty: there is no such file for us, or it is no bundle. Whoever named it meets that without our help.
std::string Read(const Path& file) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure)) return "";
  const std::uintmax_t size = std::filesystem::file_size(file, failure);
  if (failure || size > kBundleBytesMax) return "";
  try {
    return ReadFile(file);
  } catch (const Error&) {
    return "";
  }
}

}  // namespace

std::vector<Path> SystemBundles() {
  return {"/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Gentoo
          "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL
          "/etc/pki/tls/certs/ca-bundle.crt",                   // Amazon Linux, older RHEL
          "/etc/ssl/ca-bundle.pem",                             // openSUSE
          "/etc/ssl/cert.pem"};                                 // Alpine
}

std::optional<std::string> AuthorityBundle(const Path& own, const std::vector<Path>& more,
                                           const std::vector<Path>& system) {
  Bundle bundle;
  bool found = false;
  for (const Path& file : system) {
    found = bundle.Add(Read(file)) > 0;
    if (found) break;
  }
  if (!found) return std::nullopt;
  for (const Path& file : more) bundle.Add(Read(file));
  bundle.Add(ReadFile(own));
  return bundle.text();
}

}  // namespace sagebrush::server
