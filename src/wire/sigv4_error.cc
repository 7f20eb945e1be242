#include "wire/sigv4_error.h"

#include <algorithm>
#include <array>

#include "wire/model.h"
#include "wire/s3_address.h"

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

bool SpeaksQuery(std::string_view signing_name) {
  const auto services = Services();
  return std::any_of(services.begin(), services.end(), [&](const Service* service) {
    return service->signing_name == signing_name && service->Speaks(Protocol::kQuery);
  });
}

bool LooksLikeQuery(const HttpRequest& request) {
  if (request.method == "POST" &&
      request.headers.GetOr("content-type", "").starts_with("application/x-www-form-urlencoded")) {
    return true;
  }
  const auto query = ParseQuery(request.QueryString(), true);
  return std::any_of(query.begin(), query.end(), [](const auto& pair) { return pair.first == "Action"; });
}

// Where the query services are called; an unsigned request elsewhere is for an object of S3, whatever it carries.
bool IsRootOfServer(const HttpRequest& request) {
  return request.Path() == "/" && BucketOfHost(request.headers.GetOr("host", "")).empty();
}

}  // namespace

ErrorFamily FamilyOf(const HttpRequest& request, std::string_view signing_name) {
  if (signing_name == "s3") return ErrorFamily::kS3;
  if (request.headers.Get("x-amz-target") || request.headers.Get("smithy-protocol")) return ErrorFamily::kJson;
  if (!signing_name.empty()) return SpeaksQuery(signing_name) ? ErrorFamily::kQuery : ErrorFamily::kRestJson;
  return LooksLikeQuery(request) && IsRootOfServer(request) ? ErrorFamily::kQuery : ErrorFamily::kS3;
}

const ErrorKind& KindOf(AuthenticationFailure failure, ErrorFamily family) {
  return kKinds[static_cast<std::size_t>(failure)][static_cast<std::size_t>(family)];
}

}  // namespace sagebrush::wire
