#include "wire/sigv2.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "wire/model.h"
#include "wire/s3_address.h"

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

// Parameters of listings: version 2 leaves them unsigned, and SDKs put them into URLs of listings all the same. They
// choose among what the signer may list; nothing else may be chosen by an unsigned parameter.
constexpr std::array<std::string_view, 18> kListingParameters{"bucket-region",      "continuation-token",
                                                              "delimiter",          "encoding-type",
                                                              "fetch-owner",        "key-marker",
                                                              "list-type",          "marker",
                                                              "max-buckets",        "max-keys",
                                                              "max-parts",          "max-uploads",
                                                              "part-number-marker", "prefix",
                                                              "start-after",        "upload-id-marker",
                                                              "version-id-marker",  "x-id"};

bool IsAmazonField(std::string_view name) { return name.starts_with("x-amz-"); }

bool IsSignedField(std::string_view name) {
  return IsAmazonField(name) || name == "content-md5" || name == "content-type";
}

bool IsSubresource(std::string_view name) {
  return std::binary_search(kSubresources.begin(), kSubresources.end(), name);
}

// Every name that some operation of S3 looks for in the query.
std::set<std::string, std::less<>> ReadQueryNames() {
  std::set<std::string, std::less<>> names;
  for (const Operation& operation : FindService("s3")->operations) {
    const std::size_t mark = std::min(operation.uri.find('?'), operation.uri.size());
    for (auto& [name, value] : ParseQuery(operation.uri.substr(std::min(mark + 1, operation.uri.size())), false)) {
      names.insert(std::move(name));
    }
    const Shape input = operation.input();
    for (std::size_t i = 0; input && i < input.member_count(); ++i) {
      if (input.member(i).location() == Location::kQuery) names.emplace(input.member(i).wire_name());
    }
  }
  return names;
}

bool IsReadByAnOperation(std::string_view name) {
  static const std::set<std::string, std::less<>> names = ReadQueryNames();
  return names.find(name) != names.end();
}

std::string CanonicalResource(const HttpRequest& request) {
  // With the bucket in front, wherever the request has it: the resource that is used.
  std::string out = PathStylePath(request);
  auto pairs = ParseQuery(request.QueryString(), true);
  std::sort(pairs.begin(), pairs.end());
  char separator = '?';
  for (const auto& [name, value] : pairs) {
    if (!IsSubresource(name)) continue;
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
  for (const auto& [name, value] : ParseQuery(request.QueryString(), true)) {
    if (IsSignedField(name)) fields[name] = value;
  }
  for (const auto& [name, value] : request.headers) {
    if (IsSignedField(name)) fields[name] = value;
  }
  return fields;
}

std::string StringToSign2(const HttpRequest& request, std::int64_t expires) {
  auto fields = SignedFields(request);
  std::string out = request.method + "\n" + fields["content-md5"] + "\n" + fields["content-type"] + "\n" +
                    std::to_string(expires) + "\n";
  for (const auto& [name, value] : fields) {
    if (IsAmazonField(name)) out.append(name).append(":").append(value).append("\n");
  }
  return out + CanonicalResource(request);
}

}  // namespace

void CheckVersion2Query(const HttpRequest& request) {
  for (const auto& [name, value] : ParseQuery(request.QueryString(), true)) {
    const std::string lower = Lower(name);
    if (IsSignedField(name) || IsSubresource(name)) continue;
    if (IsAmazonField(lower)) {
      throw Error(ErrorKind{"InvalidArgument", 400, Fault::kClient},
                  "Only one auth mechanism allowed: parameters of signature version 4 are beside a signature of "
                  "version 2.");
    }
    const bool is_listing =
        std::find(kListingParameters.begin(), kListingParameters.end(), name) != kListingParameters.end();
    if (is_listing || !IsReadByAnOperation(name)) continue;
    throw Error(ErrorKind{"AccessDenied", 403, Fault::kClient},
                fmt::format("The query parameter {} is not covered by a signature of version 2. Presign the URL with "
                            "version 4.",
                            name));
  }
}

std::string HmacSha1Text(std::string_view text, std::string_view secret_key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  unsigned size = 0;
  HMAC(EVP_sha1(), secret_key.data(), static_cast<int>(secret_key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), value.data(), &size);
  return ToBase64({reinterpret_cast<const char*>(value.data()), size});
}

std::string SignVersion2(const HttpRequest& request, std::int64_t expires, std::string_view secret_key) {
  return HmacSha1Text(StringToSign2(request, expires), secret_key);
}

bool MatchesVersion2(const HttpRequest& request, const Signature& signature, std::string_view secret_key) {
  const std::string expected = SignVersion2(request, signature.expires_seconds, secret_key);
  return EqualInConstantTime(expected, signature.signature);
}

}  // namespace sagebrush::wire
