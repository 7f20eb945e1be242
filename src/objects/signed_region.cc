#include "objects/signed_region.h"

#include <algorithm>

#include "wire/model.h"

namespace sagebrush::objects {
namespace {

// AWS's words and element: github.com/jsoma/flatware/issues/10 and github.com/aws/aws-sdk-go-v2/issues/1653 show whole
// answers.
constexpr ErrorKind kInHeader{"AuthorizationHeaderMalformed", 400, Fault::kClient};
constexpr ErrorKind kInQuery{"AuthorizationQueryParametersError", 400, Fault::kClient};

bool IsSignedInQuery(const wire::HttpRequest& request) {
  return request.QueryString().find("X-Amz-Credential") != std::string_view::npos;
}

bool IsSignedForARegion(const wire::HttpRequest& request) {
  return request.headers.GetOr("authorization", "").starts_with("AWS4-") || IsSignedInQuery(request);
}

// us-east-1, us-gov-west-1, eusc-de-east-1: words, then a number.
bool HasFormOfARegion(std::string_view text) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || text.find('-') == dash || dash + 1 == text.size()) return false;
  const auto is = [](std::string_view part, auto what) { return std::all_of(part.begin(), part.end(), what); };
  return is(text.substr(0, dash), [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); }) &&
         is(text.substr(dash + 1), [](char c) { return c >= '0' && c <= '9'; });
}

// The region that the request should have been signed for; empty: the one that it was signed for will do.
std::string RegionExpected(const S3& s3, const wire::Call& call) {
  const std::string_view operation = call.operation.name;
  if (operation == "GetBucketLocation") return "";
  const auto bucket = operation == "CreateBucket" ? nullptr : s3.store.FindBucket(GetString(call.input, "Bucket"));
  if (bucket != nullptr) return bucket->region == call.region ? "" : bucket->region;
  return HasFormOfARegion(call.region) || call.region == s3.settings.region ? "" : s3.settings.region;
}

}  // namespace

void CheckSignedRegion(const S3& s3, const wire::Call& call) {
  if (call.http != nullptr && !IsSignedForARegion(*call.http))
    return;  // A service inside the server acts in one region.
  const std::string expected = RegionExpected(s3, call);
  if (expected.empty()) return;
  const bool in_query = call.http != nullptr && IsSignedInQuery(*call.http);
  throw Error(
      in_query ? kInQuery : kInHeader,
      fmt::format("{}; the region '{}' is wrong; expecting '{}'",
                  in_query ? "Error parsing the X-Amz-Credential parameter" : "The authorization header is malformed",
                  call.region, expected),
      JsonObject{{"Region", expected}});
}

}  // namespace sagebrush::objects
