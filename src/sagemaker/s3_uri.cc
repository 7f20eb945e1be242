#include "sagemaker/s3_uri.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/error.h"
#include "wire/s3_address.h"

namespace sagebrush::sagemaker {
namespace {

// "bucket/key" in its two parts.
S3Uri Split(std::string_view path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  return {std::string(path.substr(0, slash)), std::string(path.substr(std::min(slash + 1, path.size())))};
}

// Of https://host/path; without a bucket when that is no address of S3.
S3Uri FromWebAddress(std::string_view rest) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view host = rest.substr(0, slash);
  // A query or a fragment belongs to no key: one that holds these characters has them encoded.
  if (!wire::IsS3Host(host) || rest.find_first_of("?#") != std::string_view::npos) return {};
  const std::string path = UriDecode(rest.substr(std::min(slash + 1, rest.size())));
  const std::string bucket = wire::BucketOfHost(host);
  return bucket.empty() ? Split(path) : S3Uri{bucket, path};
}

}  // namespace

S3Uri ParseS3Uri(std::string_view text, std::string_view member) {
  constexpr std::string_view kS3 = "s3://", kHttps = "https://";
  S3Uri uri;
  if (text.starts_with(kS3)) uri = Split(text.substr(kS3.size()));
  if (text.starts_with(kHttps)) uri = FromWebAddress(text.substr(kHttps.size()));
  if (!uri.bucket.empty()) return uri;
  throw Error(kValidation, fmt::format("{} is \"{}\"; it must be an address like s3://bucket/key or "
                                       "https://s3.REGION.amazonaws.com/bucket/key.",
                                       member, text));
}

S3Uri operator/(const S3Uri& prefix, std::string_view name) {
  const bool slash = !prefix.key.empty() && prefix.key.back() != '/';
  return {prefix.bucket, prefix.key + (slash ? "/" : "") + std::string(name)};
}

}  // namespace sagebrush::sagemaker
