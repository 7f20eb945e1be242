// Reads what a request says about its signature: in the Authorization header or, presigned, in the query.
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/error.h"
#include "wire/sigv4.h"
#include "wire/sigv4_canonical.h"
#include "wire/sigv4_error.h"

namespace sagebrush::wire {
namespace {

constexpr ErrorKind kInvalidArgument{"InvalidArgument", 400, Fault::kClient};
constexpr ErrorKind kInvalidRequest{"InvalidRequest", 400, Fault::kClient};
constexpr ErrorKind kQueryParameters{"AuthorizationQueryParametersError", 400, Fault::kClient};
constexpr std::int64_t kExpiresMax = 7 * 24 * 3600;
constexpr std::int64_t kExpiresDefault = 15 * 60;
constexpr std::int64_t kEpochSecondsMax = 253'402'300'799;  // The end of the year 9999.

using Pairs = std::vector<std::pair<std::string, std::string>>;

const std::string* FindPair(const Pairs& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [name](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? nullptr : &found->second;
}

// A parameter of the signature that is there twice would be one thing here and another elsewhere.
void RequireSingle(const Pairs& pairs) {
  static constexpr std::array<std::string_view, 12> kOnce{
      "X-Amz-Algorithm",      "X-Amz-Credential",    "X-Amz-Date",     "X-Amz-Expires", "X-Amz-SignedHeaders",
      "X-Amz-Security-Token", "X-Amz-Signature",     "AWSAccessKeyId", "Expires",       "Signature",
      "X-Amz-Content-Sha256", "x-amz-security-token"};
  for (const std::string_view name : kOnce) {
    if (std::count_if(pairs.begin(), pairs.end(), [name](const auto& pair) { return pair.first == name; }) <= 1)
      continue;
    throw Error(kQueryParameters, fmt::format("The query parameter {} is given more than once.", name));
  }
}

[[noreturn]] void ThrowUnreadable(const HttpRequest& request, std::string_view service, const std::string& message) {
  throw Error(KindOf(AuthenticationFailure::kUnreadable, FamilyOf(request, service)), message);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  parts.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), separator)) + 1);
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// "AKID/20150830/us-east-1/iam/aws4_request". False: not of that form.
bool ReadCredential(std::string_view credential, Signature& signature) {
  const auto parts = Split(credential, '/');
  if (parts.size() != 5 || parts[4] != "aws4_request" || parts[1].size() != 8) return false;
  if (std::any_of(parts.begin(), parts.end(), [](auto part) { return part.empty(); })) return false;
  signature.access_key_id = parts[0];
  signature.date = parts[1];
  signature.region = parts[2];
  signature.service = parts[3];
  return true;
}

void ReadSignedHeaders(std::string_view text, Signature& signature) {
  const auto names = Split(text, ';');
  signature.signed_headers.assign(names.begin(), names.end());
}

void ReadSigningTime(const HttpRequest& request, std::string_view text, Signature& signature) {
  try {
    signature.signed_at = ParseTime(text);
  } catch (const Error&) {
    ThrowUnreadable(request, signature.service, fmt::format("The date '{}' is not in a form that can be read.", text));
  }
  const bool is_basic_form =
      text.size() == 16 && text.starts_with(signature.date) && text.ends_with('Z');  // "20150830T123600Z"
  if (signature.version == 4 && !is_basic_form &&
      ToBasicIso8601(signature.signed_at).compare(0, 8, signature.date) != 0) {
    const auto family = FamilyOf(request, signature.service);
    throw Error(
        KindOf(family == ErrorFamily::kS3 ? AuthenticationFailure::kUnreadable : AuthenticationFailure::kMismatch,
               family),
        fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                    "'{}' != '{}', from '{}'.",
                    signature.date, ToBasicIso8601(signature.signed_at).substr(0, 8), text));
  }
}

struct AuthorizationParts {
  std::string_view credential, signed_headers, signature;
};

AuthorizationParts SplitAuthorization(std::string_view header) {
  AuthorizationParts parts;
  for (std::string_view part : Split(header.substr(kSigningAlgorithm.size()), ',')) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    // The first of each counts.
    if (parts.credential.empty() && part.starts_with("Credential=")) parts.credential = part.substr(11);
    if (parts.signed_headers.empty() && part.starts_with("SignedHeaders=")) parts.signed_headers = part.substr(14);
    if (parts.signature.empty() && part.starts_with("Signature=")) parts.signature = part.substr(10);
  }
  return parts;
}

// AWS lists everything that is missing in one message.
std::string MissingParts(const HttpRequest& request, const AuthorizationParts& parts) {
  std::string message;
  if (parts.credential.empty()) message += "Authorization header requires 'Credential' parameter. ";
  if (parts.signature.empty()) message += "Authorization header requires 'Signature' parameter. ";
  if (parts.signed_headers.empty()) message += "Authorization header requires 'SignedHeaders' parameter. ";
  if (!request.headers.Get("x-amz-date") && !request.headers.Get("date")) {
    message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  return message;
}

Signature ReadHeader(const HttpRequest& request, std::string_view header) {
  if (header.starts_with("AWS ")) {
    throw Error(kInvalidRequest,
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
  }
  if (!header.starts_with(kSigningAlgorithm) || header.substr(kSigningAlgorithm.size()).starts_with('-')) {
    if (FamilyOf(request, "") == ErrorFamily::kS3) throw Error(kInvalidArgument, "Unsupported Authorization Type");
    ThrowUnreadable(request, "", "Authorization header requires 'AWS4-HMAC-SHA256' as its algorithm.");
  }
  const AuthorizationParts parts = SplitAuthorization(header);
  Signature signature;
  const bool has_credential = ReadCredential(parts.credential, signature);
  std::string missing = MissingParts(request, parts);
  if (!missing.empty()) {
    ThrowUnreadable(request, signature.service, missing + "Authorization=" + std::string(header));
  }
  if (!has_credential) {
    ThrowUnreadable(request, "",
                    fmt::format("Credential must have exactly 5 slash-delimited elements, e.g. "
                                "keyid/date/region/service/aws4_request, got '{}'",
                                parts.credential));
  }
  ReadSignedHeaders(parts.signed_headers, signature);
  signature.signature = parts.signature;
  signature.session_token = request.headers.GetOr("x-amz-security-token", "");
  ReadSigningTime(request, request.headers.Get("x-amz-date").value_or(request.headers.GetOr("date", "")), signature);
  return signature;
}

std::int64_t ReadExpires(const std::string* text) {
  if (text == nullptr) return kExpiresDefault;
  std::int64_t seconds = 0;
  const auto result = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (result.ec != std::errc() || result.ptr != text->data() + text->size()) {
    throw Error(kQueryParameters, "X-Amz-Expires should be a number");
  }
  if (seconds < 0) throw Error(kQueryParameters, "X-Amz-Expires must be non-negative");
  if (seconds > kExpiresMax) {
    throw Error(kQueryParameters,
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less "
                "than 604800 seconds");
  }
  return seconds;
}

Signature ReadPresigned(const HttpRequest& request, const Pairs& pairs) {
  Signature signature;
  signature.presigned = true;
  const auto* const algorithm = FindPair(pairs, "X-Amz-Algorithm");
  const auto* const credential = FindPair(pairs, "X-Amz-Credential");
  const auto* const value = FindPair(pairs, "X-Amz-Signature");
  const auto* const date = FindPair(pairs, "X-Amz-Date");
  const auto* const headers = FindPair(pairs, "X-Amz-SignedHeaders");
  const auto* const expires = FindPair(pairs, "X-Amz-Expires");
  const bool is_read = credential != nullptr && ReadCredential(*credential, signature);
  const bool is_s3 = FamilyOf(request, signature.service) == ErrorFamily::kS3;
  if (!algorithm || !credential || !value || !date || !headers || (is_s3 && !expires)) {
    throw Error(kQueryParameters,
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
  }
  if (*algorithm != kSigningAlgorithm) {
    throw Error(kQueryParameters, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  if (!is_read) {
    throw Error(kQueryParameters,
                "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
                "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  }
  signature.expires_seconds = ReadExpires(expires);
  signature.signature = *value;
  ReadSignedHeaders(*headers, signature);
  if (const auto* const token = FindPair(pairs, "X-Amz-Security-Token")) signature.session_token = *token;
  ReadSigningTime(request, *date, signature);
  return signature;
}

Signature ReadVersion2(const Pairs& pairs) {
  Signature signature;
  signature.version = 2;
  signature.presigned = true;
  signature.service = "s3";
  signature.region = "us-east-1";
  const auto* const expires = FindPair(pairs, "Expires");
  const auto* const value = FindPair(pairs, "Signature");
  if (expires == nullptr || value == nullptr) {
    throw Error(ErrorKind{"AccessDenied", 403, Fault::kClient},
                "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters");
  }
  signature.access_key_id = *FindPair(pairs, "AWSAccessKeyId");
  signature.signature = *value;
  const auto result = std::from_chars(expires->data(), expires->data() + expires->size(), signature.expires_seconds);
  const bool is_moment = signature.expires_seconds >= 0 && signature.expires_seconds <= kEpochSecondsMax;
  if (result.ec != std::errc() || result.ptr != expires->data() + expires->size() || !is_moment) {
    throw Error(ErrorKind{"AccessDenied", 403, Fault::kClient},
                fmt::format("Invalid date (should be seconds since epoch): {}", *expires));
  }
  if (const auto* const token = FindPair(pairs, "x-amz-security-token")) signature.session_token = *token;
  return signature;
}

}  // namespace

std::optional<Signature> ReadSignature(const HttpRequest& request) {
  const auto header = request.headers.Get("authorization");
  const Pairs pairs = ParseQuery(request.QueryString(), true);
  const bool version_4 = FindPair(pairs, "X-Amz-Algorithm") || FindPair(pairs, "X-Amz-Signature");
  const bool version_2 = FindPair(pairs, "AWSAccessKeyId") != nullptr;
  if ((header ? 1 : 0) + (version_4 ? 1 : 0) + (version_2 ? 1 : 0) > 1) {
    throw Error(kInvalidArgument,
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                "parameter or the Authorization header should be specified");
  }
  if (version_4 || version_2) RequireSingle(pairs);
  if (version_4) return ReadPresigned(request, pairs);
  if (version_2) return ReadVersion2(pairs);
  if (!header) return std::nullopt;
  return ReadHeader(request, *header);
}

}  // namespace sagebrush::wire
