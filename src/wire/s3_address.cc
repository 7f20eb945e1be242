#include "wire/s3_address.h"

#include <algorithm>

#include "base/text.h"
#include "wire/protocol.h"

namespace sagebrush::wire {
namespace {

std::vector<std::string>& HostNames() {
  static std::vector<std::string> names;
  return names;
}

std::string LowerHost(std::string_view header) {
  if (header.starts_with('[')) return std::string(header);  // An IPv6 address names no bucket.
  return Lower(header.substr(0, header.find(':')));
}

// "bucket.<suffix>" to "bucket"; empty when it is not of that form.
std::string_view Before(std::string_view host, std::string_view suffix) {
  if (host.size() <= suffix.size() + 1 || !host.ends_with(suffix)) return {};
  host.remove_suffix(suffix.size());
  if (host.back() != '.') return {};
  return host.substr(0, host.size() - 1);
}

// bucket.s3.amazonaws.com, bucket.s3.us-east-1.amazonaws.com, bucket.s3-us-west-2.amazonaws.com, bucket.s3.dualstack...
std::string_view BucketOfAwsHost(std::string_view host) {
  const std::string_view front = Before(host, host.ends_with(".cn") ? "amazonaws.com.cn" : "amazonaws.com");
  std::size_t at = front.rfind(".s3");
  while (at != std::string_view::npos) {
    const std::string_view rest = front.substr(at + 3);
    if (rest.empty() || rest[0] == '.' || rest[0] == '-') return front.substr(0, at);
    at = at == 0 ? std::string_view::npos : front.rfind(".s3", at - 1);
  }
  return {};
}

}  // namespace

void SetHostNames(std::vector<std::string> names) { HostNames() = std::move(names); }

std::string BucketOfHost(std::string_view host_header) {
  const std::string host = LowerHost(host_header);
  if (host.ends_with("amazonaws.com") || host.ends_with("amazonaws.com.cn")) return std::string(BucketOfAwsHost(host));
  std::string_view front = Before(host, "localhost");
  for (const std::string& name : HostNames()) {
    if (host == name) return "";
    if (front.empty()) front = Before(host, name);
  }
  // "s3.localhost" is the service; "bucket.s3.localhost" a bucket.
  if (front == "s3" || front.starts_with("s3.")) return "";
  const std::size_t service = front.rfind(".s3");
  if (service != std::string_view::npos && (service + 3 == front.size() || front[service + 3] == '.')) {
    front = front.substr(0, service);
  }
  return std::string(front);
}

bool IsS3Host(std::string_view host_header) {
  const std::string host = LowerHost(host_header);
  const bool aws = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
  if (!aws) {
    const auto is_own = [&](const std::string& name) { return host == name || host.ends_with("." + name); };
    return is_own("localhost") || std::any_of(HostNames().begin(), HostNames().end(), is_own);
  }
  const std::string_view bucket = BucketOfAwsHost(host);
  const std::string_view service = std::string_view(host).substr(bucket.empty() ? 0 : bucket.size() + 1);
  return service.starts_with("s3.") || service.starts_with("s3-");
}

std::string PathStylePath(const HttpRequest& request) {
  const std::string bucket = BucketOfHost(request.headers.GetOr("host", ""));
  std::string path(request.Path());
  if (path.empty() || path[0] != '/') path.insert(0, 1, '/');
  return bucket.empty() ? path : "/" + bucket + path;
}

}  // namespace sagebrush::wire
