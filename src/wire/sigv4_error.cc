#include "wire/sigv4_error.h"

#include <array>

namespace sagebrush::wire {
namespace {

constexpr Fault kClientFault = Fault::kClient;
using Row = std::array<ErrorKind, 4>;

// Columns as in ErrorFamily, rows as in AuthenticationFailure.
constexpr std::array<Row, 7> kKinds{{
    {{{"AccessDenied", 403, kClientFault},
      {"MissingAuthenticationTokenException", 400, kClientFault},
      {"MissingAuthenticationTokenException", 403, kClientFault},
      {"MissingAuthenticationToken", 403, kClientFault}}},
    {{{"AuthorizationHeaderMalformed", 400, kClientFault},
      {"IncompleteSignatureException", 400, kClientFault},
      {"IncompleteSignatureException", 403, kClientFault},
      {"IncompleteSignature", 400, kClientFault}}},
    {{{"InvalidAccessKeyId", 403, kClientFault},
      {"UnrecognizedClientException", 400, kClientFault},
      {"UnrecognizedClientException", 403, kClientFault},
      {"InvalidClientTokenId", 403, kClientFault}}},
    {{{"InvalidToken", 400, kClientFault},
      {"UnrecognizedClientException", 400, kClientFault},
      {"UnrecognizedClientException", 403, kClientFault},
      {"InvalidClientTokenId", 403, kClientFault}}},
    {{{"ExpiredToken", 400, kClientFault},
      {"ExpiredTokenException", 400, kClientFault},
      {"ExpiredTokenException", 403, kClientFault},
      {"ExpiredToken", 403, kClientFault}}},
    {{{"SignatureDoesNotMatch", 403, kClientFault},
      {"InvalidSignatureException", 400, kClientFault},
      {"InvalidSignatureException", 403, kClientFault},
      {"SignatureDoesNotMatch", 403, kClientFault}}},
    {{{"RequestTimeTooSkewed", 403, kClientFault},
      {"InvalidSignatureException", 400, kClientFault},
      {"InvalidSignatureException", 403, kClientFault},
      {"SignatureDoesNotMatch", 403, kClientFault}}},
}};

}  // namespace

ErrorFamily FamilyOf(const HttpRequest& request, std::string_view signing_name) {
  if (signing_name == "s3") return ErrorFamily::kS3;
  if (request.headers.Get("x-amz-target") || request.headers.Get("smithy-protocol")) return ErrorFamily::kJson;
  if (request.headers.GetOr("content-type", "").starts_with("application/x-www-form-urlencoded")) {
    return ErrorFamily::kQuery;
  }
  const std::string_view query = request.QueryString();
  if (query.starts_with("Action=") || query.find("&Action=") != std::string_view::npos) return ErrorFamily::kQuery;
  return signing_name.empty() ? ErrorFamily::kS3 : ErrorFamily::kRestJson;
}

const ErrorKind& KindOf(AuthenticationFailure failure, ErrorFamily family) {
  return kKinds[static_cast<std::size_t>(failure)][static_cast<std::size_t>(family)];
}

}  // namespace sagebrush::wire
