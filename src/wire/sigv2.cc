#include "wire/sigv2.h"

#include <algorithm>
#include <array>
#include <map>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/digest.h"
#include "base/encoding.h"

namespace sagebrush::wire {
namespace {

// The query parameters that name a part of the resource; they are signed, the others are not.
constexpr std::array<std::string_view, 35> kSubresources{"accelerate",
                                                         "acl",
                                                         "analytics",
                                                         "cors",
                                                         "defaultObjectAcl",
                                                         "delete",
                                                         "inventory",
                                                         "lifecycle",
                                                         "location",
                                                         "logging",
                                                         "metrics",
                                                         "notification",
                                                         "object-lock",
                                                         "partNumber",
                                                         "policy",
                                                         "replication",
                                                         "requestPayment",
                                                         "response-cache-control",
                                                         "response-content-disposition",
                                                         "response-content-encoding",
                                                         "response-content-language",
                                                         "response-content-type",
                                                         "response-expires",
                                                         "restore",
                                                         "select",
                                                         "select-type",
                                                         "storageClass",
                                                         "tagging",
                                                         "torrent",
                                                         "uploadId",
                                                         "uploads",
                                                         "versionId",
                                                         "versioning",
                                                         "versions",
                                                         "website"};

std::string CanonicalResource(const HttpRequest& request, std::string_view bucket_prefix) {
  std::string out = std::string(bucket_prefix) + std::string(request.Path());
  auto pairs = ParseQuery(request.QueryString(), true);
  std::sort(pairs.begin(), pairs.end());
  char separator = '?';
  for (const auto& [name, value] : pairs) {
    if (!std::binary_search(kSubresources.begin(), kSubresources.end(), name)) continue;
    out += separator;
    out += name;
    if (!value.empty()) out.append("=").append(value);
    separator = '&';
  }
  return out;
}

// Headers that matter, wherever the client put them: a presigned URL carries them in its query.
std::map<std::string, std::string> SignedFields(const HttpRequest& request) {
  std::map<std::string, std::string> fields;
  const auto add = [&fields](const std::string& name, std::string_view value) {
    if (name.starts_with("x-amz-") || name == "content-md5" || name == "content-type") fields[name] = value;
  };
  for (const auto& [name, value] : ParseQuery(request.QueryString(), true)) add(name, value);
  for (const auto& [name, value] : request.headers) add(name, value);
  return fields;
}

std::string StringToSign2(const HttpRequest& request, const Signature& signature, std::string_view bucket_prefix) {
  auto fields = SignedFields(request);
  std::string out = request.method + "\n" + fields["content-md5"] + "\n" + fields["content-type"] + "\n" +
                    std::to_string(signature.expires_seconds) + "\n";
  for (const auto& [name, value] : fields) {
    if (name.starts_with("x-amz-")) out.append(name).append(":").append(value).append("\n");
  }
  return out + CanonicalResource(request, bucket_prefix);
}

std::string SignVersion2(std::string_view text, std::string_view secret_key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  unsigned size = 0;
  HMAC(EVP_sha1(), secret_key.data(), static_cast<int>(secret_key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), value.data(), &size);
  return ToBase64({reinterpret_cast<const char*>(value.data()), size});
}

}  // namespace

bool MatchesVersion2(const HttpRequest& request, const Signature& signature, std::string_view secret_key) {
  const auto matches = [&](std::string_view bucket_prefix) {
    const std::string expected = SignVersion2(StringToSign2(request, signature, bucket_prefix), secret_key);
    return EqualInConstantTime(expected, signature.signature);
  };
  if (matches("")) return true;
  // Virtual-host style: the resource begins with the bucket, which is the first label of the host.
  const std::string_view host = request.headers.GetOr("host", "");
  const std::size_t dot = std::min(host.find(".s3"), host.find('.'));
  return dot != std::string_view::npos && matches("/" + std::string(host.substr(0, dot)));
}

}  // namespace sagebrush::wire
