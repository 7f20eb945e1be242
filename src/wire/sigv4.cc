#include "wire/sigv4.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/error.h"
#include "wire/sigv2.h"
#include "wire/sigv4_canonical.h"
#include "wire/sigv4_error.h"
#include "wire/sigv4_key.h"

namespace sagebrush::wire {
namespace {

constexpr Milliseconds kSkewMax = std::chrono::minutes(15);
constexpr Milliseconds kPresignedFutureMax = std::chrono::minutes(5);
constexpr ErrorKind kS3AccessDenied{"AccessDenied", 403, Fault::kClient};
constexpr ErrorKind kS3InvalidRequest{"InvalidRequest", 400, Fault::kClient};

[[noreturn]] void ThrowExpired(Time expires, Time now) {
  throw Error(kS3AccessDenied, "Request has expired",
              JsonObject{{"Expires", ToIso8601(expires)}, {"ServerTime", ToIso8601(now)}});
}

// S3's presigned URLs say "Request has expired", also those of version 2.
void CheckPresignedTime(const Signature& signature, ErrorFamily family, Time now) {
  const Milliseconds lifetime = std::chrono::seconds(signature.expires_seconds);
  const Time expires = signature.version == 2 ? Time{lifetime.count()} : signature.signed_at + lifetime;
  if (now > expires) {
    if (family == ErrorFamily::kS3) ThrowExpired(expires, now);
    throw Error(
        KindOf(AuthenticationFailure::kSkewed, family),
        fmt::format("Signature expired: {} is now earlier than {} ({} - {} min.)", ToBasicIso8601(signature.signed_at),
                    ToBasicIso8601(now + -lifetime), ToBasicIso8601(now), signature.expires_seconds / 60));
  }
  if (signature.version == 4 && signature.signed_at > now + kPresignedFutureMax) {
    if (family == ErrorFamily::kS3) throw Error(kS3AccessDenied, "Request is not yet valid");
    throw Error(KindOf(AuthenticationFailure::kSkewed, family),
                fmt::format("Signature not yet current: {} is still later than {} ({} + 5 min.)",
                            ToBasicIso8601(signature.signed_at), ToBasicIso8601(now + kPresignedFutureMax),
                            ToBasicIso8601(now)));
  }
}

void CheckHeaderTime(const Signature& signature, ErrorFamily family, Time now) {
  const bool early = signature.signed_at > now + kSkewMax;
  if (!early && signature.signed_at + kSkewMax >= now) return;
  const ErrorKind& kind = KindOf(AuthenticationFailure::kSkewed, family);
  if (family == ErrorFamily::kS3) {
    throw Error(kind, "The difference between the request time and the current time is too large.",
                JsonObject{{"RequestTime", ToBasicIso8601(signature.signed_at)},
                           {"ServerTime", ToIso8601(now)},
                           {"MaxAllowedSkewMilliseconds", std::to_string(kSkewMax.count())}});
  }
  const Time bound = early ? now + kSkewMax : now + -kSkewMax;
  throw Error(kind, fmt::format("Signature {}: {} is {} than {} ({} {} 15 min.)", early ? "not yet current" : "expired",
                                ToBasicIso8601(signature.signed_at), early ? "still later" : "now earlier",
                                ToBasicIso8601(bound), ToBasicIso8601(now), early ? "+" : "-"));
}

// Headers that change what is done must be signed; otherwise whoever sees a request could send another with it.
void CheckSignedHeaders(const HttpRequest& request, const Signature& signature, ErrorFamily family) {
  std::string missing;
  for (const auto& [name, value] : request.headers) {
    const bool must =
        name == "host" || name == "x-amz-target" || (family == ErrorFamily::kS3 && name.starts_with("x-amz-"));
    if (!must || signature.Covers(name)) continue;
    missing += missing.empty() ? name : ", " + name;
  }
  if (missing.empty()) return;
  if (family == ErrorFamily::kS3) {
    throw Error(kS3AccessDenied, "There were headers present in the request which were not signed",
                JsonObject{{"HeadersNotSigned", missing}});
  }
  throw Error(KindOf(AuthenticationFailure::kMismatch, family),
              fmt::format("'{}' must be a 'SignedHeader' in the AWS Authorization.", missing));
}

[[noreturn]] void ThrowMismatch(const Signature& signature, ErrorFamily family, const std::string& canonical,
                                const std::string& text) {
  const ErrorKind& kind = KindOf(AuthenticationFailure::kMismatch, family);
  if (family == ErrorFamily::kS3) {
    throw Error(kind,
                "The request signature we calculated does not match the signature you provided. Check your key and "
                "signing method.",
                JsonObject{{"AWSAccessKeyId", signature.access_key_id},
                           {"StringToSign", text},
                           {"SignatureProvided", signature.signature},
                           {"CanonicalRequest", canonical}});
  }
  throw Error(kind,
              fmt::format("The request signature we calculated does not match the signature you provided. Check your "
                          "AWS Secret Access Key and signing method. Consult the service documentation for "
                          "details.\n\nThe Canonical String for this request should have been\n'{}'\n\nThe "
                          "String-to-Sign should have been\n'{}'\n",
                          canonical, text));
}

void CheckVersion2(const HttpRequest& request, const Signature& signature, std::string_view secret_key) {
  CheckVersion2Query(request);
  if (!MatchesVersion2(request, signature, secret_key)) ThrowMismatch(signature, ErrorFamily::kS3, "", "");
}

std::string Sign(const HttpRequest& request, const Signature& signature, std::string_view secret_key,
                 std::string_view canonical_request) {
  const HmacSha256Key key = SigningKey(secret_key, signature.date, signature.region, signature.service);
  return ToHex(AsText(key.Sign(StringToSign(request, signature, canonical_request))));
}

}  // namespace

bool Signature::Covers(std::string_view header) const {
  if (version == 2) return header.starts_with("x-amz-") || header == "content-type" || header == "content-md5";
  return std::find(signed_headers.begin(), signed_headers.end(), header) != signed_headers.end();
}

bool SignsBody(const HttpRequest& request, const Signature& signature) {
  return signature.service != "s3" && !IsSha256Text(request.headers.GetOr("x-amz-content-sha256", ""));
}

void CheckSignature(const HttpRequest& request, const Signature& signature, std::string_view secret_key, Time now) {
  const ErrorFamily family = FamilyOf(request, signature.service);
  if (signature.presigned) {
    CheckPresignedTime(signature, family, now);
  } else {
    CheckHeaderTime(signature, family, now);
  }
  if (signature.version == 2) return CheckVersion2(request, signature, secret_key);
  if (family == ErrorFamily::kS3 && !signature.presigned && !request.headers.Get("x-amz-content-sha256")) {
    throw Error(kS3InvalidRequest, "Missing required header for this request: x-amz-content-sha256");
  }
  CheckSignedHeaders(request, signature, family);
  std::string canonical;
  canonical.reserve(512);
  AppendCanonicalRequest(request, signature, PayloadHash(request, signature), canonical);
  if (EqualInConstantTime(Sign(request, signature, secret_key, canonical), signature.signature)) return;
  ThrowMismatch(signature, family, canonical, StringToSign(request, signature, canonical));
}

void SignRequest(HttpRequest& request, const Credentials& credentials, std::string_view region,
                 std::string_view service, Time now) {
  Signature signature;
  signature.access_key_id = credentials.access_key_id;
  signature.region = region;
  signature.service = service;
  signature.signed_at = now;
  const std::string date = ToBasicIso8601(now);
  signature.date = date.substr(0, 8);
  request.headers.Set("x-amz-date", date);
  if (!request.headers.Get("x-amz-content-sha256")) {
    request.headers.Set("x-amz-content-sha256", ToHex(AsText(Sha256(request.body))));
  }
  if (!credentials.session_token.empty()) request.headers.Set("x-amz-security-token", credentials.session_token);
  for (const auto& [name, value] : request.headers) {
    const bool sign = name == "host" || name.starts_with("content-") || name.starts_with("x-amz-");
    if (sign && name != "content-length" && !signature.Covers(name)) signature.signed_headers.push_back(name);
  }
  std::sort(signature.signed_headers.begin(), signature.signed_headers.end());
  std::string canonical;
  AppendCanonicalRequest(request, signature, PayloadHash(request, signature), canonical);
  request.headers.Set("authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                                   kSigningAlgorithm, credentials.access_key_id,
                                                   CredentialScope(signature), fmt::join(signature.signed_headers, ";"),
                                                   Sign(request, signature, credentials.secret_key, canonical)));
}

}  // namespace sagebrush::wire
